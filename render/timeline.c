#include "timeline.h"

#include "grow.h"

#include <stdlib.h>

/* A call as it was seen: numbers are indices, 0 for none; 0 itself is the thread. */
struct call {
    uint32_t parent, first_child, last_child, next_sibling;
    uint32_t next_in_node; /* of the calls that are one node of the tree */
    uint32_t function;
    enum tree_kind kind;
    int64_t begin, self_begin, end;
    struct counts self, total;
};

/* Short calls of one function that are one node. */
struct group {
    uint32_t node;
    uint32_t gap; /* the number of the gap between long calls that `time` is of */
    int64_t time;
};

/* A timeline while it is made. */
struct builder {
    struct tree *tree;
    bool *skipped; /* of the model's nodes */
    int64_t least; /* time of a call that is a node of its own */

    struct call *calls;
    size_t ncalls, calls_room;
    uint32_t *path; /* the current call at each depth, from 1 */
    size_t depth, path_room;
    uint32_t *stack; /* the model's nodes of a run, innermost first; reused */
    size_t stack_room;
    int64_t end; /* of the run before */

    uint32_t *first_call, *last_call; /* of each node of the tree */
    size_t first_room, last_room;

    /* Of the node whose children are made. */
    struct group *groups;
    size_t ngroups, groups_room;
    struct map group_of; /* by function: index, + 1 */
    uint32_t last;       /* the node of the last long call; 0: none yet */
    uint32_t gap;        /* calls since then are in the gap of this number */
    bool gap_shows;      /* one of its groups, or a break in it, is over the threshold by itself */
    int64_t last_end;    /* of the call before */
};

/* Calls as they were seen. */

static uint32_t add_call(struct builder *builder, uint32_t parent, const struct call *call)
{
    uint32_t index = (uint32_t)builder->ncalls;

    if (index == UINT32_MAX || GROW(&builder->calls, &builder->calls_room, builder->ncalls + 1) < 0)
        return 0;
    builder->calls[builder->ncalls++] = *call;
    builder->calls[index].parent = parent;
    if (!index)
        return 0;
    if (builder->calls[parent].last_child)
        builder->calls[builder->calls[parent].last_child].next_sibling = index;
    else
        builder->calls[parent].first_child = index;
    builder->calls[parent].last_child = index;
    return index;
}

/* Makes the call at depth `depth` of the path, after those before it. */
static int enter(struct builder *builder, size_t depth, uint32_t function, enum tree_kind kind, int64_t begin)
{
    struct call call = {.function = function, .kind = kind, .begin = begin, .self_begin = INT64_MAX};

    if (GROW(&builder->path, &builder->path_room, depth + 1) < 0)
        return -1;
    builder->path[0] = 0;
    builder->path[depth] = add_call(builder, builder->path[depth - 1], &call);
    return builder->path[depth] ? 0 : -1;
}

/* The stack of a run without what gives way, innermost first; SIZE_MAX: no memory. */
static size_t stack_of(struct builder *builder, uint32_t node)
{
    const struct model_node *nodes = builder->tree->model->nodes;
    size_t depth = 0;

    for (; node; node = nodes[node].parent) {
        if (builder->skipped[node])
            continue;
        if (GROW(&builder->stack, &builder->stack_room, depth + 1) < 0)
            return SIZE_MAX;
        builder->stack[depth++] = nodes[node].function;
    }
    return depth;
}

/* Leaves the calls of the path that the stack does not have, enters those that it has beyond. */
static int follow(struct builder *builder, const struct track_run *run, size_t depth)
{
    size_t common = 0;

    while (common < depth && common < builder->depth) {
        const struct call *call = &builder->calls[builder->path[common + 1]];

        if (call->kind != TREE_CALL || call->function != builder->stack[depth - 1 - common])
            break;
        common++;
    }
    for (builder->depth = common; builder->depth < depth; builder->depth++)
        if (enter(builder, builder->depth + 1, builder->stack[depth - 1 - builder->depth], TREE_CALL, run->begin) < 0)
            return -1;
    return 0;
}

/* Samples without a Python frame are a call of their own kind. */
static int follow_nothing(struct builder *builder, const struct track_run *run)
{
    if (builder->depth == 1 && builder->calls[builder->path[1]].kind == TREE_NO_FRAME)
        return 0;
    builder->depth = 1;
    return enter(builder, 1, 0, TREE_NO_FRAME, run->begin);
}

