/*
 * cut: parts of streams, one after the other, as a stream of its own
 *
 * What a profiler saw is a part of what an engine recorded: from its start to its stop, of one thread or of all.  If it
 * was started again, there are several.  The result is what a recording would have been that was on in those times only
 * and saw only those threads: times begin at 0, a part follows the one before without a gap, a part's first sample
 * stands for the time since the part's beginning, and names that no sample uses are not in it.
 *
 * A part may be of tasks that shared a thread with others: then it comes with the spans of time in which they ran, and with
 * where they waited in between.  What the thread did for others is not in the part; the time goes to where the part's
 * task waited.
 *
 * A result can be cut again: it begins at the time (CLOCK_MONOTONIC) at which its first part did.
 *
 * Life: cut_new; cut_add for each part; cut_end; cut_free (NULL is fine).  After an error only cut_free.
 */
#ifndef PYREC_PYTHON_CUT_H
#define PYREC_PYTHON_CUT_H

#include "format/buffer.h"
#include "format/error.h"
#include "format/section.h"

#include <stddef.h>
#include <stdint.h>

struct cutting;

/*
 * A thread ran for the part from `enter` to `leave` and then waited at `node`, from 1; 0: nowhere.  Times are ns of
 * CLOCK_MONOTONIC or, if the part has logs, of the thread's own CPU clock.
 */
struct cut_span {
    uint64_t tid, enter, leave, node;
};

/* Where a task waited: a node of a tree of its own. */
struct cut_node {
    uint32_t parent; /* from 1, smaller than its own index + 1; 0: the root */
    struct pyprof_function function;
    uint32_t line;
};

struct cut_log {
    const void *bytes;
    size_t size;
};

struct cut_part {
    const void *stream; /* a recording of one process */
    size_t size;
    uint64_t begin, end; /* ns of CLOCK_MONOTONIC: samples after `begin`, up to `end` */
    uint64_t tid;        /* the thread that lived at `begin` with this id; 0: all threads */
    size_t skip;         /* samples in the first so many bytes of the stream are known to be older than `begin` */

    /*
     * If `nspans` is not 0: other threads are seen in their spans alone; the thread `tid`, outside of its own, is where
     * the span before says.  Sorted by tid and enter; those of a thread do not overlap.
     */
    const struct cut_span *spans;
    size_t nspans;
    const struct cut_node *nodes;
    size_t nnodes;
    const struct cut_log *logs; /* of the stream's threads (clocks.h), by id - 1 */
    size_t nlogs;
};

/* `into` stays the caller's.  NULL if there is no memory. */
struct cutting *cut_new(struct buffer *into);
void cut_free(struct cutting *);

/* -1 with the error; a stream that is damaged or does not reach back to the beginning is PYPROF_DAMAGED. */
int cut_add(struct cutting *, const struct cut_part *, struct pyprof_error *);

/* To be called once something was added. */
int cut_end(struct cutting *, struct pyprof_error *);

#endif
