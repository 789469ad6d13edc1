/*
 * diff_shape: what of a difference is worth reading
 *
 * The rules, in order:
 *   - a call has changed if its total time, or its own beside that of what it calls, changed beyond the spread, and by
 *     at least a share of the whole: the greater mean total of the two sides;
 *   - what a call with callees spent itself is a row of its own, DIFF_SELF;
 *   - calls that did not change and call nothing that did are folded into a row of their caller, DIFF_UNCHANGED;
 *   - calls deeper than a depth are folded into a row of their caller, DIFF_DEEPER, whether they changed or not;
 *   - library code called by library code gives way to what it calls, unless its own time changed or it calls the
 *     application: such calls are counted in `hidden` of the first one above them that is drawn;
 *   - rows are sorted by how much they changed, then by time, name and path; what was folded comes last.
 */
#ifndef PYRENDER_DIFF_SHAPE_H
#define PYRENDER_DIFF_SHAPE_H

#include "diff.h"

struct diff_shape_options {
    bool all;         /* nothing is folded but what is too deep */
    double threshold; /* percent of the whole */
    uint32_t depth;   /* calls deeper than this are folded; 0: none are */
};

/* Shapes the call tree for drawing, after which runs can no longer be added; -1 if there is no memory. */
int diff_shape(struct diff *, const struct diff_shape_options *);

/* Whether a row of that measure has changed, as above. */
bool diff_has_changed(const struct diff *, const struct diff_measure *, const struct diff_shape_options *);

/* Sorts the calls, and nothing else; -1 if there is no memory. */
int diff_sort(struct diff *);

/*
 * The functions that have self time, or total time, `*n` of them, sorted by its change as rows are, in an array for the
 * caller to free; NULL: no memory.
 */
uint32_t *diff_functions(struct diff *, bool total, size_t *n);

#endif