static struct counts counts_of(const struct builder *builder, const struct track_run *run)
{
    bool on_cpu = run->state & PYPROF_ON_CPU;
    struct counts counts = {.samples = run->samples, .time = run->time, .cpu = run->cpu};

    counts.on_cpu = on_cpu ? run->samples : 0;
    if (!builder->tree->model->cpu)
        return counts;
    counts.time = run->cpu;
    counts.samples = on_cpu ? run->samples : run->cpu > 0;
    return counts;
}

static int add_run(struct builder *builder, const struct track_run *run, int64_t slack)
{
    struct counts counts = counts_of(builder, run);
    size_t depth = stack_of(builder, run->node);
    struct call *call;

    if (depth == SIZE_MAX)
        return -1;
    if (run->begin > saturating_add(builder->end, slack))
        builder->depth = 0;
    if ((run->node ? follow(builder, run, depth) : follow_nothing(builder, run)) < 0)
        return -1;
    builder->end = saturating_add(run->begin, run->time);
    call = &builder->calls[builder->depth ? builder->path[builder->depth] : 0];
    call->end = builder->end;
    counts_add(&call->self, &counts);
    if (run->begin < call->self_begin)
        call->self_begin = run->begin;
    return 0;
}

/* Callers come before what they call. */
static void sum_up(struct builder *builder)
{
    for (size_t i = builder->ncalls; i-- > 0;) {
        struct call *call = &builder->calls[i], *parent = &builder->calls[call->parent];

        counts_add(&call->total, &call->self);
        if (!i)
            break;
        counts_add(&parent->total, &call->total);
        if (parent->end < call->end)
            parent->end = call->end;
    }
}

static int add_runs(struct builder *builder, const struct track *track, int64_t width)
{
    add_call(builder, 0, &(struct call){.self_begin = INT64_MAX});
    if (!builder->ncalls)
        return -1;
    builder->end = INT64_MIN;
    for (size_t i = 0; i < track->count; i++)
        if (add_run(builder, &track->runs[i], saturating_add(width, width)) < 0)
            return -1;
    sum_up(builder);
    return 0;
}

/* Nodes of the tree. */

static void take_call(struct builder *builder, uint32_t index, uint32_t call)
{
    struct tree_node *node = &builder->tree->nodes[index];
    const struct call *one = &builder->calls[call];

    if (builder->last_call[index])
        builder->calls[builder->last_call[index]].next_in_node = call;
    else
        builder->first_call[index] = call;
    builder->last_call[index] = call;
    if (!node->repeats++ || one->begin < node->begin)
        node->begin = one->begin;
    if (node->repeats == 1 || one->self_begin < node->self_begin)
        node->self_begin = one->self_begin;
    counts_add(&node->self, &one->self);
    counts_add(&node->total, &one->total);
}

/* The first call of a new node. */
static int start_node(struct builder *builder, uint32_t node, uint32_t call)
{
    if (GROW(&builder->first_call, &builder->first_room, (size_t)node + 1) < 0 ||
        GROW(&builder->last_call, &builder->last_room, (size_t)node + 1) < 0)
        return -1;
    builder->first_call[node] = builder->last_call[node] = 0;
    take_call(builder, node, call);
    return 0;
}

/* A node for a call, below `parent`; 0: no memory. */
static uint32_t add_node(struct builder *builder, uint32_t parent, uint32_t call)
{
    uint32_t node = tree_add(builder->tree, parent, builder->calls[call].kind, builder->calls[call].function);

    return node && start_node(builder, node, call) == 0 ? node : 0;
}

static bool is_of(const struct builder *builder, uint32_t node, uint32_t call)
{
    return node && builder->tree->nodes[node].function == builder->calls[call].function &&
           builder->tree->nodes[node].kind == builder->calls[call].kind;
}

static void drop_groups(struct builder *builder)
{
    builder->ngroups = 0;
    map_free(&builder->group_of);
}

/* The short calls of a call's function so far: a group whose node is 0 if there are none.  NULL: no memory. */
static struct group *group_of(struct builder *builder, uint32_t call)
{
    uint32_t *index = map_at(&builder->group_of, builder->calls[call].function);

    if (!index)
        return NULL;
    if (!*index) {
        *index = (uint32_t)builder->ngroups + 1;
        if (GROW(&builder->groups, &builder->groups_room, builder->ngroups + 1) < 0)
            return NULL;
        builder->groups[builder->ngroups++] = (struct group){0};
    }
    return &builder->groups[*index - 1];
}

