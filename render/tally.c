#include "tally.h"

#include "grow.h"

struct tally *tally_new(void)
{
    return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    free(tally->cells);
    free(tally->debts);
    map_free(&tally->cell_of);
    map_free(&tally->debt_of);
    tracks_free(tally->tracks);
    free(tally);
}

int64_t saturating_add(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

void counts_add(struct counts *counts, const struct counts *more)
{
    counts->samples += more->samples;
    counts->on_cpu += more->on_cpu;
    counts->time = saturating_add(counts->time, more->time);
    counts->cpu = saturating_add(counts->cpu, more->cpu);
}

void sums_add(struct sums *sums, const struct sums *more)
{
    sums->rounds += more->rounds;
    sums->samples += more->samples;
    sums->missed += more->missed;
    sums->removed += more->removed;
    sums->late += more->late;
    sums->overflow += more->overflow;
    sums->doubted += more->doubted;
    sums->unwatched += more->unwatched;
    sums->paused = saturating_add(sums->paused, more->paused);
}

int64_t saturating_ns(int64_t units, uint64_t unit)
{
    int64_t ns;

    if (__builtin_mul_overflow(units, unit, &ns))
        return units > 0 ? INT64_MAX : INT64_MIN;
    return ns;
}

static struct tally_cell *cell_at(struct tally *tally, uint32_t thread, uint32_t node)
{
    uint32_t *index = map_at(&tally->cell_of, map_pair(thread, node));

    if (!index)
        return NULL;
    if (!*index) {
        *index = (uint32_t)tally->ncells + 1;
        if (GROW(&tally->cells, &tally->cells_room, tally->ncells + 1) < 0)
            return NULL;
        tally->cells[tally->ncells++] = (struct tally_cell){.thread = thread, .node = node};
    }
    return &tally->cells[*index - 1];
}

static int64_t *debt_at(struct tally *tally, uint32_t thread)
{
    uint32_t *index = map_at(&tally->debt_of, thread);

    if (!index)
        return NULL;
    if (!*index) {
        *index = (uint32_t)tally->ndebts + 1;
        if (GROW(&tally->debts, &tally->debts_room, tally->ndebts + 1) < 0)
            return NULL;
        tally->debts[tally->ndebts++] = 0;
    }
    return &tally->debts[*index - 1];
}

/* One track without times: only how often each node was seen. */
static int count_track(struct tally *tally, const struct pyprof_samples *samples, const struct pyprof_track *track)
{
    struct tally_cell *cell = NULL;

    for (uint32_t i = 0; i < track->runs; i++) {
        const struct pyprof_run *run = &samples->runs[track->first_run + i];

        if (run->flags & PYPROF_PAUSED && !(run->flags & PYPROF_MISSED))
            tally->sums.removed -= run->count;
        if (run->flags & PYPROF_NO_SAMPLE)
            continue;
        if (!cell || cell->node != run->node)
            cell = cell_at(tally, track->thread, run->node);
        if (!cell)
            return -1;
        cell->counts.samples += run->count;
        if (run->flags & PYPROF_ON_CPU)
            cell->counts.on_cpu += run->count;
        if (run->flags & PYPROF_DOUBTED)
            tally->sums.doubted += run->count;
        if (run->flags & PYPROF_GIL_UNKNOWN)
            tally->sums.unwatched += run->count;
    }
    return 0;
}

/* A run that ends at `end`, in ns, and stands for `counts`. */
static int note_run(struct tally *tally, const struct tally_cell *cell, const struct pyprof_run *run,
                    const struct counts *counts, int64_t end)
{
    struct track_run more = {.begin = saturating_add(end, -counts->time),
                             .time = counts->time,
                             .cpu = counts->cpu,
                             .node = cell->node,
                             .samples = run->count,
                             .state = run->flags & TRACK_STATE};

    return tally->tracks ? tracks_add(tally->tracks, cell->thread, &more) : 0;
}

/* One track with wall and CPU time. */
static int weigh_track(struct tally *tally, const struct pyprof_samples *samples, const struct pyprof_track *track,
                       uint64_t unit)
{
    int64_t *debt = debt_at(tally, track->thread);
    uint32_t round = 0;

    if (!debt)
        return -1;
    for (uint32_t i = 0; i < track->runs; i++) {
        const struct pyprof_run *run = &samples->runs[track->first_run + i];
        int64_t time = saturating_ns(pyprof_samples_duration(samples, track, round, run), unit);
        struct tally_cell *cell;

        round += run->count;
        if (run->flags & PYPROF_MISSED) {
            *debt = saturating_add(*debt, time);
            continue;
        }
        if (!(run->flags & PYPROF_REMOVED)) {
            struct counts more = {.time = saturating_add(*debt, time), .cpu = saturating_ns(run->cpu, unit)};

            cell = cell_at(tally, track->thread, run->node);
            if (!cell)
                return -1;
            counts_add(&cell->counts, &more);
            if (note_run(tally, cell, run, &more,
                         saturating_ns(samples->times[track->first_round + round - 1], unit)) < 0)
                return -1;
        }
        *debt = 0;
    }
    return 0;
}

static void note_span(struct tally *tally, const struct pyprof_samples *samples, uint64_t unit)
{
    int64_t begin, end;

    if (!samples->rounds)
        return;
    begin = saturating_ns(samples->start, unit);
    end = saturating_ns(samples->times[samples->rounds - 1], unit);
    if (!tally->sums.rounds || begin < tally->begin)
        tally->begin = begin;
    if (!tally->sums.rounds || end > tally->end)
        tally->end = end;
}

int tally_add(struct tally *tally, const struct pyprof_samples *samples, uint64_t unit, bool timed)
{
    struct sums more = {.rounds = samples->rounds,
                        .samples = samples->samples,
                        .missed = samples->missed,
                        .removed = samples->removed,
                        .late = samples->late,
                        .overflow = samples->overflow,
                        .paused = saturating_ns((int64_t)samples->paused, unit)};

    if (timed)
        note_span(tally, samples, unit);
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        if (count_track(tally, samples, &samples->tracks[i]) < 0)
            return -1;
        if (timed && weigh_track(tally, samples, &samples->tracks[i], unit) < 0)
            return -1;
    }
    sums_add(&tally->sums, &more);
    return 0;
}
