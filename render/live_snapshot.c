#include "live_snapshot.h"

#include "grow.h"
#include "live_state.h"

#include <string.h>

/* A snapshot while it is taken. */
struct taking {
    struct live_snapshot *snapshot;
    const struct live_table *table;
    const struct live_selection *selection;
};

void live_snapshot_free(struct live_snapshot *snapshot)
{
    free(snapshot->functions);
    free(snapshot->threads);
    free(snapshot->row_of);
    *snapshot = (struct live_snapshot){0};
}

static bool is_selected(const struct taking *taking, size_t index)
{
    uint32_t one = taking->selection->thread;

    if (!live_is_thread(taking->table, index))
        return false;
    if (one == LIVE_ALL)
        return taking->table->threads[index]->framed;
    return taking->table->threads[index] == taking->table->threads[one];
}

/* A slot's place in a trend, LIVE_SLOTS if it is none. */
static size_t place_of(const struct live_table *table, const struct live_slot *slot)
{
    int64_t age = slot->used ? table->newest - slot->number : LIVE_SLOTS;

    return age >= 0 && age < LIVE_SLOTS ? (size_t)(LIVE_SLOTS - 1 - age) : LIVE_SLOTS;
}

static void add_recent(const struct live_table *table, const struct live_slot *slot)
{
    for (size_t i = 0; i < slot->nrecords; i++) {
        const struct live_record *record = &slot->records[i];
        struct live_thread *thread = table->threads[record->thread];

        if (record->cell == LIVE_WHOLE)
            counts_add(&thread->recent, &record->counts.total);
        else
            live_counts_add(&thread->recent_cells[record->cell], &record->counts);
    }
}

/* What each cell had in the recent slots. */
static int sum_recent(const struct live_table *table)
{
    for (size_t i = 0; i < table->nthreads; i++) {
        struct live_thread *thread = table->threads[i];

        if (!live_is_thread(table, i))
            continue;
        thread->recent = (struct counts){0};
        if (GROW(&thread->recent_cells, &thread->recent_room, thread->ncells) < 0)
            return -1;
        for (size_t k = 0; k < thread->ncells; k++)
            thread->recent_cells[k] = (struct live_counts){0};
    }
    for (size_t i = 0; i < LIVE_SLOTS; i++) {
        size_t place = place_of(table, &table->slots[i]);

        if (place < LIVE_SLOTS && place >= LIVE_SLOTS - LIVE_RECENT)
            add_recent(table, &table->slots[i]);
    }
    return 0;
}

static const struct counts *counts_of_thread(const struct taking *taking, const struct live_thread *thread)
{
    return taking->selection->recent ? &thread->recent : &thread->counts;
}

static const struct live_counts *counts_of_cell(const struct taking *taking, const struct live_thread *thread,
                                                size_t cell)
{
    return taking->selection->recent ? &thread->recent_cells[cell] : &thread->cells[cell].counts;
}

/* A row for a function, from its first cell on; NULL if there is no memory. */
static struct live_function_row *row_of(const struct taking *taking, uint32_t index)
{
    struct live_snapshot *snapshot = taking->snapshot;
    const struct model_function *function = &taking->table->functions[index];
    bool installed = function->origin == ORIGIN_LIBRARY;

    if (!snapshot->row_of[index]) {
        if (GROW(&snapshot->functions, &snapshot->functions_room, snapshot->nfunctions + 1) < 0)
            return NULL;
        snapshot->functions[snapshot->nfunctions] = (struct live_function_row){
            .name = function->name.size ? function->name : taking->table->functions[LIVE_LOST].name,
            .path = function->path,
            .firstline = function->firstline,
            .application = index >= LIVE_FIRST_FUNCTION && function->folding != FOLD_ALWAYS &&
                           (function->folding == FOLD_NEVER || !installed)};
        snapshot->row_of[index] = (uint32_t)++snapshot->nfunctions;
    }
    return &snapshot->functions[snapshot->row_of[index] - 1];
}

static int add_functions(const struct taking *taking, const struct live_thread *thread)
{
    for (size_t i = 0; i < thread->ncells; i++) {
        const struct live_counts *counts = counts_of_cell(taking, thread, i);
        struct live_function_row *row;

        if (!counts->total.samples && !counts->self.samples)
            continue;
        row = row_of(taking, thread->cells[i].function);
        if (!row)
            return -1;
        counts_add(&row->self, &counts->self);
        counts_add(&row->total, &counts->total);
    }
    counts_add(&taking->snapshot->whole, counts_of_thread(taking, thread));
    return 0;
}

static struct pyprof_text hottest(const struct taking *taking, const struct live_thread *thread)
{
    const struct live_cell *most = NULL;
    uint64_t samples = 0;

    for (size_t i = 0; i < thread->ncells; i++)
        if (counts_of_cell(taking, thread, i)->self.samples > samples) {
            most = &thread->cells[i];
            samples = counts_of_cell(taking, thread, i)->self.samples;
        }
    return taking->table->functions[most ? most->function : LIVE_NO_FRAME].name;
}

