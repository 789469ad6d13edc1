/*
 * page_columns: nodes, cells and runs of a page as columns of numbers
 *
 * Of nodes: how far back the parent is, the function, the line less the function's first, and how many calls are folded
 * into it.  Of each thread's cells and runs: their number, and of each the node (less the one before), state, samples, wall
 * and CPU time; of a run also the gap before it, from where the one before it ended as track_layout lays them out.
 *
 * Times are in units that are coarser than a nanosecond, which only noise would need; sums are rounded, not what is added
 * to them, so that rounding does not add up.
 */
#ifndef PYRENDER_PAGE_COLUMNS_H
#define PYRENDER_PAGE_COLUMNS_H

#include "pack.h"
#include "page_nodes.h"
#include "page_runs.h"

enum { PAGE_CELL_UNIT = 1000 }; /* ns */

/* The unit of runs for samples that are `period` ns apart: fine enough to tell their times apart. */
int64_t page_run_unit(uint64_t period);

void page_put_nodes(struct pack *, const struct page_nodes *);
void page_put_cells(struct pack *, const struct page_runs *);
/* `shifts` are by thread: ns to be added to its times. */
void page_put_runs(struct pack *, const struct page_runs *, int64_t unit, const int64_t *shifts);

#endif
