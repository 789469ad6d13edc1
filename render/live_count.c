/* Blocks into counts: by node first, then by function, once for each thread and slot of the block. */
#include "live_state.h"

#include "grow.h"

/* As GROW, with what is new all 0. */
static int grow_zeroed(void *items, size_t *room, size_t need, size_t size)
{
    size_t had = *room;
    char *bytes;

    if (grow_room(items, room, need, size) < 0)
        return -1;
    memcpy(&bytes, items, sizeof bytes);
    memset(bytes + had * size, 0, (*room - had) * size);
    return 0;
}

static int learn_functions(struct live_table *table, struct live_section *mine, const struct pyprof_section *section)
{
    size_t n = (size_t)pyprof_section_functions(section) + 1;

    if (GROW(&mine->functions, &mine->functions_room, n) < 0)
        return -1;
    for (; mine->nfunctions < n; mine->nfunctions++) {
        struct pyprof_function function;
        uint32_t *mapped = &mine->functions[mine->nfunctions];

        *mapped = LIVE_LOST;
        if (mine->nfunctions && pyprof_section_function(section, (uint32_t)mine->nfunctions, &function))
            *mapped = live_function(table, &function);
        if (*mapped == UINT32_MAX)
            return -1;
    }
    return 0;
}

static struct live_node make_node(const struct live_section *mine, const struct pyprof_node *node)
{
    uint32_t parent = node->parent < mine->nnodes ? node->parent : 0;
    struct live_node made = {
        .function = node->function < mine->nfunctions ? mine->functions[node->function] : LIVE_LOST, .outermost = 1};

    made.link = mine->nodes[parent].outermost ? parent & INT32_MAX : mine->nodes[parent].link;
    for (uint32_t at = made.link; at && made.outermost; at = mine->nodes[at].link)
        made.outermost = mine->nodes[at].function != made.function;
    return made;
}

/* A parent is defined before its children, so that all links lead to what is known. */
static int learn_nodes(struct live_table *table, struct live_section *mine, const struct pyprof_section *section)
{
    size_t n = (size_t)pyprof_section_nodes(section) + 1;

    if (n > INT32_MAX || learn_functions(table, mine, section) < 0 || GROW(&mine->nodes, &mine->nodes_room, n) < 0)
        return -1;
    for (; mine->nnodes < n; mine->nnodes++) {
        struct pyprof_node node = {0};

        if (mine->nnodes && !pyprof_section_node(section, (uint32_t)mine->nnodes, &node))
            node = (struct pyprof_node){0};
        mine->nodes[mine->nnodes] =
            mine->nnodes ? make_node(mine, &node) : (struct live_node){.function = LIVE_NO_FRAME, .outermost = 1};
    }
    return 0;
}

static int make_scratch(struct live_table *table, const struct live_section *mine)
{
    struct live_scratch *scratch = &table->scratch;

    if (grow_zeroed(&scratch->nodes, &scratch->nodes_room, mine->nnodes, sizeof *scratch->nodes) < 0 ||
        GROW(&scratch->met_nodes, &scratch->met_nodes_room, mine->nnodes) < 0 ||
        grow_zeroed(&scratch->functions, &scratch->functions_room, table->nfunctions, sizeof *scratch->functions) < 0)
        return -1;
    return GROW(&scratch->met_functions, &scratch->met_functions_room, table->nfunctions);
}

/* The counts of a function that this node is a call of. */
static struct live_counts *meet_function(struct live_scratch *scratch, uint32_t function)
{
    struct live_counts *counts = &scratch->functions[function];

    if (!counts->total.samples && !counts->self.samples)
        scratch->met_functions[scratch->nmet_functions++] = function;
    return counts;
}

/* Node by node to the functions of its stack. */
static void spread(struct live_scratch *scratch, const struct live_section *mine)
{
    for (size_t i = 0; i < scratch->nmet_nodes; i++) {
        uint32_t node = scratch->met_nodes[i];
        struct counts *counts = &scratch->nodes[node];
        uint32_t at = mine->nodes[node].outermost ? node : mine->nodes[node].link;

        counts_add(&meet_function(scratch, mine->nodes[node].function)->self, counts);
        do {
            counts_add(&meet_function(scratch, mine->nodes[at].function)->total, counts);
        } while (at && (at = mine->nodes[at].link));
        *counts = (struct counts){0};
    }
    scratch->nmet_nodes = 0;
}

