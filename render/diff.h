/*
 * diff: what changed between the runs of a baseline and new ones
 *
 * A run is a recording: all processes and threads of it together.  So several runs may come in one file, and the parts
 * that filters made of one recording are one run, in however many files.  Both sides have any number of runs; a row, that
 * is a function or a call, has the time that each run spent on it, 0 where it has none.
 *
 * Functions are the same if their name and their path, as it is shown, are: first lines move when code is edited, and a
 * checkout may be anywhere.  Nothing is compared by samples: time is conserved whatever the interval, so that runs of
 * different intervals compare.  Times are as they are; with `normalize` each run is scaled to the mean total of the
 * baseline's.
 *
 * What is kept of a row are integer sums over its runs, and no order but by content: the result does not depend on the
 * order in which runs came.
 *
 * Life: diff_new; diff_add for DIFF_OLD, then for DIFF_NEW, once each; diff_change and reading, diff_shape.h; diff_free
 * (NULL is fine).  It copies what it keeps of the models.
 */
#ifndef PYRENDER_DIFF_H
#define PYRENDER_DIFF_H

#include "names.h"
#include "tree.h"

enum diff_side { DIFF_OLD, DIFF_NEW };
enum { DIFF_SIDES = 2 };

/* The time of a row in all runs of one side. */
struct diff_sums {
    unsigned __int128 squares; /* of each run's ns, added up */
    int64_t time;              /* ns */
    uint64_t samples;
};

struct diff_measure {
    struct diff_sums side[DIFF_SIDES];
    struct counts run; /* of the run that is being added; 0 between runs */
};

struct diff_function {
    struct pyprof_text name; /* qualified; may be empty */
    struct pyprof_text path; /* as it is shown; may be empty */
    uint32_t firstline;      /* the newer side's, the smallest of several */
    enum diff_side newest;   /* the last side that has it */
    enum model_origin origin;
    enum model_folding folding;
    struct diff_measure self;
    struct diff_measure total; /* of stacks that it is in: once, however often */
};

enum diff_kind {
    DIFF_CALL,
    DIFF_SELF,      /* the time its parent spent itself, as a row of its own */
    DIFF_UNCHANGED, /* calls of its parent that did not change, as one row: its sums are good, its spread is not known */
    DIFF_DEEPER,    /* calls too deep to be drawn, as one row, likewise */
};

/* A call, by function; node 0 is the whole.  Indices into `nodes`, 0 where there is none. */
struct diff_node {
    uint32_t parent, first_child, next_sibling; /* a parent's index is the smaller one */
    uint32_t function;
    enum diff_kind kind;
    struct diff_measure self;
    struct diff_measure total;

    /* Set by diff_shape.h. */
    uint32_t rows;    /* calls below it and itself; of a DIFF_UNCHANGED or DIFF_DEEPER: those in it */
    bool application; /* application code, as seen here */
    bool drawn;
    uint32_t hidden; /* library calls below it that gave way to what they call */
};

struct diff {
    struct diff_function *functions; /* from 1; DIFF_NO_FRAME is what is not Python */
    size_t nfunctions, functions_room;
    struct diff_node *nodes;
    size_t nnodes, nodes_room;
    uint64_t runs[DIFF_SIDES];
    int64_t shortest[DIFF_SIDES], longest[DIFF_SIDES]; /* total of a run, ns, never scaled */
    uint64_t period;                                   /* ns, the longest of all recordings; 0 if unknown */
    bool normalize;
    double usual; /* mean total of the baseline's runs, ns */

    tree_skips *skips;
    struct names names;
    struct map function_of; /* name and path: index */
    struct map child_of;    /* parent and function: index */
};

enum { DIFF_NO_FRAME = 1 };

/* `skips` says which functions have no calls of their own, as of tree_new; NULL: all have.  NULL if there is no memory. */
struct diff *diff_new(bool normalize, tree_skips *skips);
void diff_free(struct diff *);

/* Adds all runs of a side; -1 if there is no memory, after which the diff may only be freed. */
int diff_add(struct diff *, enum diff_side, const struct model *);

/*
 * What the runs say about a row: means of a run in ns.  `spread` is how far two single runs may differ by chance: two
 * standard deviations of their difference, at least one interval.  A side's standard deviation is that between its
 * runs; a side of one run is taken to vary as the other side's do, and as a binomial count of its samples does if that
 * is more.
 */
struct diff_change {
    int64_t old, new, change, spread;
};
struct diff_change diff_change(const struct diff *, const struct diff_measure *);

/* Whether a change is more than chance: beyond the spread. */
bool diff_is_sure(struct diff_change);

/* The change in percent of the old value; infinite if there was none. */
double diff_percent(struct diff_change);

/* Adds the sums of `more`; the squares are not those of the rows together. */
void diff_add_sums(struct diff_measure *, const struct diff_measure *more);

/* A node at the front of the children of `parent`; 0 if there is no memory. */
uint32_t diff_add_node(struct diff *, uint32_t parent, enum diff_kind, uint32_t function);

/* Order of functions by name and path: as strcmp. */
int diff_compare_functions(const struct diff *, uint32_t a, uint32_t b);

/* The next node in the order of drawing, as tree_next has it; 0 at the end. */
uint32_t diff_next(const struct diff *, uint32_t node, uint32_t *depth);

#endif
