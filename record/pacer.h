/*
 * pacer: the thread that wakes samplers at their deadlines
 *
 * One for all rings.  It sleeps until the earliest deadline that a sampler waits for, and calls those that are due
 * (sample/pace.h says why).  Rings are foreign memory: what they hold only decides when the pacer wakes, within bounds.
 *
 * Life: pacer_new, pacer_add and pacer_remove from the collector's thread, pacer_free.  A pacer that cannot be is no
 * failure: all functions take NULL, and samplers have timers of their own.
 */
#ifndef PYREC_PACER_H
#define PYREC_PACER_H

#include "ring.h"

struct pacer;

/* NULL if there is but one CPU to run on, or no thread to be had. */
struct pacer *pacer_new(void);
void pacer_free(struct pacer *);

/* Paces the sampler of a ring, until it is removed. */
void pacer_add(struct pacer *, struct ring_shared *);
void pacer_remove(struct pacer *, struct ring_shared *);

#endif
