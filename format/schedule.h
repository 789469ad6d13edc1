/*
 * schedule: the times at which rounds were due (pyprof(5), Times)
 *
 * Writer, encoder and decoder step the same schedule, so that a time is told by its distance from the one that was due.
 * Begin with first = last = the time of a block's first round, and n = 0.
 */
#ifndef PYPROF_SCHEDULE_H
#define PYPROF_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define LIMIT_NS (INT64_C(1) << 61)   /* of times, either way of the recording's start */
#define LIMIT_UNIT (INT64_C(1) << 40) /* of unit and period, ns */

struct schedule {
    uint64_t unit, period; /* ns */
    int64_t first;         /* time of the round that the schedule began with, units */
    int64_t last;          /* time of the round before the next one, units */
    uint64_t n;            /* deadlines since the first round */
};

/* Goes on to the next round: the time that it is due at.  False if that is beyond all limits. */
bool schedule_next(struct schedule *, int64_t *due);

/* The round came at `time`, `x` units after it was due: a schedule that is a quarter of a period off begins anew. */
void schedule_step(struct schedule *, int64_t x, int64_t time);

#endif
