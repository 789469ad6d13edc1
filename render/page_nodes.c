#include "page_nodes.h"

#include <stdlib.h>

/* What numbering needs only while it is done; all by the model's numbers. */
struct numbering {
    const struct model *model;
    struct counts *total;  /* of nodes */
    uint32_t *rank;        /* of functions, by name and place */
    uint32_t *first_child; /* of nodes */
    uint32_t *next;        /* sibling */
    uint32_t *depth;
    uint32_t *sorted; /* functions; then the siblings of one node */
};

static int compare_functions(const void *first, const void *second, void *model)
{
    return model_compare_functions(model, *(const uint32_t *)first, *(const uint32_t *)second);
}

static void rank_functions(struct numbering *numbering)
{
    size_t n = numbering->model->nfunctions;

    for (uint32_t i = 0; i <= n; i++)
        numbering->sorted[i] = i;
    qsort_r(numbering->sorted, n + 1, sizeof *numbering->sorted, compare_functions, (void *)numbering->model);
    for (uint32_t i = 0; i <= n; i++)
        numbering->rank[numbering->sorted[i]] = i;
}

static int compare_siblings(const void *first, const void *second, void *context)
{
    const struct numbering *numbering = context;
    const struct model_node *a = &numbering->model->nodes[*(const uint32_t *)first];
    const struct model_node *b = &numbering->model->nodes[*(const uint32_t *)second];

    if (a->function != b->function)
        return numbering->rank[a->function] > numbering->rank[b->function] ? 1 : -1;
    return (a->line > b->line) - (a->line < b->line);
}

/* Samples of a whole that has no times count in their place. */
static double weight(const struct numbering *numbering, uint32_t node)
{
    const struct counts *all = &numbering->total[0], *own = &numbering->total[node];

    if (all->time > 0)
        return (double)own->time / (double)all->time;
    return all->samples ? (double)own->samples / (double)all->samples : 0;
}

static void sum_up(struct numbering *numbering)
{
    const struct model *model = numbering->model;

    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            const struct model_thread *thread = &model->processes[i].threads[k];

            for (size_t c = 0; c < thread->ncells; c++)
                counts_add(&numbering->total[thread->cells[c].node], &thread->cells[c].counts);
        }
    for (size_t i = model->nnodes; i > 0; i--)
        counts_add(&numbering->total[model->nodes[i].parent], &numbering->total[i]);
}

/* Puts the kept nodes below their parents, and those folded into the place of their nearest kept caller. */
static void link_nodes(struct numbering *numbering, struct page_nodes *nodes, double share, uint32_t depth)
{
    for (uint32_t i = 1; i <= numbering->model->nnodes; i++) {
        uint32_t parent = numbering->model->nodes[i].parent;

        numbering->depth[i] = numbering->depth[parent] + 1;
        nodes->place_of[i].other = nodes->place_of[parent].other || !numbering->total[i].samples ||
                                   weight(numbering, i) < share || numbering->depth[i] > depth;
        if (!nodes->place_of[i].other) {
            numbering->next[i] = numbering->first_child[parent];
            numbering->first_child[parent] = i;
        }
    }
}

/* Sorts the children of a node. */
static void sort_children(struct numbering *numbering, uint32_t node)
{
    size_t n = 0;
    uint32_t *link = &numbering->first_child[node];

    for (uint32_t child = *link; child; child = numbering->next[child])
        numbering->sorted[n++] = child;
    if (n > 1)
        qsort_r(numbering->sorted, n, sizeof *numbering->sorted, compare_siblings, numbering);
    for (size_t i = 0; i < n; i++) {
        *link = numbering->sorted[i];
        link = &numbering->next[numbering->sorted[i]];
    }
    *link = 0;
}

/* In the order of drawing: a node, then its children; no recursion, stacks are deep. */
static void number_nodes(struct numbering *numbering, struct page_nodes *nodes)
{
    const struct model_node *all = numbering->model->nodes;
    uint32_t node = 0;

    do {
        sort_children(numbering, node);
        nodes->place_of[node].node = nodes->count;
        nodes->parent[nodes->count] = nodes->place_of[all[node].parent].node;
        nodes->model_of[nodes->count++] = node;
        if (numbering->first_child[node]) {
            node = numbering->first_child[node];
            continue;
        }
        while (node && !numbering->next[node])
            node = all[node].parent;
        node = numbering->next[node];
    } while (node);
}

