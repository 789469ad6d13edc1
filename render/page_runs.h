/*
 * page_runs: the tracks and cells of a thread as a page's data has them
 *
 * Cells say what a thread's nodes add up to in each state, over all of its time, exactly.  Runs say when.  Where the
 * tracks have more runs than a page can take, the page's time is coarser than the model's, and in each bin what had less
 * than a twelfth of it is lifted to its callers until it has as much, as `other` below them: the order of magnitude stays
 * visible, and no time is lost.
 */
#ifndef PYRENDER_PAGE_RUNS_H
#define PYRENDER_PAGE_RUNS_H

#include "page_nodes.h"

/* A state's bit beside those of TRACK_STATE: the time was spent in calls below the node that are not told apart. */
enum { PAGE_OTHER = 1 << 4 };

/* A thread's runs in order of time, or its cells in order of nodes; node and state are the page's. */
struct page_runs {
    struct track *threads; /* in the order of model_threads */
    size_t nthreads;
    size_t count;  /* runs of all threads */
    int64_t width; /* of the bins, in ns; 0: exact */
};

/* At most `most` runs, as far as coarser time can do it; bins of `width` are tried first.  -1: no memory. */
int page_runs_make(struct page_runs *, const struct page_nodes *, size_t most, int64_t width);

/* The cells of all threads, with begin 0; -1: no memory. */
int page_cells_make(struct page_runs *, const struct page_nodes *);

void page_runs_free(struct page_runs *);

#endif
