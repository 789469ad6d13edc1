/*
 * compare: the two sides of a difference, and what is to be said of comparing them
 *
 * What cannot be the same measure by itself is made so or told of: intervals may differ, since times are compared;
 * filters, Pythons and recorded windows that differ are notes, and so is a side with nothing in it.
 */
#ifndef PYRENDER_COMPARE_H
#define PYRENDER_COMPARE_H

#include "diff.h"
#include "render.h"
#include "summary.h"

struct comparison {
    const struct report *side[DIFF_SIDES];
    bool normalize;
    struct diff *plain; /* every function has its calls; renderers may sort it, and shape those of their own */
};

/* A difference of both sides, with calls as diff_new says, for the caller to free; NULL if there is no memory. */
struct diff *comparison_diff(const struct comparison *, tree_skips *);

/* Notes, to be freed by summary_free, with the label "Note"; NULL if there is no memory. */
struct summary *comparison_notes(const struct comparison *);

/* The decimals that times of both sides deserve. */
unsigned comparison_decimals(const struct comparison *);

/* "3 runs, 1.200 to 1.300 s", "1 run, 1.200 s" */
void comparison_write_runs(FILE *, const struct comparison *, enum diff_side);

#endif
