/*
 * summary: what every report says about itself, whatever its form
 *
 * What was recorded, when, how long; and how far to trust it: the rate asked for and the rate reached, samples that were
 * missed, late, lost, doubted or filtered out, damage, and streams that were cut.  A label and a value each, raw: to be
 * escaped as the form needs it.
 */
#ifndef PYRENDER_SUMMARY_H
#define PYRENDER_SUMMARY_H

#include "render.h"

struct fact {
    const char *label;
    struct pyprof_text value;
    bool warning; /* something is missing or doubtful */
};

struct summary {
    struct fact items[16];
    size_t count;
};

/* NULL if there is no memory. */
struct summary *summary_new(const struct report *);
void summary_free(struct summary *);

/* The command line of a process, as one text that the caller frees; NULL if there is no memory. */
struct pyprof_text summary_command(const struct model_process *);

/* Decimals that times deserve: as many as the interval between samples has. */
unsigned summary_decimals(const struct model *);

/* Writes `ns` in seconds with `decimals` of them (0 to 9), rounded. */
void summary_seconds(FILE *, int64_t ns, unsigned decimals);

/* The same into a string. */
enum { SUMMARY_SECONDS_SIZE = 32 };
void summary_print_seconds(char room[SUMMARY_SECONDS_SIZE], int64_t ns, unsigned decimals);

/*
 * Writes what there is to say of trust: the rate asked for (`period` in ns, 0 if unknown) and the rate reached in `sampled`
 * ns, and what was late, missed, lost or doubted.
 */
void summary_sampling(FILE *, const struct sums *, uint64_t period, int64_t sampled);

/*
 * How far the time of `part` of `whole` can be off by chance, in ns: the standard deviation of a binomial count, times
 * what a sample stands for.  Systematic errors are not in it.
 */
int64_t summary_error(const struct counts *part, const struct counts *whole);

#endif
