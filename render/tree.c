#include "tree.h"

#include "grow.h"

/* A tree while it grows. */
struct builder {
    struct tree *tree;
    tree_skips *skips;
    bool inverted;
    struct map child_of; /* parent and function: the child */
    struct map place_of; /* the model's node: ours, + 1 */
    bool *skipped;       /* for an inverted tree: of the model's nodes, those that give way */
    uint32_t *path;      /* nodes on the way up */
    size_t path_room;
};

uint32_t tree_add(struct tree *tree, uint32_t parent, enum tree_kind kind, uint32_t function)
{
    uint32_t index = (uint32_t)tree->count;

    if (GROW(&tree->nodes, &tree->room, tree->count + 1) < 0)
        return 0;
    tree->count++;
    tree->nodes[index] = (struct tree_node){.parent = parent, .kind = kind, .function = function};
    if (index) {
        tree->nodes[index].next_sibling = tree->nodes[parent].first_child;
        tree->nodes[parent].first_child = index;
    }
    return index;
}

/* The child of `parent` that stands for `function`; UINT32_MAX if there is no memory. */
static uint32_t child_of(struct builder *builder, uint32_t parent, uint32_t function)
{
    uint32_t *child = map_at(&builder->child_of, map_pair(parent, function));

    if (child && !*child)
        *child = tree_add(builder->tree, parent, TREE_CALL, function);
    return child && *child ? *child : UINT32_MAX;
}

/* The same for a call, whose function may give way: then that is `parent`. */
static uint32_t call_of(struct builder *builder, uint32_t parent, uint32_t function)
{
    if (builder->skips && builder->skips(builder->tree->model, function, parent == 0))
        return parent;
    return child_of(builder, parent, function);
}

/* Our node for a node of the model, made with all its ancestors if need be; UINT32_MAX if there is no memory. */
static uint32_t place_of(struct builder *builder, uint32_t node)
{
    const struct model_node *nodes = builder->tree->model->nodes;
    uint32_t place = 0, known = 0;
    size_t depth = 0;

    for (; node && !(known = map_get(&builder->place_of, node)); node = nodes[node].parent) {
        if (GROW(&builder->path, &builder->path_room, depth + 1) < 0)
            return UINT32_MAX;
        builder->path[depth++] = node;
    }
    place = node ? known - 1 : 0;
    while (depth) {
        uint32_t *slot;

        node = builder->path[--depth];
        place = call_of(builder, place, nodes[node].function);
        slot = place == UINT32_MAX ? NULL : map_at(&builder->place_of, node);
        if (!slot)
            return UINT32_MAX;
        *slot = place + 1;
    }
    return place;
}

/* Whether a function gives way depends on what called it, so it is told from the outermost calls on. */
bool *tree_skipped(const struct model *model, tree_skips *skips)
{
    bool *skipped = calloc(model->nnodes + 1, sizeof *skipped);
    bool *to_here = calloc(model->nnodes + 1, sizeof *to_here); /* and so did all that led to it */

    if (skipped && to_here)
        to_here[0] = true;
    for (size_t i = 1; skipped && to_here && skips && i <= model->nnodes; i++) {
        const struct model_node *node = &model->nodes[i];

        skipped[i] = skips(model, node->function, to_here[node->parent]);
        to_here[i] = skipped[i] && to_here[node->parent];
    }
    if (!to_here) {
        free(skipped);
        skipped = NULL;
    }
    free(to_here);
    return skipped;
}

/* The node of an inverted tree for samples at `node` of the model; UINT32_MAX if there is no memory. */
static uint32_t inverted_place(struct builder *builder, uint32_t node)
{
    const struct model_node *nodes = builder->tree->model->nodes;
    uint32_t place = 0;

    for (; node && place != UINT32_MAX; node = nodes[node].parent)
        if (!builder->skipped[node])
            place = child_of(builder, place, nodes[node].function);
    return place;
}

static int add_thread(struct builder *builder, const struct model_thread *thread, struct counts *no_frame)
{
    for (size_t i = 0; i < thread->ncells; i++) {
        const struct model_cell *cell = &thread->cells[i];
        uint32_t place = builder->inverted ? inverted_place(builder, cell->node) : place_of(builder, cell->node);

        if (place == UINT32_MAX)
            return -1;
        counts_add(cell->node ? &builder->tree->nodes[place].self : no_frame, &cell->counts);
    }
    return 0;
}

static int add_no_frame(struct tree *tree, const struct counts *counts)
{
    uint32_t index;

    if (!counts->samples)
        return 0;
    index = tree_add(tree, 0, TREE_NO_FRAME, 0);
    if (!index)
        return -1;
    tree->nodes[index].self = *counts;
    return 0;
}

/* Children come after their parents, so one pass from the end sums up. */
static void sum_up(struct tree *tree)
{
    for (size_t i = tree->count; i-- > 0;) {
        struct tree_node *node = &tree->nodes[i];

        counts_add(&node->total, &node->self);
        node->calls += node->kind == TREE_CALL && i;
        if (i) {
            counts_add(&tree->nodes[node->parent].total, &node->total);
            tree->nodes[node->parent].calls += node->calls;
        }
    }
}

