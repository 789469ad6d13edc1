/*
 * timeline: the calls of one thread in the order of time, as a tree
 *
 * A call is seen from the sample that first has it, below the same caller, to the last one that has it without a
 * break: what returned and was called again between two samples looks like one call.
 *
 * Below one caller, a call that lasted for the threshold or longer is a node of its own, where time has it.  Shorter
 * ones are not dropped one by one: those of one function that no such call comes between are one node, with their
 * number in `repeats`, and so are long calls of one function if what comes between them, other calls or their
 * caller's own time, is under the threshold.  What is below nodes that were put together is treated as if it had one
 * caller.  Nodes that are under the threshold even so are left for shape.h to fold.
 *
 * Children are in the order in which they began.  Times are those of the model: wall time, or CPU time if that was
 * selected; begin is wall time in any case.
 */
#ifndef PYRENDER_TIMELINE_H
#define PYRENDER_TIMELINE_H

#include "tree.h"

/* `threshold` is in percent of the whole.  The tree is as tree_new's; NULL: no memory. */
struct tree *timeline_new(const struct model *, const struct model_thread *, tree_skips *, double threshold);

#endif
