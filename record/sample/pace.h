/*
 * pace: how the sampler waits for its next deadline
 *
 * By a timer of its own, on the CPU where the program runs: a wake-up there is the price of a sample (tests/oracle/floor
 * shows it).  A thread of pyrec that kept the timer on another CPU and called the sampler by a futex was tried: 9 to 13 us
 * for 21 where only wake-ups are counted, but no gain on a Django render at 1 kHz (6.0 % against 5.5 %, base against base
 * within 1 %), 28 us of that thread's CPU a tick, and at 10 kHz calls that came too late.
 */
#ifndef PYREC_SAMPLE_PACE_H
#define PYREC_SAMPLE_PACE_H

#include <stdint.h>

#include "record/ring.h"

/* Sleeps until `deadline` (CLOCK_MONOTONIC, ns). */
void pace_sleep(uint64_t deadline);

/* Sleeps while the ring is paused, at most half a second. */
void pace_pause(struct ring_shared *);

#endif