/* Less than 0 if `a` comes before `b` by the tree's own order. */
static int compare_by_order(const struct tree *tree, const struct tree_node *a, const struct tree_node *b)
{
    int64_t one = a->kind == TREE_SELF ? a->total.time : a->self.time;
    int64_t other = b->kind == TREE_SELF ? b->total.time : b->self.time;

    switch (tree->order) {
    case TREE_BY_SELF:
        return (one < other) - (one > other);
    case TREE_BY_SAMPLES:
        return (a->total.samples < b->total.samples) - (a->total.samples > b->total.samples);
    case TREE_BY_BEGIN:
        return (a->begin > b->begin) - (a->begin < b->begin);
    case TREE_BY_NAME:
        return model_compare_functions(tree->model, a->function, b->function);
    default:
        return 0;
    }
}

static int compare_nodes(const void *first, const void *second, void *context)
{
    const struct tree *tree = context;
    const struct tree_node *a = &tree->nodes[*(const uint32_t *)first], *b = &tree->nodes[*(const uint32_t *)second];
    int order = compare_by_order(tree, a, b);

    if ((a->kind == TREE_OTHER) != (b->kind == TREE_OTHER))
        return a->kind == TREE_OTHER ? 1 : -1;
    if (order)
        return order;
    if (a->total.time != b->total.time)
        return a->total.time < b->total.time ? 1 : -1;
    if (a->total.samples != b->total.samples)
        return a->total.samples < b->total.samples ? 1 : -1;
    if (a->kind != b->kind)
        return a->kind > b->kind ? 1 : -1;
    return model_compare_functions(tree->model, a->function, b->function);
}

int tree_sort(struct tree *tree, uint32_t node)
{
    size_t n = 0, room = 0;
    uint32_t *children = NULL, *link;

    for (uint32_t child = tree->nodes[node].first_child; child; child = tree->nodes[child].next_sibling) {
        if (GROW(&children, &room, n + 1) < 0) {
            free(children);
            return -1;
        }
        children[n++] = child;
    }
    if (n > 1)
        qsort_r(children, n, sizeof *children, compare_nodes, tree);
    link = &tree->nodes[node].first_child;
    for (size_t i = 0; i < n; i++) {
        *link = children[i];
        link = &tree->nodes[children[i]].next_sibling;
    }
    *link = 0;
    free(children);
    return 0;
}

static int build(struct builder *builder, const struct model_thread *const *threads, size_t nthreads)
{
    struct tree *tree = builder->tree;
    struct counts no_frame = {0};

    tree_add(tree, 0, TREE_CALL, 0);
    if (builder->inverted)
        builder->skipped = tree_skipped(tree->model, builder->skips);
    if (!tree->count || (builder->inverted && !builder->skipped))
        return -1;
    for (size_t i = 0; i < nthreads; i++)
        if (add_thread(builder, threads[i], &no_frame) < 0)
            return -1;
    if (add_no_frame(tree, &no_frame) < 0)
        return -1;
    sum_up(tree);
    for (size_t i = 0; i < tree->count; i++)
        if (tree_sort(tree, (uint32_t)i) < 0)
            return -1;
    return 0;
}

static struct tree *make(const struct model *model, const struct model_thread *const *threads, size_t nthreads,
                         struct builder *builder)
{
    struct tree *tree = calloc(1, sizeof *tree);
    int built;

    if (!tree)
        return NULL;
    tree->model = model;
    builder->tree = tree;
    built = build(builder, threads, nthreads);
    map_free(&builder->child_of);
    map_free(&builder->place_of);
    free(builder->path);
    free(builder->skipped);
    if (built == 0)
        return tree;
    tree_free(tree);
    return NULL;
}

struct tree *tree_new(const struct model *model, const struct model_thread *const *threads, size_t nthreads,
                      tree_skips *skips)
{
    return make(model, threads, nthreads, &(struct builder){.skips = skips});
}

struct tree *tree_new_inverted(const struct model *model, const struct model_thread *const *threads, size_t nthreads,
                               tree_skips *skips)
{
    return make(model, threads, nthreads, &(struct builder){.skips = skips, .inverted = true});
}

void tree_free(struct tree *tree)
{
    if (!tree)
        return;
    free(tree->nodes);
    free(tree);
}

uint32_t tree_after(const struct tree *tree, uint32_t node, uint32_t top, uint32_t *depth)
{
    while (node != top && !tree->nodes[node].next_sibling) {
        node = tree->nodes[node].parent;
        if (depth)
            --*depth;
    }
    return node == top ? 0 : tree->nodes[node].next_sibling;
}

uint32_t tree_next(const struct tree *tree, uint32_t node, uint32_t top, uint32_t *depth)
{
    uint32_t child = tree->nodes[node].first_child;

    if (!child)
        return tree_after(tree, node, top, depth);
    if (depth)
        ++*depth;
    return child;
}
