/*
 * round: one look at all threads of the process, written to the ring
 *
 * A round lists the threads, reads those that ran since their last sample, the GIL's holder first, and publishes what
 * it found: a RING_SAMPLE or RING_MISSED each, preceded by what the ring has not been told yet (tell.h).  A thread
 * that did not run costs one look at its clock and no byte.  Everything belongs to the sampler thread.
 */
#ifndef PYREC_SAMPLE_ROUND_H
#define PYREC_SAMPLE_ROUND_H

#include "codes.h"
#include "record/objects.h"
#include "record/ring.h"
#include "threads.h"

enum {
    ROUND_FILE_MAX = 4096, /* longer texts are cut */
    ROUND_NAME_MAX = 1024,
    ROUND_LINES_MAX = 128 * 1024, /* longer line tables are dropped */
    ROUND_SYS_MAX = 64 * 1024,
};

/* Too large for a stack: lives in pages of its own (pages.h). */
struct round {
    const struct walk_runtime *runtime;
    struct ring_writer ring;
    struct still *still;
    uint64_t number;   /* of this round, from 1 */
    uint64_t time;     /* when it began */
    uint64_t previous; /* when the one before began; 0 before the first */
    uint64_t last_ran; /* when a thread was last found to have run */
    uint64_t sys_told; /* when sys was last looked at */
    uint64_t sys_hash; /* of what was found */
    struct codes codes;
    struct threads threads;
    struct walk_thread listed[THREADS_MAX];
    struct thread *present[THREADS_MAX];
    size_t npresent;
    struct ring_frame frames[WALK_DEPTH_MAX]; /* the sample in hand, outermost frame first */
    char file[ROUND_FILE_MAX], name[ROUND_NAME_MAX], lines[ROUND_LINES_MAX], sys[ROUND_SYS_MAX];
};

/* Makes a round of zeroed memory; `still` and the runtime it knows must outlive it. */
void round_init(struct round *, struct still *still, const struct ring_writer *ring);

/*
 * Samples all threads.  `due`: when it should have begun; `late`: deadlines passed since the last recorded round.  False, and nothing is sampled, if
 * the ring might not take it.
 */
bool round_run(struct round *, uint64_t due, uint64_t late);

/* Writes a record into the round; if there is no room, counts that and returns false. */
bool round_write(struct round *, enum ring_type, const struct ring_part *parts, size_t n);

#endif
