/*
 * sampler: the thread that takes the samples, and the ring it writes them to
 *
 * One a process.  It wakes once a period (CLOCK_MONOTONIC, ns), runs a round (round.h) and sleeps till the next
 * deadline that is still ahead; those that passed are counted.  Every few deadlines their phase changes by chance.
 * Rounds take at most half of the time: where two in a row take longer than half a period (one may just have been
 * preempted), deadlines are left out.  While the interpreter is not initialised, and while nobody empties a full ring,
 * it only looks now and then.
 *
 * The thread has every signal blocked, a small stack and a timer slack of 1 ns; its memory is its own (pages.h).  It
 * ends with its process, or when the collector sets `stop`; nothing waits for it.  A fork has neither thread nor
 * memory of it.
 */
#ifndef PYREC_SAMPLE_SAMPLER_H
#define PYREC_SAMPLE_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "record/cpython/layout.h"
#include "record/ring.h"

struct sampler_options {
    const struct layout *layout;
    uint64_t runtime; /* as walk_runtime.address */
    uint64_t period;  /* ns */
    uint64_t start;   /* when the process started */

    /*
     * What knows of another process, to sample that one: its runtime counts, not the one above.  The sampler's own
     * once sampler_start succeeded: it ends it when it ends itself.  NULL: the own process.
     */
    struct still *other;

    /*
     * Of the own process: it frees its memory, the ring's mapping included, when it ends.  For who starts samplers
     * again and again, and has a mapping of the ring of his own.
     */
    bool ends;
};

/*
 * Starts the sampler of this process.  Returns the ring's descriptor, close-on-exec and sealed against shrinking,
 * which is the caller's to close, and sets `ring` to its mapping, which lives as long as the process (of another
 * process, or with `ends`: as long as the sampler); or -1 with errno.
 */
int sampler_start(const struct sampler_options *, struct ring_shared **ring);

#endif
