/*
 * pace: how the sampler waits for its next deadline
 *
 * It stands on the CPU where the program runs, and every wake-up there is taken from the program.  A timer's is the
 * dearest, above all in a virtual machine: setting it and its interrupt both leave the guest.  So the timer is another's,
 * on another CPU: a thread of pyrec (record/pacer.h) sleeps until the deadline and calls the sampler by the futex in its
 * ring.  `tests/oracle/floor` shows the prices of both on a machine.
 *
 * The pacer is a help, not a need: where none looks at the ring (pyrec was killed, or there is one CPU), or its calls do
 * not come or come late, as on a machine whose other CPUs are busy too, the sampler has a timer of its own.  Whoever was
 * late is tried again after a while, a longer one each time.
 */
#ifndef PYREC_SAMPLE_PACE_H
#define PYREC_SAMPLE_PACE_H

#include <stdint.h>

#include "record/ring.h"

/* The sampler's side.  Begins with a ring and zeroes. */
struct pace {
    struct ring_shared *ring;
    uint64_t alone_until; /* when the pacer may be tried again */
    uint64_t alone_for;   /* ns, for how long the sampler relied on itself the last time; less with each good call */
};

/* Sleeps until `deadline`; the one after that will be `following`, as far as is known (CLOCK_MONOTONIC, ns). */
void pace_wait(struct pace *, uint64_t deadline, uint64_t following);

/* Sleeps while the ring is paused, at most half a second. */
void pace_pause(struct ring_shared *);

/* Sleeps until `deadline` by a timer of the calling thread; the pacer need not look before `until`. */
void pace_alone(struct ring_shared *, uint64_t deadline, uint64_t until);

/* The same, and the pacer knows nothing of it. */
void pace_sleep(uint64_t deadline);

#endif
