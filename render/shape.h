/*
 * shape: what makes a call tree worth reading
 *
 * The rules, in order:
 *   - frames of the import machinery (`<frozen importlib._bootstrap…>`) give way to what they call;
 *   - so do functions that ask for it (`__tracebackhide__`);
 *   - so do the outermost frames of what starts programs and threads (runpy, threading);
 *   - calls under a share of the root are folded, and counted in their caller's `folded`;
 *   - the common stem of library code above the application, where it does not branch, is trimmed;
 *   - library code folds into groups: a hideable call with a hideable child opens one, which takes in hideable
 *     descendants; the first of them stays visible, and those with over 20 % of the root as their own time, and those
 *     that call the application again; a group of which fewer than two would be hidden is none.
 *
 * shape_skips goes to tree_new, shape_tree comes right after it; then, for drawing row by row, shape_splice takes the
 * hidden nodes out, shape_rows adds rows for self-time and for what was folded, and shape_cut folds rows that are too
 * deep.  Library code that was folded within a group is counted as hidden with it, and a row for what was folded that
 * would be its caller's only one is none: it would say what the caller's `folded` says.  -1: no memory.
 */
#ifndef PYRENDER_SHAPE_H
#define PYRENDER_SHAPE_H

#include "tree.h"

struct shape_options {
    bool all;         /* nothing folded, and only what starts programs and threads gives way */
    double threshold; /* percent of the root */
    uint32_t depth;   /* calls deeper than this are folded too; 0: any depth is drawn */
    bool whole;       /* the stem is not trimmed */
    bool inverted;    /* a tree of callers: no call has time of its own to show */
};

/* Whether a function gives way to what it calls, wherever it is; whether it does as the outermost one. */
bool shape_gives_way(const struct model_function *);
bool shape_starts_programs(const struct model_function *);

tree_skips *shape_skips(const struct shape_options *);
void shape_tree(struct tree *, const struct shape_options *);
int shape_splice(struct tree *);
int shape_rows(struct tree *, const struct shape_options *);
void shape_cut(struct tree *, uint32_t depth);

#endif