/* Adds to the slot's record of a cell; `*at` is where its last record was put. */
static int record(struct live_slot *slot, uint32_t thread, uint32_t cell, const struct live_counts *counts,
                  uint32_t *at)
{
    struct live_record *record;

    if (!slot)
        return 0;
    record = *at < slot->nrecords ? &slot->records[*at] : NULL;
    if (!record || record->thread != thread || record->cell != cell) {
        if (GROW(&slot->records, &slot->room, slot->nrecords + 1) < 0)
            return -1;
        *at = (uint32_t)slot->nrecords++;
        record = &slot->records[*at];
        *record = (struct live_record){.thread = thread, .cell = cell};
    }
    live_counts_add(&record->counts, counts);
    return 0;
}

/* A thread's share of a block while it is counted. */
struct counting {
    struct live_table *table;
    const struct live_section *mine;
    const struct pyprof_samples *samples;
    uint64_t unit;
    uint32_t thread;
    int64_t number;           /* of the slot that is being counted */
    struct live_counts whole; /* of it; `self` is not used */
};

/* What was gathered for the thread in the slot goes to its cells. */
static int settle(struct counting *counting)
{
    struct live_table *table = counting->table;
    struct live_scratch *scratch = &table->scratch;
    struct live_thread *thread = table->threads[counting->thread];
    struct live_slot *slot;

    if (!scratch->nmet_nodes && !scratch->nmet_functions)
        return 0;
    spread(scratch, counting->mine);
    slot = live_slot(table, counting->number);
    for (size_t i = 0; i < scratch->nmet_functions; i++) {
        struct live_counts *counts = &scratch->functions[scratch->met_functions[i]];
        uint32_t cell = live_cell(thread, scratch->met_functions[i]);

        if (cell == UINT32_MAX || record(slot, counting->thread, cell, counts, &thread->cells[cell].record) < 0)
            return -1;
        live_counts_add(&thread->cells[cell].counts, counts);
        *counts = (struct live_counts){0};
    }
    scratch->nmet_functions = 0;
    counts_add(&thread->counts, &counting->whole.total);
    if (record(slot, counting->thread, LIVE_WHOLE, &counting->whole, &thread->record) < 0)
        return -1;
    counting->whole = (struct live_counts){0};
    return 0;
}

/* A sample stands for the time up to its own, so that what is taken as a second begins is of the second before. */
static int64_t slot_at(const struct counting *counting, int64_t time)
{
    int64_t ns = saturating_add(saturating_add(counting->mine->base, saturating_ns(time, counting->unit)), -1);

    return ns / LIVE_SLOT_NS - (ns % LIVE_SLOT_NS < 0);
}

/* How many of `count` rounds from `round` of the block on are in the first one's slot. */
static uint32_t rounds_of_slot(const struct counting *counting, uint32_t round, uint32_t count, int64_t number)
{
    const int64_t *times = counting->samples->times + round;
    uint32_t in = 1, out = count;

    if (slot_at(counting, times[count - 1]) == number)
        return count;
    while (out - in > 1) {
        uint32_t middle = in + (out - in) / 2;

        if (slot_at(counting, times[middle]) == number)
            in = middle;
        else
            out = middle;
    }
    return slot_at(counting, times[in]) == number ? in + 1 : in;
}

static void count_node(struct counting *counting, const struct pyprof_run *part, int64_t time)
{
    struct live_scratch *scratch = &counting->table->scratch;
    struct live_thread *thread = counting->table->threads[counting->thread];
    struct counts more = {.samples = part->count, .time = time, .cpu = saturating_ns(part->cpu, counting->unit)};

    counts_add(&counting->whole.total, &more);
    thread->framed = thread->framed || part->node;
    if (part->node >= counting->mine->nnodes) {
        live_counts_add(meet_function(scratch, LIVE_LOST), &(struct live_counts){more, more});
        return;
    }
    if (!scratch->nodes[part->node].samples)
        scratch->met_nodes[scratch->nmet_nodes++] = part->node;
    counts_add(&scratch->nodes[part->node], &more);
}

