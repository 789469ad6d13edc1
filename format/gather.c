#include "gather.h"

#include "block.h"
#include "codec.h"

#include <stdlib.h>
#include <string.h>

/* When a block is full.  Longer blocks would gain little; shorter ones lose less when the recorder is killed. */
enum {
    FULL_RUNS = 16384,
    FULL_ROUNDS = 16384,
    THREADS_MAX = 1 << 16, /* told of in one round: their runs fit into a block whatever they are */
};

/* CPU times may be off by this part of a period. */
enum { CPU_TOLERANCE = 5 };

/* The median of what CPU times lack is approached by a step a run. */
enum { LACK_STEPS = 16 };

struct gather_thread {
    struct pyprof_run *runs; /* of this block; the last one is open while `open` */
    uint32_t nruns, runs_room;
    struct pyprof_track *tracks; /* first_run counts from `runs` */
    uint32_t ntracks, tracks_room;
    bool open;
    bool known;          /* had a sample before, so that `cpu` and `given` mean something */
    uint32_t open_round; /* first round of the open run */
    uint64_t cpu_zero;   /* CPU clock that `given` counts from, ns */
    uint64_t cpu;        /* CPU clock at the last sample, ns */
    int64_t given;       /* CPU time in runs so far, units; what went with removed ones included */
    int64_t closed;      /* CPU time used by the end of the last run that was closed, units */
};

void gather_init(struct gather *gather, uint64_t unit, uint64_t period, int64_t start)
{
    *gather = (struct gather){.block = {.unit = unit, .period = period}};
    gather->block.start = start / (int64_t)unit;
    gather->schedule = (struct schedule){.unit = unit, .period = period};
}

void gather_free(struct gather *gather)
{
    for (uint32_t i = 0; i < gather->nthreads; i++) {
        free(gather->threads[i].runs);
        free(gather->threads[i].tracks);
    }
    free(gather->threads);
    pyprof_samples_free(&gather->block);
    *gather = (struct gather){0};
}

bool gather_full(const struct gather *gather)
{
    return gather->open_runs >= FULL_RUNS || gather->block.rounds >= FULL_ROUNDS ||
           gather->told >= LIMIT_SAMPLES - THREADS_MAX;
}

/* The array, with room for one more after `count`; NULL if there is no memory. */
static void *grow(void *array, uint32_t *room, uint32_t count, size_t item)
{
    uint32_t larger = *room ? *room * 2 : 16;
    void *grown;

    if (count < *room)
        return array;
    grown = realloc(array, larger * item);
    if (grown)
        *room = larger;
    return grown;
}

/* `time` in units, at one of the usual distances from `due` if that is no more than a unit off. */
static int64_t round_time(struct gather *gather, int64_t time, int64_t due)
{
    int64_t unit = (int64_t)gather->block.unit, rounded = (time + (time < 0 ? -unit : unit) / 2) / unit;

    for (int i = 0; i < GATHER_USUAL; i++) {
        int64_t distance = gather->usual[i], off = (due + distance) * unit - time;

        if (-unit <= off && off <= unit) {
            rounded = due + distance;
            break;
        }
    }
    if (rounded < gather->schedule.last)
        rounded = gather->schedule.last;
    if (rounded - due != gather->usual[0]) {
        gather->usual[1] = gather->usual[0];
        gather->usual[0] = rounded - due;
    }
    return rounded;
}

int gather_round(struct gather *gather, int64_t time, uint64_t late)
{
    struct pyprof_samples *block = &gather->block;
    int64_t *times = grow(block->times, &block->times_room, block->rounds, sizeof *times);
    int64_t due, rounded;

    if (!times)
        return -1;
    block->times = times;
    block->late += late;
    if (block->rounds == 0) {
        gather->schedule.last = block->start;
        rounded = round_time(gather, time, time / (int64_t)block->unit);
        gather->schedule.first = rounded;
        gather->schedule.n = 0;
        gather->schedule.last = rounded;
        memset(gather->usual, 0, sizeof gather->usual);
    } else {
        if (!schedule_next(&gather->schedule, &due))
            return -1;
        rounded = round_time(gather, time, due);
        schedule_step(&gather->schedule, rounded - due, rounded);
    }
    times[block->rounds++] = rounded;
    return 0;
}

static struct gather_thread *find_thread(struct gather *gather, uint32_t id)
{
    uint32_t room = gather->nthreads ? gather->nthreads : 16;
    struct gather_thread *threads;

    if (id == 0 || id >= LIMIT_IDS)
        return NULL;
    if (id <= gather->nthreads)
        return &gather->threads[id - 1];
    while (room < id)
        room *= 2;
    threads = realloc(gather->threads, room * sizeof *threads);
    if (!threads)
        return NULL;
    memset(threads + gather->nthreads, 0, (room - gather->nthreads) * sizeof *threads);
    gather->threads = threads;
    gather->nthreads = room;
    return &threads[id - 1];
}

