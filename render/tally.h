/*
 * tally: the samples of one section, counted by thread and node
 *
 * Adding a block costs a little per run of equal samples and nothing per sample, looks at no name, and needs no times
 * if `timed` is false: then all times stay 0.
 *
 * Time is conserved as samples.h says: what a missed sample stands for goes to the next sample of its thread, in a later
 * block if need be; what a removed one stands for goes with it.
 *
 * Life: tally_new, tally_add per block, tally_free (NULL is fine).  Sums saturate, they never wrap.  Whoever wants to know
 * the order of time too gives the tally `tracks` before its first block; it owns them then.
 */
#ifndef PYRENDER_TALLY_H
#define PYRENDER_TALLY_H

#include "format/samples.h"
#include "map.h"
#include "track.h"

/* What samples add up to; times in ns. */
struct counts {
    uint64_t samples;
    uint64_t on_cpu; /* samples whose thread ran */
    int64_t time;
    int64_t cpu;
};

struct tally_cell {
    uint32_t thread; /* the section's id */
    uint32_t node;   /* the section's id */
    struct counts counts;
};

/* Of a section, or of several. */
struct sums {
    uint64_t rounds, samples, missed, removed, late, overflow, doubted;
    int64_t paused;     /* ns of pauses of the recording; samples removed by them are not counted as removed */
    uint64_t unwatched; /* samples of which it is not known whether the thread waited for the GIL */
};

struct tally {
    struct tally_cell *cells; /* one for each thread and node that were met, in no order */
    size_t ncells, cells_room;
    struct sums sums;
    int64_t begin, end; /* of what was sampled, ns since the recording's start; 0 without times */

    struct map cell_of; /* thread and node: index of its cell, + 1 */
    struct map debt_of; /* thread: index of its debt, + 1 */
    int64_t *debts;     /* ns of missed samples that wait for the next one */
    size_t ndebts, debts_room;
    struct tracks *tracks; /* filled if it is not NULL and times are decoded */
};

struct tally *tally_new(void);
void tally_free(struct tally *);

/* Adds a block; `unit` is the section's, in ns; `timed` says that times and CPU were decoded.  -1: no memory. */
int tally_add(struct tally *, const struct pyprof_samples *, uint64_t unit, bool timed);

void counts_add(struct counts *, const struct counts *more);
void sums_add(struct sums *, const struct sums *more);

/* a + b, and `units` of `unit` ns each in ns: at most INT64_MAX and at least INT64_MIN. */
int64_t saturating_add(int64_t a, int64_t b);
int64_t saturating_ns(int64_t units, uint64_t unit);

#endif
