/*
 * samples: the content of one SAMPLES block
 *
 * A block holds rounds: the times at which a process was sampled.  Threads have tracks: a track covers consecutive
 * rounds of one thread with runs of equal samples.  Every round of a track is accounted for: as a sample, as one that
 * was missed (asked for, not had), or as one that a filter removed.
 *
 * Weight.  A sample stands for the time from the round before to its own.  What a missed sample stands for goes to the
 * next sample of its track; what a removed one stands for is gone.  So the weights of a thread, with what was removed,
 * add up to the thread's life.
 *
 * A struct pyprof_samples owns its arrays; it is reused from block to block (pyprof_samples_clear keeps the memory) and
 * released by pyprof_samples_free.  Zero-initialised it is empty and valid.
 */
#ifndef PYPROF_SAMPLES_H
#define PYPROF_SAMPLES_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the thread did when it was sampled, as bits. */
enum pyprof_flags {
    PYPROF_ON_CPU = 1 << 0,      /* it ran */
    PYPROF_HOLDS_GIL = 1 << 1,   /* it held the GIL */
    PYPROF_WAITS_GIL = 1 << 2,   /* it waited for the GIL */
    PYPROF_IN_GC = 1 << 3,       /* it ran the garbage collector */
    PYPROF_MISSED = 1 << 4,      /* no sample: there was one to take and it could not be had */
    PYPROF_REMOVED = 1 << 5,     /* no sample: a filter took it out; a missed one stays missed too */
    PYPROF_DOUBTED = 1 << 6,     /* the stack could not be verified */
    PYPROF_GIL_UNKNOWN = 1 << 7, /* whether it waited for the GIL could not be known */
    PYPROF_PAUSED = 1 << 8,      /* with PYPROF_REMOVED: the recording was paused */
};

enum { PYPROF_NO_SAMPLE = PYPROF_MISSED | PYPROF_REMOVED };

/* A run of consecutive rounds with the same node and flags. */
struct pyprof_run {
    uint32_t node;  /* 0: no Python frame, or no sample */
    uint32_t flags; /* enum pyprof_flags */
    uint32_t count; /* rounds, at least 1 */
    int64_t cpu;    /* CPU time used since the run before, in units; 0 where it was not decoded */
};

struct pyprof_track {
    uint32_t thread;
    uint32_t first_round; /* index into times */
    uint32_t rounds;      /* sum of its runs' counts */
    uint32_t first_run;   /* index into runs */
    uint32_t runs;
};

struct pyprof_samples {
    uint64_t unit;        /* ns a unit, the same in all blocks of a section */
    uint64_t period;      /* ns between rounds, as asked for; the same too */
    uint64_t first_round; /* number of the block's first round in its section */
    uint64_t before;      /* samples in the section's earlier blocks, those removed since included */
    uint64_t samples;     /* delivered in this block: neither missed nor removed */
    uint64_t missed;      /* rounds of tracks with PYPROF_MISSED */
    uint64_t removed;     /* rounds of tracks with PYPROF_REMOVED and not PYPROF_MISSED */
    uint64_t late;        /* deadlines that passed without a round, since the block before */
    uint64_t overflow;    /* samples lost between agent and collector, since the block before */

    uint64_t paused; /* units of the rounds' times during which the recording was paused */

    uint32_t rounds;
    int64_t start;  /* time of the round before the first, or the section's start, in units since the recording's */
    int64_t *times; /* of the rounds, in units; NULL or stale where they were not decoded */

    struct pyprof_track *tracks;
    uint32_t ntracks;
    struct pyprof_run *runs;
    uint32_t nruns;

    /* Rooms of the arrays, for their owner. */
    uint32_t times_room, tracks_room, runs_room;
};

/* Which columns to decode: who only counts samples needs neither. */
enum pyprof_want {
    PYPROF_WANT_TIMES = 1 << 0,
    PYPROF_WANT_CPU = 1 << 1, /* includes times */
};

void pyprof_samples_clear(struct pyprof_samples *);
void pyprof_samples_free(struct pyprof_samples *);

/* Time that `track`'s sample at round `r` of the track (0 is its first) stands for by itself, in units.  Needs times. */
int64_t pyprof_samples_weight(const struct pyprof_samples *, const struct pyprof_track *track, uint32_t r);

/* Wall time of `run`, whose first round is round `r` of the track, in units.  Needs times. */
int64_t pyprof_samples_duration(const struct pyprof_samples *, const struct pyprof_track *track, uint32_t r,
                                const struct pyprof_run *run);

#endif