/* Wall time of a thread's open run, in units. */
static int64_t open_duration(const struct gather *gather, const struct gather_thread *thread)
{
    const struct pyprof_track *track = &thread->tracks[thread->ntracks - 1];
    const struct pyprof_run *run = &thread->runs[thread->nruns - 1];

    return pyprof_samples_duration(&gather->block, track, thread->open_round - track->first_round, run);
}

/*
 * The CPU time to give a run that is expected to have `expected` and would have `actual`: the difference is rounded to
 * whole tolerances, which leaves few different ones.
 */
static int64_t settle_cpu(int64_t expected, int64_t actual, int64_t tolerance)
{
    int64_t off = actual - expected;

    if (-tolerance <= off && off <= tolerance)
        return expected;
    off = (off + (off < 0 ? -tolerance : tolerance) / 2) / tolerance * tolerance;
    return expected + off > 0 ? expected + off : 0;
}

/*
 * Learns what CPU time a sample on the CPU lacks: reading a thread's clocks and stack is not charged to it, so that a busy
 * one does not get its whole weight.
 */
static void learn_lack(struct gather *gather, int64_t duration, int64_t actual, uint32_t count)
{
    int64_t lack = (duration - actual) / count * LACK_STEPS;

    if (lack > gather->median_lack)
        gather->median_lack += gather->median_lack < LACK_MAX * LACK_STEPS;
    else
        gather->median_lack -= gather->median_lack > 0;
}

/* Ends a thread's open run and settles its CPU time. */
static void close_run(struct gather *gather, struct gather_thread *thread)
{
    const struct pyprof_samples *block = &gather->block;
    int64_t tolerance = (int64_t)(block->period / CPU_TOLERANCE / block->unit), duration, actual, used;
    struct pyprof_run *run;

    if (!thread->open)
        return;
    thread->open = false;
    run = &thread->runs[thread->nruns - 1];
    if (run->flags & PYPROF_MISSED)
        return;
    used = (int64_t)((thread->cpu - thread->cpu_zero) / block->unit) - thread->closed;
    thread->closed += used;
    duration = open_duration(gather, thread);
    actual = (int64_t)((thread->cpu - thread->cpu_zero) / block->unit) - thread->given;
    if (run->flags & PYPROF_REMOVED) {
        thread->given += used; /* and not what runs before were given too much or too little */
        return;
    }
    if (run->flags & PYPROF_ON_CPU)
        learn_lack(gather, duration, actual, run->count);
    run->cpu = settle_cpu(samples_expected_cpu(run, duration, gather->lack), actual, tolerance > 0 ? tolerance : 1);
    thread->given += run->cpu;
}

/* Adds the current round to the thread's track, or begins one.  1, 0 if it is there already, -1 without memory. */
static int extend_track(struct gather *gather, struct gather_thread *thread)
{
    uint32_t round = gather->block.rounds - 1;
    struct pyprof_track *tracks = thread->tracks;

    if (thread->ntracks > 0) {
        struct pyprof_track *track = &tracks[thread->ntracks - 1];
        uint32_t next = track->first_round + track->rounds;

        if (next > round)
            return 0;
        if (next == round) {
            track->rounds++;
            return 1;
        }
    }
    close_run(gather, thread);
    tracks = grow(tracks, &thread->tracks_room, thread->ntracks, sizeof *tracks);
    if (!tracks)
        return -1;
    thread->tracks = tracks;
    tracks[thread->ntracks++] = (struct pyprof_track){
        .thread = (uint32_t)(thread - gather->threads) + 1,
        .first_round = round,
        .rounds = 1,
        .first_run = thread->nruns,
    };
    return 1;
}

/* Adds the current round to the thread's open run, or begins one. */
static int extend_run(struct gather *gather, struct gather_thread *thread, uint32_t node, uint32_t flags)
{
    struct pyprof_run *runs = thread->runs, *open = thread->open ? &runs[thread->nruns - 1] : NULL;

    if (open && open->node == node && open->flags == flags) {
        open->count++;
        return 0;
    }
    close_run(gather, thread);
    runs = grow(runs, &thread->runs_room, thread->nruns, sizeof *runs);
    if (!runs)
        return -1;
    thread->runs = runs;
    runs[thread->nruns++] = (struct pyprof_run){.node = node, .flags = flags, .count = 1};
    thread->tracks[thread->ntracks - 1].runs++;
    thread->open = true;
    thread->open_round = gather->block.rounds - 1;
    gather->open_runs++;
    return 0;
}

