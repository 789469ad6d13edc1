#include "diff_shape.h"

#include "grow.h"

static int64_t size_of(int64_t change)
{
    return change < 0 ? -change : change;
}

static int64_t greater_mean(struct diff_change change)
{
    return change.old > change.new ? change.old : change.new;
}

bool diff_has_changed(const struct diff *diff, const struct diff_measure *measure,
                      const struct diff_shape_options *options)
{
    struct diff_change change = diff_change(diff, measure);
    int64_t whole = greater_mean(diff_change(diff, &diff->nodes[0].total));

    return diff_is_sure(change) && (double)size_of(change.change) * 100 >= options->threshold * (double)whole;
}

static bool is_zero(const struct diff_measure *measure)
{
    return !measure->side[DIFF_OLD].samples && !measure->side[DIFF_NEW].samples;
}

static int add_self_rows(struct diff *diff)
{
    size_t calls = diff->nnodes;

    for (uint32_t i = 1; i < calls; i++) {
        uint32_t row;

        if (!diff->nodes[i].first_child || is_zero(&diff->nodes[i].self))
            continue;
        row = diff_add_node(diff, i, DIFF_SELF, diff->nodes[i].function);
        if (!row)
            return -1;
        diff->nodes[row].total = diff->nodes[i].self;
    }
    return 0;
}

/* What is typed in asks its caller, and at the root it is the application. */
static void mark_origins(struct diff *diff)
{
    diff->nodes[0].application = true;
    for (size_t i = 1; i < diff->nnodes; i++) {
        struct diff_node *node = &diff->nodes[i];
        enum model_origin origin = diff->functions[node->function].origin;

        node->application =
            origin == ORIGIN_APPLICATION || (origin == ORIGIN_CALLER && diff->nodes[node->parent].application);
    }
}

/* Children come after their parents: one pass from the end. */
static void mark_changes(struct diff *diff, const struct diff_shape_options *options)
{
    for (size_t i = diff->nnodes; i-- > 0;) {
        struct diff_node *node = &diff->nodes[i], *parent = &diff->nodes[node->parent];

        node->rows++;
        node->drawn = node->drawn || options->all || !i || diff_has_changed(diff, &node->total, options);
        if (!i)
            break;
        parent->rows += node->rows;
        parent->drawn = parent->drawn || node->drawn;
    }
}

static bool is_hideable(const struct diff *diff, uint32_t index)
{
    const struct diff_node *node = &diff->nodes[index];
    enum model_folding folding = diff->functions[node->function].folding;

    if (node->kind != DIFF_CALL || !index || node->function == DIFF_NO_FRAME)
        return false;
    return folding == FOLD_ALWAYS || (folding == FOLD_BY_ORIGIN && !node->application);
}

/* Whether it leads to what is worth seeing by itself: its own time or a call of the application. */
static bool is_in_focus(const struct diff *diff, uint32_t index)
{
    const struct diff_node *node = &diff->nodes[index];
    bool leaf = true;

    for (uint32_t child = node->first_child; child; child = diff->nodes[child].next_sibling) {
        const struct diff_node *below = &diff->nodes[child];

        if (!below->drawn)
            continue;
        leaf = false;
        if (below->kind == DIFF_SELF || !is_hideable(diff, child))
            return true;
    }
    return leaf;
}

static bool gives_way(const struct diff *diff, uint32_t index)
{
    return diff->nodes[index].drawn && is_hideable(diff, index) && is_hideable(diff, diff->nodes[index].parent) &&
           !is_in_focus(diff, index);
}

/* Puts the children of the call that `link` leads to in its place. */
static void lift_children(struct diff *diff, uint32_t *link, uint32_t parent)
{
    const struct diff_node *hidden = &diff->nodes[*link];
    uint32_t *last = &diff->nodes[*link].first_child;

    for (; *last; last = &diff->nodes[*last].next_sibling)
        diff->nodes[*last].parent = parent;
    *last = hidden->next_sibling;
    *link = hidden->first_child;
}

/* A library call's children are asked before it is given their place, while their parent is still the one they had. */
static void hide_libraries(struct diff *diff)
{
    uint32_t node = 0, depth = 0;

    do {
        uint32_t *link = &diff->nodes[node].first_child;

        while (*link)
            if (gives_way(diff, *link)) {
                diff->nodes[node].hidden++;
                lift_children(diff, link, node);
            } else {
                link = &diff->nodes[*link].next_sibling;
            }
        node = diff_next(diff, node, &depth);
    } while (node);
}

