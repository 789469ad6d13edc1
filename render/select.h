/*
 * select: a part of a model, or another measure of it, before anything is drawn
 *
 * Each changes a finished model (model.h) for good, and so what every renderer makes of it; the model's facts about
 * the recording as a whole stay, and summary.h tells what is shown of it.  Called at most once each, select_root
 * first.
 */
#ifndef PYRENDER_SELECT_H
#define PYRENDER_SELECT_H

#include "model.h"

#include <regex.h>

/*
 * Leaves the samples whose stack has a function whose qualified name matches, and of their stacks what begins with
 * the outermost of those: cells, tracks and counts of the threads, and the model's root_counts.  `pattern` is what
 * `regex` was made of, as pymerge(1)'s --function, and must outlive the model.  1, 0 if no sample was left, -1: no
 * memory.
 */
int select_root(struct model *, const char *pattern, const regex_t *regex);

/*
 * Cells hold CPU time for time, and for samples those whose thread ran; those that hold neither go.  Tracks, which
 * know CPU time beside the order of time, and the counts of threads stay.  False if no cell is left.
 */
bool select_cpu(struct model *);

#endif
