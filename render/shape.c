#include "shape.h"

#include <string.h>

static bool ends_with(struct pyprof_text text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size && memcmp(text.bytes + text.size - size, end, size) == 0;
}

static bool is_import_machinery(const struct model_function *function)
{
    static const char start[] = "<frozen importlib._bootstrap";

    return function->file.size >= sizeof start - 1 && memcmp(function->file.bytes, start, sizeof start - 1) == 0;
}

/* `python -m` runs modules by runpy; threads start in threading (names are qualified from CPython 3.11 on). */
bool shape_starts_programs(const struct model_function *function)
{
    static const char *const thread_starts[] = {"Thread._bootstrap", "Thread._bootstrap_inner", "Thread.run",
                                                "_bootstrap",        "_bootstrap_inner",        "run"};

    if (text_equal(function->file, text_of("<frozen runpy>")) || ends_with(function->file, "/runpy.py"))
        return true;
    if (!ends_with(function->file, "/threading.py"))
        return false;
    for (size_t i = 0; i < sizeof thread_starts / sizeof *thread_starts; i++)
        if (text_equal(function->name, text_of(thread_starts[i])))
            return true;
    return false;
}

bool shape_gives_way(const struct model_function *function)
{
    return is_import_machinery(function) || function->hidden;
}

static bool skips_launcher(const struct model *model, uint32_t function, bool outermost)
{
    return outermost && !model->root && shape_starts_programs(&model->functions[function]);
}

static bool skips_unasked(const struct model *model, uint32_t function, bool outermost)
{
    /* What was asked for by its name stays. */
    if (outermost && model->root)
        return false;
    return shape_gives_way(&model->functions[function]) || skips_launcher(model, function, outermost);
}

tree_skips *shape_skips(const struct shape_options *options)
{
    return options->all ? skips_launcher : skips_unasked;
}

static void mark_node(const struct tree *tree, struct tree_node *node)
{
    const struct model_function *function = &tree->model->functions[node->function];

    if (node->kind != TREE_CALL)
        return;
    node->application = function->origin == ORIGIN_APPLICATION ||
                        (function->origin == ORIGIN_CALLER && tree->nodes[node->parent].application);
    node->hideable = function->folding == FOLD_ALWAYS || (function->folding == FOLD_BY_ORIGIN && !node->application);
}

/* Parents come first: what is typed in asks its caller, and at the root it is the application. */
static void mark_origins(struct tree *tree)
{
    tree->nodes[0].application = true;
    for (size_t i = 1; i < tree->count; i++)
        mark_node(tree, &tree->nodes[i]);
}

static bool is_under(const struct tree *tree, const struct counts *counts, const struct shape_options *options)
{
    return !options->all && (double)counts->time * 100 < options->threshold * (double)tree->nodes[0].total.time;
}

static void fold_child(struct tree_node *parent, const struct tree_node *child)
{
    parent->folded += child->calls;
    counts_add(&parent->folded_counts, &child->total);
    if (!parent->hideable || !child->hideable)
        return;
    parent->folded_library += child->calls;
    counts_add(&parent->folded_library_counts, &child->total);
}

/* What was folded of `from` becomes folded of `to`, as it does not show itself. */
static void take_folded(struct tree_node *to, const struct tree_node *from)
{
    to->folded += from->folded;
    counts_add(&to->folded_counts, &from->folded_counts);
}

static void fold_children(struct tree *tree, uint32_t node, uint32_t depth, const struct shape_options *options)
{
    uint32_t *link = &tree->nodes[node].first_child;

    while (*link) {
        struct tree_node *child = &tree->nodes[*link];

        if (is_under(tree, &child->total, options) || (options->depth && depth >= options->depth)) {
            fold_child(&tree->nodes[node], child);
            *link = child->next_sibling;
        } else {
            link = &child->next_sibling;
        }
    }
}

static void fold(struct tree *tree, const struct shape_options *options)
{
    uint32_t node = 0, depth = 0;

    do {
        fold_children(tree, node, depth, options);
        node = tree_next(tree, node, 0, &depth);
    } while (node);
}

static bool has_application(const struct tree *tree)
{
    for (uint32_t node = tree_next(tree, 0, 0, NULL); node; node = tree_next(tree, node, 0, NULL))
        if (tree->nodes[node].application)
            return true;
    return false;
}

static bool has_one_child(const struct tree *tree, uint32_t node)
{
    uint32_t child = tree->nodes[node].first_child;

    return child && !tree->nodes[child].next_sibling;
}

static void trim_stem(struct tree *tree, const struct shape_options *options)
{
    struct tree_node *root = &tree->nodes[0];

    if (!has_application(tree))
        return;
    while (has_one_child(tree, 0)) {
        const struct tree_node *stem = &tree->nodes[root->first_child];

        if (!stem->hideable || !has_one_child(tree, root->first_child) ||
            (stem->self.time && !is_under(tree, &stem->self, options)))
            return;
        counts_add(&root->self, &stem->self);
        root->self_begin = stem->self_begin;
        take_folded(root, stem);
        root->first_child = stem->first_child;
        tree->nodes[root->first_child].parent = 0;
    }
}

static bool has_child(const struct tree *tree, uint32_t node, bool hideable)
{
    for (uint32_t child = tree->nodes[node].first_child; child; child = tree->nodes[child].next_sibling)
        if (tree->nodes[child].hideable == hideable)
            return true;
    return false;
}