static int add_thread(const struct taking *taking, uint32_t index)
{
    struct live_snapshot *snapshot = taking->snapshot;
    const struct live_thread *thread = taking->table->threads[index];
    const struct counts *counts = counts_of_thread(taking, thread);

    if (!counts->samples)
        return 0;
    if (GROW(&snapshot->threads, &snapshot->threads_room, snapshot->nthreads + 1) < 0)
        return -1;
    snapshot->threads[snapshot->nthreads++] = (struct live_thread_row){.thread = index,
                                                                       .pid = thread->pid,
                                                                       .tid = thread->tid,
                                                                       .name = thread->name,
                                                                       .main = thread->main,
                                                                       .ended = thread->ended,
                                                                       .framed = thread->framed,
                                                                       .counts = *counts,
                                                                       .hottest = hottest(taking, thread)};
    return 0;
}

static void add_trend(struct live_trend *trend, size_t place, const struct counts *counts)
{
    trend->time[place] += (float)counts->time / 1e9F;
    trend->cpu[place] += (float)counts->cpu / 1e9F;
}

/* `thread_rows`: by thread, its row, + 1. */
static void add_records(const struct taking *taking, const struct live_slot *slot, size_t place,
                        const uint32_t *thread_rows)
{
    struct live_snapshot *snapshot = taking->snapshot;

    for (size_t i = 0; i < slot->nrecords; i++) {
        const struct live_record *record = &slot->records[i];
        const struct live_thread *thread = taking->table->threads[record->thread];
        bool whole = record->cell == LIVE_WHOLE;
        uint32_t row;

        if (whole && thread_rows[record->thread])
            add_trend(&snapshot->threads[thread_rows[record->thread] - 1].trend, place, &record->counts.total);
        if (!is_selected(taking, record->thread))
            continue;
        row = whole ? 0 : snapshot->row_of[thread->cells[record->cell].function];
        if (whole)
            add_trend(&snapshot->trend, place, &record->counts.total);
        if (row) {
            add_trend(&snapshot->functions[row - 1].self_trend, place, &record->counts.self);
            add_trend(&snapshot->functions[row - 1].total_trend, place, &record->counts.total);
        }
    }
}

static int add_trends(const struct taking *taking)
{
    const struct live_table *table = taking->table;
    uint32_t *thread_rows = calloc(table->nthreads, sizeof *thread_rows);

    if (!thread_rows)
        return -1;
    for (size_t i = 0; i < taking->snapshot->nthreads; i++)
        thread_rows[taking->snapshot->threads[i].thread] = (uint32_t)i + 1;
    for (size_t i = 0; i < LIVE_SLOTS; i++) {
        size_t place = place_of(table, &table->slots[i]);

        if (place < LIVE_SLOTS)
            add_records(taking, &table->slots[i], place, thread_rows);
    }
    free(thread_rows);
    return 0;
}

/* The recent span begins with its oldest slot, or with what was counted. */
static int64_t duration_of(const struct live_table *table, bool recent)
{
    int64_t begin = table->begin, oldest = saturating_ns(table->newest - LIVE_RECENT + 1, LIVE_SLOT_NS);

    if (recent && oldest > begin)
        begin = oldest;
    return table->started ? live_span(begin, table->end) : 0;
}

static int begin(const struct taking *taking)
{
    struct live_snapshot *snapshot = taking->snapshot;
    const struct live_table *table = taking->table;

    if (GROW(&snapshot->row_of, &snapshot->row_of_room, table->nfunctions) < 0)
        return -1;
    memset(snapshot->row_of, 0, table->nfunctions * sizeof *snapshot->row_of);
    snapshot->nfunctions = snapshot->nthreads = 0;
    snapshot->whole = (struct counts){0};
    snapshot->trend = (struct live_trend){0};
    snapshot->duration = duration_of(table, taking->selection->recent);
    snapshot->command = table->command;
    snapshot->pid = table->pid;
    snapshot->nprocesses = table->nprocesses;
    snapshot->sums = table->sums;
    snapshot->period = table->period;
    snapshot->sampled = table->sampled;
    return 0;
}

int live_snapshot_take(struct live_snapshot *snapshot, struct live_table *table,
                       const struct live_selection *selection)
{
    const struct taking taking = {.snapshot = snapshot, .table = table, .selection = selection};

    if (begin(&taking) < 0)
        return -1;
    if (selection->recent && sum_recent(table) < 0)
        return -1;
    for (size_t i = 0; i < table->nthreads; i++) {
        if (!live_is_thread(table, i))
            continue;
        if (is_selected(&taking, i) && add_functions(&taking, table->threads[i]) < 0)
            return -1;
        if (add_thread(&taking, (uint32_t)i) < 0)
            return -1;
    }
    return add_trends(&taking);
}
