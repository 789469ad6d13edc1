/*
 * flat: functions, or lines of code, with the time spent in them
 *
 * A row's self is of the samples that had it innermost, its total of those that had it anywhere in their stack:
 * however often it is there, so that recursion counts once.  The selves of all rows add up to the whole.  Samples
 * without a Python frame are a row of their own, with function 0.
 *
 * A line is a line of a file: functions that share it, such as a lambda and what it stands in, are one row, under the
 * name that comes first (model_compare_functions).
 *
 * Life: flat_new; flat_sort and reading; flat_free (NULL is fine).  The model must outlive it.
 */
#ifndef PYRENDER_FLAT_H
#define PYRENDER_FLAT_H

#include "model.h"

struct flat_row {
    uint32_t function;
    uint32_t line; /* 0 in a list of functions */
    struct counts self, total;
};

struct flat {
    const struct model *model;
    struct flat_row *rows;
    size_t count, room;
    struct counts whole;
    bool lines;
};

enum flat_order { FLAT_BY_SELF, FLAT_BY_TOTAL, FLAT_BY_SAMPLES, FLAT_BY_NAME };

/* The functions, or `lines`, of some threads together, by self; NULL: no memory. */
struct flat *flat_new(const struct model *, const struct model_thread *const *threads, size_t nthreads, bool lines);
void flat_free(struct flat *);

/*
 * Sorts: the most first, by name the least; rows that are equal in it by the other measures, then by name and place.
 */
void flat_sort(struct flat *, enum flat_order);

#endif