static void place_folded(const struct numbering *numbering, struct page_nodes *nodes)
{
    for (size_t i = 1; i <= numbering->model->nnodes; i++) {
        struct page_place *place = &nodes->place_of[i];

        if (!place->other)
            continue;
        place->node = nodes->place_of[numbering->model->nodes[i].parent].node;
        if (!numbering->total[i].samples)
            continue;
        nodes->folded[place->node]++;
        nodes->nfolded++;
    }
}

static void number_functions(const struct numbering *numbering, struct page_nodes *nodes)
{
    uint32_t *number = numbering->rank; /* no longer needed as such */

    for (size_t i = 0; i <= numbering->model->nfunctions; i++)
        number[i] = UINT32_MAX;
    for (uint32_t i = 0; i < nodes->count; i++) {
        uint32_t function = numbering->model->nodes[nodes->model_of[i]].function;

        if (number[function] == UINT32_MAX) {
            number[function] = nodes->nfunctions;
            nodes->functions[nodes->nfunctions++] = function;
        }
        nodes->function[i] = number[function];
    }
}

static void numbering_free(struct numbering *numbering)
{
    free(numbering->total);
    free(numbering->rank);
    free(numbering->first_child);
    free(numbering->next);
    free(numbering->depth);
    free(numbering->sorted);
}

static bool numbering_init(struct numbering *numbering, const struct model *model)
{
    size_t n = model->nnodes + 1, functions = model->nfunctions + 1;

    numbering->model = model;
    numbering->total = calloc(n, sizeof *numbering->total);
    numbering->rank = calloc(functions, sizeof *numbering->rank);
    numbering->first_child = calloc(n, sizeof *numbering->first_child);
    numbering->next = calloc(n, sizeof *numbering->next);
    numbering->depth = calloc(n, sizeof *numbering->depth);
    numbering->sorted = calloc(n > functions ? n : functions, sizeof *numbering->sorted);
    return numbering->total && numbering->rank && numbering->first_child && numbering->next && numbering->depth &&
           numbering->sorted;
}

static bool nodes_init(struct page_nodes *nodes, const struct model *model)
{
    size_t n = model->nnodes + 1;

    nodes->model = model;
    nodes->model_of = calloc(n, sizeof *nodes->model_of);
    nodes->parent = calloc(n, sizeof *nodes->parent);
    nodes->folded = calloc(n, sizeof *nodes->folded);
    nodes->function = calloc(n, sizeof *nodes->function);
    nodes->functions = calloc(model->nfunctions + 1, sizeof *nodes->functions);
    nodes->place_of = calloc(n, sizeof *nodes->place_of);
    return nodes->model_of && nodes->parent && nodes->folded && nodes->function && nodes->functions &&
           nodes->place_of;
}

struct page_nodes *page_nodes_new(const struct model *model, double share, uint32_t depth)
{
    struct page_nodes *nodes = calloc(1, sizeof *nodes);
    struct numbering numbering = {0};

    if (!nodes || !nodes_init(nodes, model) || !numbering_init(&numbering, model)) {
        numbering_free(&numbering);
        page_nodes_free(nodes);
        return NULL;
    }
    rank_functions(&numbering);
    sum_up(&numbering);
    link_nodes(&numbering, nodes, share, depth);
    number_nodes(&numbering, nodes);
    place_folded(&numbering, nodes);
    number_functions(&numbering, nodes);
    numbering_free(&numbering);
    return nodes;
}

void page_nodes_free(struct page_nodes *nodes)
{
    if (!nodes)
        return;
    free(nodes->model_of);
    free(nodes->parent);
    free(nodes->folded);
    free(nodes->function);
    free(nodes->functions);
    free(nodes->place_of);
    free(nodes);
}
