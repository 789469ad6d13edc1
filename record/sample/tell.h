/*
 * tell: what the ring is told once, and again when it changes: threads, code objects, sys
 *
 * All of it is read from the program's memory under a claim (still.h), because a thread that runs could free or
 * rewrite it.  Everything belongs to the sampler thread.
 */
#ifndef PYREC_SAMPLE_TELL_H
#define PYREC_SAMPLE_TELL_H

#include "round.h"

enum tell_result {
    TELL_DONE,
    TELL_MOVED,  /* the claim did not hold: what was read is doubtful, try again */
    TELL_FAILED, /* no room in the ring, or no memory, or nothing that makes sense: no sample this time */
};

/* Introduces a thread that the ring has not seen.  False if that could not be done: it cannot be sampled now. */
bool tell_thread(struct round *, struct thread *);

/* Tells a thread's new name, if a second has passed since the last look.  `stack` was read under the claim. */
enum tell_result tell_name(struct round *, struct thread *, const struct still_claim *, const struct walk_stack *);

/* Tells the end of a thread that is no longer listed; false if there is no room. */
bool tell_thread_end(struct round *, const struct thread *);

/* Finds the id of a code object of a stack that was read under the claim; tells the code object if it is new. */
enum tell_result tell_code(struct round *, const struct walk_code *, const struct still_claim *, uint32_t *id);

/*
 * Tells prefixes and sys.path of the thread's interpreter if they changed.  Looks in rounds 1, 2, 4, 8 and so on, and
 * once a second.  `thread`: the GIL's holder, if there is one.
 */
void tell_sys(struct round *, struct thread *thread);

#endif
