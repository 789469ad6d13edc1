/*
 * tree: the calls of one thread, or of several together, by function
 *
 * Calls of the same function by the same caller are one node, whatever line they were at.  Node 0 is the root: the
 * whole of the threads.  Everything is an index into `nodes`, 0 where there is none, and no function here recurses: a
 * stack may be 65,535 deep.
 *
 * Children are sorted by `order`, then by time, samples and name (a TREE_OTHER comes last), so that what comes first
 * does not depend on the input's order.  Whoever wants another order than that by time sets it and sorts again.
 *
 * An inverted tree has callers for children: those of the root are the functions that had samples of their own, with
 * that time as their total, and below a function is who called it at those times.
 *
 * Samples without a Python frame are a child of the root of the kind TREE_NO_FRAME.
 *
 * Life: tree_new, reading and shaping (shape.h), tree_free (NULL is fine).  The model must outlive the tree.
 */
#ifndef PYRENDER_TREE_H
#define PYRENDER_TREE_H

#include "model.h"

enum tree_kind {
    TREE_CALL,
    TREE_NO_FRAME, /* no Python frame */
    TREE_SELF,     /* the time its parent spent itself, as a row of its own */
    TREE_OTHER,    /* what was folded of its parent's children, as a row of its own */
};

struct tree_node {
    uint32_t parent, first_child, next_sibling;
    uint32_t function;  /* of a TREE_CALL */
    struct counts self; /* without its children */
    struct counts total;
    uint32_t calls; /* nodes below it and itself, of the tree as it was made */
    enum tree_kind kind;

    /* Of a tree in order of time (timeline.h), ns since the recording's start: when it was first seen, ... */
    int64_t begin;
    int64_t self_begin; /* when it was first innermost, */
    uint32_t repeats;   /* and how often it was seen; 0 in other trees */

    /* Set by shape.h. */
    bool application;    /* application code, as seen here */
    bool hideable;       /* may be folded away */
    bool hidden;         /* in a group and not shown */
    uint32_t group;      /* the group's first node; 0: in none */
    uint32_t group_size; /* of a group's first node: how many are hidden */
    uint32_t group_next; /* of a group's first and its hidden nodes: the next hidden one, 0 at the end */
    uint32_t group_last; /* of a group's first node: the last hidden one */
    uint32_t folded;     /* calls below it that are not drawn, for being under the threshold or too deep */
    struct counts folded_counts;
    uint32_t folded_library; /* of them: those that are hideable, of a call that is too */
    struct counts folded_library_counts;
};

enum tree_order { TREE_BY_TOTAL, TREE_BY_SELF, TREE_BY_SAMPLES, TREE_BY_NAME, TREE_BY_BEGIN };

struct tree {
    const struct model *model;
    struct tree_node *nodes; /* a parent comes before its children */
    size_t count, room;
    enum tree_order order;
};

/* Which functions have no node: their self-time and children go to their caller.  NULL: all have one. */
typedef bool tree_skips(const struct model *, uint32_t function, bool outermost);

/* NULL if there is no memory. */
struct tree *tree_new(const struct model *, const struct model_thread *const *threads, size_t nthreads, tree_skips *);
struct tree *tree_new_inverted(const struct model *, const struct model_thread *const *threads, size_t nthreads,
                               tree_skips *);
void tree_free(struct tree *);

/* Of each of the model's nodes, whether it gives way, in an array for the caller to free; NULL: no memory. */
bool *tree_skipped(const struct model *, tree_skips *);

/*
 * The node after `node` in the order of drawing: its first child, or the next sibling of it or of its nearest
 * ancestor below `top` that has one; 0 at the end of the tree under `top`.  `depth`, if not NULL, goes along.
 */
uint32_t tree_next(const struct tree *, uint32_t node, uint32_t top, uint32_t *depth);

/* The same, but not into the children of `node`. */
uint32_t tree_after(const struct tree *, uint32_t node, uint32_t top, uint32_t *depth);

/* Sorts the children of `node`. */
int tree_sort(struct tree *, uint32_t node);

/* Adds a child in front of the children of `parent`, to be sorted in; 0 if there is no memory. */
uint32_t tree_add(struct tree *, uint32_t parent, enum tree_kind kind, uint32_t function);

#endif
