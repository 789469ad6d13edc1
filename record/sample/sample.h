/*
 * sample: one thread's stack, exact or not at all
 */
#ifndef PYREC_SAMPLE_SAMPLE_H
#define PYREC_SAMPLE_SAMPLE_H

#include "round.h"

/*
 * Writes a RING_SAMPLE of a thread that ran since its last one, or RING_MISSED if it could not be read without doubt.
 * Nothing if it did not run (ring.h says what that means), or has ended.
 *
 * RING_ON_CPU: the thread ran since its last sample, and it runs now, or holds the GIL, or had a CPU for at least
 * half of the time since the last round.  A thread that ran and blocked again before the round is not on a CPU.
 * RING_WAITS_GIL, never with RING_ON_CPU or RING_HOLDS_GIL: the thread is blocked on one of the GIL's own locks.
 */
void sample_take(struct round *, struct thread *);

#endif