static void hide(struct tree *tree, uint32_t index)
{
    struct tree_node *node = &tree->nodes[index], *first = &tree->nodes[node->group];

    node->hidden = true;
    if (first->group_size++)
        tree->nodes[first->group_last].group_next = index;
    else
        first->group_next = index;
    first->group_last = index;
}

/* Puts `node` into its parent's group, or opens one, or neither; whoever comes first is asked first. */
static void group_node(struct tree *tree, uint32_t index)
{
    struct tree_node *node = &tree->nodes[index];

    if (!node->hideable)
        return;
    node->group = tree->nodes[node->parent].group;
    if (!node->group && has_child(tree, index, true))
        node->group = index;
    if (!node->group || node->group == index || has_child(tree, index, false) ||
        (double)node->self.time > 0.2 * (double)tree->nodes[0].total.time)
        return;
    hide(tree, index);
}

static void dissolve_small_groups(struct tree *tree)
{
    enum { WORTH_HIDING = 2 };

    for (uint32_t i = tree_next(tree, 0, 0, NULL); i; i = tree_next(tree, i, 0, NULL)) {
        struct tree_node *node = &tree->nodes[i];

        if (!node->group || tree->nodes[node->group].group_size >= WORTH_HIDING)
            continue;
        node->hidden = false;
        if (node->group != i)
            node->group = 0;
    }
    for (size_t i = 0; i < tree->count; i++)
        if (tree->nodes[i].group == i && tree->nodes[i].group_size < WORTH_HIDING)
            tree->nodes[i].group = tree->nodes[i].group_size = 0;
}

void shape_tree(struct tree *tree, const struct shape_options *options)
{
    mark_origins(tree);
    if (!options->all || options->depth)
        fold(tree, options);
    if (!options->whole)
        trim_stem(tree, options);
    if (options->all)
        return;
    for (uint32_t node = tree_next(tree, 0, 0, NULL); node; node = tree_next(tree, node, 0, NULL))
        group_node(tree, node);
    dissolve_small_groups(tree);
}

/* Library code that was folded in a group is hidden with it. */
static void absorb(struct tree *tree, uint32_t index)
{
    struct tree_node *node = &tree->nodes[index];
    struct counts counts = node->folded_library_counts;

    if (!node->group)
        return;
    tree->nodes[node->group].group_size += node->folded_library;
    node->folded -= node->folded_library;
    node->folded_counts.samples -= counts.samples;
    node->folded_counts.on_cpu -= counts.on_cpu;
    node->folded_counts.time -= counts.time;
    node->folded_counts.cpu -= counts.cpu;
    node->folded_library = 0;
}

/* Puts the children of a hidden node in its place: `link` leads to it. */
static void lift_children(struct tree *tree, uint32_t *link, uint32_t parent)
{
    const struct tree_node *hidden = &tree->nodes[*link];
    uint32_t *last = &tree->nodes[*link].first_child;

    absorb(tree, *link);
    take_folded(&tree->nodes[parent], hidden);
    for (; *last; last = &tree->nodes[*last].next_sibling)
        tree->nodes[*last].parent = parent;
    *last = hidden->next_sibling;
    *link = hidden->first_child;
}

int shape_splice(struct tree *tree)
{
    uint32_t node = 0;

    do {
        uint32_t *link = &tree->nodes[node].first_child;

        absorb(tree, node);
        while (*link)
            if (tree->nodes[*link].hidden)
                lift_children(tree, link, node);
            else
                link = &tree->nodes[*link].next_sibling;
        if (tree_sort(tree, node) < 0)
            return -1;
        node = tree_next(tree, node, 0, NULL);
    } while (node);
    return 0;
}

static int add_row(struct tree *tree, uint32_t node, enum tree_kind kind, struct counts counts)
{
    uint32_t row = tree_add(tree, node, kind, 0);

    if (!row)
        return -1;
    tree->nodes[row].total = counts;
    tree->nodes[row].folded = kind == TREE_OTHER ? tree->nodes[node].folded : 0;
    tree->nodes[row].begin = tree->nodes[node].self_begin;
    return 0;
}

static int add_rows(struct tree *tree, uint32_t node, const struct shape_options *options)
{
    const struct tree_node *one = &tree->nodes[node];
    struct counts self = one->self, folded = one->folded_counts;
    bool has_self, has_other;

    if (one->kind != TREE_CALL)
        return 0;
    has_other = folded.samples && !is_under(tree, &folded, options);
    has_self = (node == 0 || !options->inverted) && self.samples && !is_under(tree, &self, options);
    /* A row that would be its call's only one says nothing. */
    if (node && !one->first_child)
        has_self = has_other = has_self && has_other;
    if (has_other && add_row(tree, node, TREE_OTHER, folded) < 0)
        return -1;
    if (has_self && add_row(tree, node, TREE_SELF, self) < 0)
        return -1;
    return tree_sort(tree, node);
}

int shape_rows(struct tree *tree, const struct shape_options *options)
{
    uint32_t node = 0;

    do {
        if (add_rows(tree, node, options) < 0)
            return -1;
        node = tree_next(tree, node, 0, NULL);
    } while (node);
    return 0;
}

void shape_cut(struct tree *tree, uint32_t depth)
{
    uint32_t node = 0, at = 0;

    do {
        struct tree_node *one = &tree->nodes[node];

        for (uint32_t child = at == depth ? one->first_child : 0; child; child = tree->nodes[child].next_sibling)
            if (tree->nodes[child].kind == TREE_CALL)
                fold_child(one, &tree->nodes[child]);
        if (at == depth)
            one->first_child = 0;
        node = tree_next(tree, node, 0, &at);
    } while (node);
}