/* Takes the children that are not to be drawn, or all of them, from `parent`; they become a row of `kind`. */
static int fold_children(struct diff *diff, uint32_t parent, enum diff_kind kind)
{
    struct diff_node folded = {0};
    uint32_t *link = &diff->nodes[parent].first_child, row;

    while (*link) {
        const struct diff_node *child = &diff->nodes[*link];

        if (child->drawn && kind == DIFF_UNCHANGED) {
            link = &diff->nodes[*link].next_sibling;
            continue;
        }
        diff_add_sums(&folded.total, &child->total);
        folded.rows += child->rows;
        *link = child->next_sibling;
    }
    if (!folded.rows)
        return 0;
    row = diff_add_node(diff, parent, kind, 0);
    if (!row)
        return -1;
    diff->nodes[row].total = folded.total;
    diff->nodes[row].rows = folded.rows;
    return 0;
}

static int compare_measures(const struct diff *diff, const struct diff_measure *a, const struct diff_measure *b)
{
    struct diff_change one = diff_change(diff, a), other = diff_change(diff, b);

    if (one.change != other.change && size_of(one.change) != size_of(other.change))
        return size_of(one.change) < size_of(other.change) ? 1 : -1;
    if (greater_mean(one) != greater_mean(other))
        return greater_mean(one) < greater_mean(other) ? 1 : -1;
    return (one.change < other.change) - (one.change > other.change);
}

static int compare_nodes(const void *first, const void *second, void *context)
{
    const struct diff *diff = context;
    const struct diff_node *a = &diff->nodes[*(const uint32_t *)first], *b = &diff->nodes[*(const uint32_t *)second];
    bool folded = a->kind >= DIFF_UNCHANGED;

    if (folded != (b->kind >= DIFF_UNCHANGED))
        return folded ? 1 : -1;
    return compare_measures(diff, &a->total, &b->total)
               ?: ((int)b->kind - (int)a->kind ?: diff_compare_functions(diff, a->function, b->function));
}

static int sort_children(struct diff *diff, uint32_t node)
{
    size_t n = 0, room = 0;
    uint32_t *children = NULL, *link;

    for (uint32_t child = diff->nodes[node].first_child; child; child = diff->nodes[child].next_sibling) {
        if (GROW(&children, &room, n + 1) < 0) {
            free(children);
            return -1;
        }
        children[n++] = child;
    }
    if (n > 1)
        qsort_r(children, n, sizeof *children, compare_nodes, diff);
    link = &diff->nodes[node].first_child;
    for (size_t i = 0; i < n; i++) {
        *link = children[i];
        link = &diff->nodes[children[i]].next_sibling;
    }
    *link = 0;
    free(children);
    return 0;
}

static int fold_and_sort(struct diff *diff, const struct diff_shape_options *options)
{
    uint32_t node = 0, depth = 0;

    do {
        bool deepest = options->depth && depth >= options->depth;

        if (fold_children(diff, node, deepest ? DIFF_DEEPER : DIFF_UNCHANGED) < 0 || sort_children(diff, node) < 0)
            return -1;
        do
            node = diff_next(diff, node, &depth);
        while (node && diff->nodes[node].kind != DIFF_CALL);
    } while (node);
    return 0;
}

int diff_shape(struct diff *diff, const struct diff_shape_options *options)
{
    if (add_self_rows(diff) < 0)
        return -1;
    mark_origins(diff);
    mark_changes(diff, options);
    if (!options->all)
        hide_libraries(diff);
    return fold_and_sort(diff, options);
}

static int compare_self(const void *first, const void *second, void *context)
{
    const struct diff *diff = context;
    uint32_t a = *(const uint32_t *)first, b = *(const uint32_t *)second;

    return compare_measures(diff, &diff->functions[a].self, &diff->functions[b].self)
               ?: diff_compare_functions(diff, a, b);
}

static int compare_total(const void *first, const void *second, void *context)
{
    const struct diff *diff = context;
    uint32_t a = *(const uint32_t *)first, b = *(const uint32_t *)second;

    return compare_measures(diff, &diff->functions[a].total, &diff->functions[b].total)
               ?: diff_compare_functions(diff, a, b);
}

uint32_t *diff_functions(struct diff *diff, bool total, size_t *n)
{
    uint32_t *functions = calloc(diff->nfunctions + 1, sizeof *functions);

    *n = 0;
    for (uint32_t i = 1; functions && i <= diff->nfunctions; i++)
        if (!is_zero(total ? &diff->functions[i].total : &diff->functions[i].self))
            functions[(*n)++] = i;
    if (*n > 1)
        qsort_r(functions, *n, sizeof *functions, total ? compare_total : compare_self, diff);
    return functions;
}

int diff_sort(struct diff *diff)
{
    for (size_t i = 0; i < diff->nnodes; i++)
        if (sort_children(diff, (uint32_t)i) < 0)
            return -1;
    return 0;
}
