/*
 * text_tree: trees as text, a line a call: time, name, place
 *
 * The columns line up: times at the left, then the tree, then places.  Where lines are too long, what decides is: the
 * place gets at least a third of what the times leave and keeps its end, the name has the rest and keeps its
 * beginning. A tree that is too deep for that is drawn with narrower branches, and then with the outer ones left out.
 * A tree in order of time has a column for when each call began.
 */
#ifndef PYRENDER_TEXT_TREE_H
#define PYRENDER_TEXT_TREE_H

#include "shape.h"
#include "text.h"

/* How the report's trees are shaped. */
struct shape_options text_tree_shape(const struct text *);

/* Shapes, draws and frees a tree as it was made.  NULL, as no memory makes it, is -1. */
int text_tree_put(struct text *, struct tree *);

#endif
