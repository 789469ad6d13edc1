/*
 * merge: many streams into one
 *
 * Two ways, which write the same blocks.  Without a filter a block is copied as it is, with one it is rewritten
 * (sift.h); a block that comes more than once is written once.
 *
 * merge_files reads regular files twice, one open at a time: first for an index of their blocks (order.h), then block
 * by block in the canonical order.  Its result depends only on the set of blocks.  Memory: the index and the tables
 * of one file or section.
 *
 * merge_live reads everything as it comes, pipes and files, and writes each block as soon as it is whole.  It never
 * waits for one input while another one has something, and flushes before it waits for all.
 *
 * What is wrong with an input goes to its account and ends neither; they return -1 only where the whole cannot go on:
 * no memory, or an output that failed.
 */
#ifndef PYMERGE_MERGE_H
#define PYMERGE_MERGE_H

#include "merge/filter.h"
#include "merge/input.h"
#include "merge/output.h"

/* Both leave inputs that are not `usable` alone, close all others, and do not flush the output at the end. */
int merge_files(struct input *inputs, size_t count, const struct filter *, struct output *, struct pyprof_error *);
int merge_live(struct input *inputs, size_t count, const struct filter *, struct output *, struct pyprof_error *);

#endif
