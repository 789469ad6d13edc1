/*
 * live_snapshot: the live table at one moment, added up for a screen
 *
 * Rows of functions and of threads, in no order; times in ns.  `whole` is what shares are of: all time of the threads that
 * were selected, so that no share is over 100 %.  Threads that never had a Python frame are left out of it, and of the
 * functions; they are among the rows of threads.  Rows without a sample are left out.
 *
 * A snapshot stays as it is whatever the table counts later, which is what a pause shows.  Its texts are the table's.
 *
 * Life: zero-initialised it is empty and valid; live_snapshot_take fills it anew, reusing its memory;
 * live_snapshot_free.
 */
#ifndef PYRENDER_LIVE_SNAPSHOT_H
#define PYRENDER_LIVE_SNAPSHOT_H

#include "live_table.h"
#include "tally.h"

/* All threads: a selection. */
#define LIVE_ALL UINT32_MAX

enum { LIVE_RECENT = 10 }; /* slots of the recent span, the newest included */

/* Seconds in each slot, oldest first; the newest is still being filled. */
struct live_trend {
    float time[LIVE_SLOTS], cpu[LIVE_SLOTS];
};

struct live_function_row {
    struct pyprof_text name, path; /* as in model.h */
    uint32_t firstline;
    bool application; /* as the trees see it, but for what was typed in, which counts as it */
    struct counts self, total;
    struct live_trend self_trend, total_trend;
};

struct live_thread_row {
    uint32_t thread; /* to select it by */
    uint64_t pid, tid;
    struct pyprof_text name; /* may be empty */
    bool main, ended, framed;
    struct counts counts;
    struct live_trend trend;
    struct pyprof_text hottest; /* name of the function with most self time; empty if it had none */
};

struct live_snapshot {
    struct live_function_row *functions;
    size_t nfunctions, functions_room;
    struct live_thread_row *threads;
    size_t nthreads, threads_room;
    struct counts whole;
    struct live_trend trend; /* of the whole */
    int64_t duration;        /* ns of the span */

    struct pyprof_text command; /* of the first process */
    uint64_t pid;
    size_t nprocesses;
    struct sums sums; /* of everything that came */
    uint64_t period;  /* ns; 0 if unknown */
    int64_t sampled;  /* ns, all sections after each other */

    uint32_t *row_of; /* scratch: by function */
    size_t row_of_room;
};

/* What to take: one thread's functions or all threads', all that was counted or the recent slots. */
struct live_selection {
    uint32_t thread; /* as in a row; or LIVE_ALL */
    bool recent;
};

/* -1: no memory. */
int live_snapshot_take(struct live_snapshot *, struct live_table *, const struct live_selection *);
void live_snapshot_free(struct live_snapshot *);

#endif