static int add_short(struct builder *builder, uint32_t parent, uint32_t call)
{
    int64_t time = builder->calls[call].total.time;
    struct group *group;

    if (is_of(builder, builder->last, call) && !builder->gap_shows) {
        take_call(builder, builder->last, call);
        builder->gap++;
        return 0;
    }
    if (!(group = group_of(builder, call)))
        return -1;
    if (group->node)
        take_call(builder, group->node, call);
    else if (!(group->node = add_node(builder, parent, call)))
        return -1;
    group->time = group->gap == builder->gap ? saturating_add(group->time, time) : time;
    group->gap = builder->gap;
    builder->gap_shows = builder->gap_shows || group->time >= builder->least;
    return 0;
}

/*
 * A long call goes to the last, or to the short ones before it, if they are of its function and nothing shows
 * between.
 */
static int add_long(struct builder *builder, uint32_t parent, uint32_t call)
{
    const struct group *group = group_of(builder, call);

    if (!group)
        return -1;
    if (builder->gap_shows || (!is_of(builder, builder->last, call) && !group->node)) {
        drop_groups(builder);
        builder->last = add_node(builder, parent, call);
    } else {
        if (!is_of(builder, builder->last, call))
            builder->last = group->node;
        take_call(builder, builder->last, call);
    }
    builder->gap++;
    builder->gap_shows = false;
    return builder->last ? 0 : -1;
}

/* The calls below a node, one after the other. */
struct children {
    uint32_t call;  /* of the node */
    uint32_t child; /* of that call, the next one */
};

static uint32_t next_child(const struct builder *builder, struct children *at)
{
    uint32_t child;

    while (at->call && !at->child) {
        at->call = builder->calls[at->call].next_in_node;
        at->child = at->call ? builder->calls[at->call].first_child : 0;
    }
    child = at->child;
    at->child = child ? builder->calls[child].next_sibling : 0;
    return child;
}

static int add_children(struct builder *builder, uint32_t parent)
{
    struct children at = {.call = builder->first_call[parent]};
    uint32_t call;
    int result = 0;

    at.child = builder->calls[at.call].first_child;
    builder->last = builder->gap = 0;
    builder->gap_shows = false;
    builder->last_end = INT64_MAX;
    while (result == 0 && (call = next_child(builder, &at))) {
        const struct call *one = &builder->calls[call];
        bool is_short = one->total.time < builder->least;

        if (one->begin >= saturating_add(builder->last_end, builder->least))
            builder->gap_shows = true;
        builder->last_end = one->end;
        result = (is_short ? add_short : add_long)(builder, parent, call);
    }
    drop_groups(builder);
    return result;
}

static void count_calls(struct tree *tree)
{
    for (size_t i = tree->count; i-- > 0;) {
        struct tree_node *node = &tree->nodes[i];

        node->calls += node->kind == TREE_CALL && i;
        if (i)
            tree->nodes[node->parent].calls += node->calls;
    }
}

static int add_nodes(struct builder *builder)
{
    struct tree *tree = builder->tree;

    tree_add(tree, 0, TREE_CALL, 0);
    if (!tree->count || start_node(builder, 0, 0) < 0)
        return -1;
    for (uint32_t i = 0; i < tree->count; i++)
        if (add_children(builder, i) < 0)
            return -1;
    count_calls(tree);
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree_sort(tree, i) < 0)
            return -1;
    return 0;
}

static int build(struct builder *builder, const struct model_thread *thread, tree_skips *skips, double threshold)
{
    const struct model *model = builder->tree->model;

    builder->skipped = tree_skipped(model, skips);
    if (!builder->skipped || add_runs(builder, &thread->track, model->width) < 0)
        return -1;
    builder->least = (int64_t)(threshold / 100 * (double)builder->calls[0].total.time);
    return add_nodes(builder);
}

struct tree *timeline_new(const struct model *model, const struct model_thread *thread, tree_skips *skips,
                          double threshold)
{
    struct tree *tree = calloc(1, sizeof *tree);
    struct builder builder = {.tree = tree};
    int built;

    if (!tree)
        return NULL;
    tree->model = model;
    tree->order = TREE_BY_BEGIN;
    built = build(&builder, thread, skips, threshold);
    free(builder.skipped);
    free(builder.calls);
    free(builder.path);
    free(builder.stack);
    free(builder.first_call);
    free(builder.last_call);
    drop_groups(&builder);
    free(builder.groups);
    if (built == 0)
        return tree;
    tree_free(tree);
    return NULL;
}
