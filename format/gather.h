/*
 * gather: samples as they come, round by round, made into runs, thread by thread
 *
 * What comes is in nanoseconds; what a block holds is in units.  Times and CPU times are rounded so that they compress
 * (pyprof(5), Times and CPU): never further off than said there, never adding up.
 */
#ifndef PYPROF_GATHER_H
#define PYPROF_GATHER_H

#include "samples.h"
#include "schedule.h"

struct gather_thread; /* gather.c */

enum { GATHER_USUAL = 2 };

struct gather {
    struct pyprof_samples block; /* what a block will hold; tracks and runs only once it is complete */
    struct gather_thread *threads;
    uint32_t nthreads; /* [i] has id i + 1 */
    uint32_t told;     /* samples and missed ones since the block began */
    uint32_t open_runs;
    struct schedule schedule;
    int64_t usual[GATHER_USUAL]; /* distances from the schedule, the last one first */
    uint32_t lack;               /* of CPU time, units a sample: what this block goes by */
    int64_t median_lack;         /* and what the next one will, in LACK_STEPS of a unit */
};

/* `start` is what the first round's weight counts from, ns. */
void gather_init(struct gather *, uint64_t unit, uint64_t period, int64_t start);
void gather_free(struct gather *);

/* True if the block should be written before another round begins. */
bool gather_full(const struct gather *);

/* As the functions of writer.h; -1 if there is no memory.  What is over a block's limits counts as overflow. */
int gather_round(struct gather *, int64_t time, uint64_t late);
int gather_sample(struct gather *, uint32_t thread, uint32_t node, uint32_t flags, uint64_t cpu);
int gather_missed(struct gather *, uint32_t thread);
int gather_removed(struct gather *, uint32_t thread, uint32_t why, uint64_t cpu);

/* Completes `block`, for samples_encode; -1 if there is no memory. */
int gather_complete(struct gather *);

/* Begins the next block. */
void gather_next(struct gather *);

#endif
