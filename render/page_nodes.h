/*
 * page_nodes: the calls that a page's data names, numbered for the page
 *
 * The page has nodes of its own numbers: in the order of drawing them, callers before callees and siblings by function and
 * line, so that they depend on nothing but the model's content.  Node 0 is outside of all Python code.  Calls too small or
 * too deep are folded: their samples count for the nearest caller that is kept, as `other` below it.  Functions and files
 * are numbered as the nodes need them.
 */
#ifndef PYRENDER_PAGE_NODES_H
#define PYRENDER_PAGE_NODES_H

#include "model.h"

struct page_place {
    uint32_t node; /* of the page */
    bool other;    /* it stands for a call below that node */
};

struct page_nodes {
    const struct model *model;
    uint32_t count;      /* nodes of the page, node 0 included */
    uint32_t *model_of;  /* of the page's nodes: the model's */
    uint32_t *parent;    /* of the page's nodes: the page's */
    uint32_t *folded;    /* of the page's nodes: calls folded into them */
    uint32_t *function;  /* of the page's nodes: the page's number of the function */
    uint32_t *functions; /* of the page: the model's, from 0 */
    uint32_t nfunctions;
    struct page_place *place_of; /* of the model's nodes */
    uint64_t nfolded;
};

/* Folds calls with less than `share` (0 to 1) of all time, and those deeper than `depth`.  NULL: no memory. */
struct page_nodes *page_nodes_new(const struct model *, double share, uint32_t depth);
void page_nodes_free(struct page_nodes *);

#endif