/* A part of a run within one slot; the weights are those of tally.h. */
static int count_part(struct counting *counting, const struct pyprof_run *part, int64_t number, int64_t time)
{
    struct live_thread *thread = counting->table->threads[counting->thread];

    if (part->flags & PYPROF_MISSED) {
        thread->debt = saturating_add(thread->debt, time);
        return 0;
    }
    if (part->flags & PYPROF_DOUBTED)
        counting->table->sums.doubted += part->count;
    if (number != counting->number && settle(counting) < 0)
        return -1;
    counting->number = number;
    if (!(part->flags & PYPROF_REMOVED))
        count_node(counting, part, saturating_add(thread->debt, time));
    thread->debt = 0;
    return 0;
}

/* Run by run, cut where slots begin; CPU time is shared out by rounds. */
static int count_track(struct counting *counting, const struct pyprof_track *track)
{
    const struct pyprof_samples *samples = counting->samples;
    uint32_t round = 0;

    for (uint32_t i = 0; i < track->runs; i++) {
        struct pyprof_run rest = samples->runs[track->first_run + i];

        while (rest.count) {
            uint32_t at = track->first_round + round;
            int64_t number = slot_at(counting, samples->times[at]);
            struct pyprof_run part = rest;

            part.count = rounds_of_slot(counting, at, rest.count, number);
            part.cpu = part.count == rest.count
                           ? rest.cpu
                           : (int64_t)((double)rest.cpu * (double)part.count / (double)rest.count);
            if (count_part(counting, &part, number,
                           saturating_ns(pyprof_samples_duration(samples, track, round, &part), counting->unit)) < 0)
                return -1;
            round += part.count;
            rest.count -= part.count;
            rest.cpu -= part.cpu;
        }
    }
    return settle(counting);
}

/* Sums for the line of trust, and the spans that rates and durations are of. */
static void note_block(struct live_table *table, struct live_section *mine, const struct pyprof_samples *samples,
                       uint64_t unit)
{
    struct sums more = {.rounds = samples->rounds,
                        .samples = samples->samples,
                        .missed = samples->missed,
                        .removed = samples->removed,
                        .late = samples->late,
                        .overflow = samples->overflow,
                        .paused = saturating_ns((int64_t)samples->paused, unit)};
    int64_t begin, end, had = mine->sampled ? live_span(mine->begin, mine->end) : 0;

    sums_add(&table->sums, &more);
    if (!samples->rounds)
        return;
    begin = saturating_ns(samples->start, unit);
    end = saturating_ns(samples->times[samples->rounds - 1], unit);
    if (!mine->sampled || begin < mine->begin)
        mine->begin = begin;
    if (!mine->sampled || end > mine->end)
        mine->end = end;
    mine->sampled = true;
    table->sampled = saturating_add(table->sampled, live_span(mine->begin, mine->end) - had);
    begin = saturating_add(mine->base, begin);
    end = saturating_add(mine->base, end);
    if (!table->started || begin < table->begin)
        table->begin = begin;
    if (!table->started || end > table->end)
        table->end = end;
}

int live_table_count(struct live_table *table, struct pyprof_section *section, const struct pyprof_samples *samples)
{
    struct live_section *mine = live_section(table, section);
    struct counting counting = {.table = table, .mine = mine, .samples = samples};

    if (!mine || learn_nodes(table, mine, section) < 0 || make_scratch(table, mine) < 0)
        return -1;
    counting.unit = pyprof_section_info(section)->unit;
    note_block(table, mine, samples, counting.unit);
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        counting.thread = live_thread(table, mine, section, samples->tracks[i].thread);
        if (counting.thread == UINT32_MAX)
            return -1;
        if (!live_is_thread(table, counting.thread))
            counting.thread = LIVE_ENDED;
        if (count_track(&counting, &samples->tracks[i]) < 0)
            return -1;
    }
    return 0;
}