/* Notes that the thread was told of in this round: 1, 0 if it does not count, -1 without memory. */
static int tell(struct gather *gather, uint32_t id, struct gather_thread **thread)
{
    int result;

    *thread = find_thread(gather, id);
    if (!*thread || gather->block.rounds == 0)
        return -1;
    if (gather->told >= LIMIT_SAMPLES) {
        gather->block.overflow++;
        return 0;
    }
    result = extend_track(gather, *thread);
    gather->told += result > 0;
    return result;
}

/* Notes the CPU clock; what came before the first sample is not known, so that one gets what is expected. */
static void note_cpu(struct gather *gather, struct gather_thread *thread, uint32_t flags, uint64_t cpu)
{
    const struct pyprof_samples *block = &gather->block;
    uint32_t round = block->rounds - 1;

    if (!thread->known) {
        int64_t weight = block->times[round] - (round > 0 ? block->times[round - 1] : block->start);

        thread->known = true;
        thread->cpu_zero = cpu - (flags & PYPROF_ON_CPU ? (uint64_t)weight * block->unit : 0);
        thread->cpu = cpu;
    }
    if (cpu - thread->cpu_zero > thread->cpu - thread->cpu_zero)
        thread->cpu = cpu;
}

int gather_sample(struct gather *gather, uint32_t id, uint32_t node, uint32_t flags, uint64_t cpu)
{
    struct gather_thread *thread;
    int told = tell(gather, id, &thread);

    if (told <= 0)
        return told;
    if (extend_run(gather, thread, node, flags & ~(uint32_t)PYPROF_NO_SAMPLE) < 0)
        return -1;
    note_cpu(gather, thread, flags, cpu);
    gather->block.samples++;
    return 0;
}

int gather_missed(struct gather *gather, uint32_t id)
{
    struct gather_thread *thread;
    int told = tell(gather, id, &thread);

    if (told <= 0)
        return told;
    if (extend_run(gather, thread, 0, PYPROF_MISSED) < 0)
        return -1;
    gather->block.missed++;
    return 0;
}

int gather_removed(struct gather *gather, uint32_t id, uint32_t why, uint64_t cpu)
{
    struct gather_thread *thread;
    int told = tell(gather, id, &thread);

    if (told <= 0)
        return told;
    if (extend_run(gather, thread, 0, PYPROF_REMOVED | why) < 0)
        return -1;
    note_cpu(gather, thread, 0, cpu);
    gather->block.removed++;
    return 0;
}

/* Makes room in the block for all tracks and runs. */
static int make_room(struct gather *gather)
{
    struct pyprof_samples *block = &gather->block;
    uint32_t tracks = 1, runs = 1;

    for (uint32_t i = 0; i < gather->nthreads; i++) {
        tracks += gather->threads[i].ntracks;
        runs += gather->threads[i].nruns;
    }
    if (tracks > block->tracks_room) {
        free(block->tracks);
        block->tracks = malloc(tracks * sizeof *block->tracks);
        block->tracks_room = block->tracks ? tracks : 0;
    }
    if (runs > block->runs_room) {
        free(block->runs);
        block->runs = malloc(runs * sizeof *block->runs);
        block->runs_room = block->runs ? runs : 0;
    }
    return block->tracks && block->runs ? 0 : -1;
}

int gather_complete(struct gather *gather)
{
    struct pyprof_samples *block = &gather->block;

    if (make_room(gather) < 0)
        return -1;
    for (uint32_t i = 0; i < gather->nthreads; i++) {
        struct gather_thread *thread = &gather->threads[i];

        if (thread->ntracks == 0)
            continue;
        close_run(gather, thread);
        memcpy(block->runs + block->nruns, thread->runs, thread->nruns * sizeof *thread->runs);
        for (uint32_t j = 0; j < thread->ntracks; j++) {
            block->tracks[block->ntracks] = thread->tracks[j];
            block->tracks[block->ntracks++].first_run += block->nruns;
        }
        block->nruns += thread->nruns;
    }
    return 0;
}

void gather_next(struct gather *gather)
{
    struct pyprof_samples *block = &gather->block;

    block->first_round += block->rounds;
    block->before += block->samples + block->removed;
    if (block->rounds > 0)
        block->start = block->times[block->rounds - 1];
    block->rounds = block->ntracks = block->nruns = 0;
    block->samples = block->missed = block->removed = block->late = block->overflow = block->paused = 0;
    gather->told = gather->open_runs = 0;
    gather->lack = (uint32_t)(gather->median_lack / LACK_STEPS);
    for (uint32_t i = 0; i < gather->nthreads; i++) {
        gather->threads[i].ntracks = gather->threads[i].nruns = 0;
        gather->threads[i].open = false;
    }
}
