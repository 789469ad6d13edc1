#include "diff.h"

#include "grow.h"

/* A run that is being added. */
struct run {
    struct diff *diff;
    enum diff_side side;
    const struct model *model;
    struct tree *tree;
    uint32_t *functions; /* of each function of the model: ours, 0 if it was not met yet */
    uint32_t *places;    /* of each node of the tree: ours */
    double scale;
};

uint32_t diff_add_node(struct diff *diff, uint32_t parent, enum diff_kind kind, uint32_t function)
{
    uint32_t index = (uint32_t)diff->nnodes;

    if (GROW(&diff->nodes, &diff->nodes_room, diff->nnodes + 1) < 0)
        return 0;
    diff->nnodes++;
    diff->nodes[index] = (struct diff_node){.parent = parent, .kind = kind, .function = function};
    if (index) {
        diff->nodes[index].next_sibling = diff->nodes[parent].first_child;
        diff->nodes[parent].first_child = index;
    }
    return index;
}

struct diff *diff_new(bool normalize, tree_skips *skips)
{
    struct diff *diff = calloc(1, sizeof *diff);

    if (!diff)
        return NULL;
    diff->normalize = normalize;
    diff->skips = skips;
    diff_add_node(diff, 0, DIFF_CALL, 0);
    if (!diff->nnodes || GROW(&diff->functions, &diff->functions_room, DIFF_NO_FRAME + 1) < 0) {
        diff_free(diff);
        return NULL;
    }
    diff->nfunctions = DIFF_NO_FRAME;
    for (uint32_t i = 0; i <= DIFF_NO_FRAME; i++)
        diff->functions[i] = (struct diff_function){.name = text_of(""), .path = text_of(""), .folding = FOLD_NEVER};
    diff->functions[DIFF_NO_FRAME].name = text_of("[no Python frame]");
    return diff;
}

void diff_free(struct diff *diff)
{
    if (!diff)
        return;
    free(diff->functions);
    free(diff->nodes);
    names_free(&diff->names);
    map_free(&diff->function_of);
    map_free(&diff->child_of);
    free(diff);
}

/* A function of the side that is being added is met: what is not part of its identity. */
static void note_function(struct diff_function *mine, const struct model_function *function, enum diff_side side)
{
    if (mine->newest != side || function->firstline < mine->firstline)
        mine->firstline = function->firstline;
    mine->newest = side;
    if (function->origin < mine->origin)
        mine->origin = function->origin;
    if (function->folding > mine->folding)
        mine->folding = function->folding;
}

/* Ours for a function of the model; 0 if there is no memory. */
static uint32_t add_function(struct diff *diff, const struct model_function *function, enum diff_side side)
{
    uint32_t name = names_intern(&diff->names, function->name), path = names_intern(&diff->names, function->path);
    uint32_t *index;

    if (name == UINT32_MAX || path == UINT32_MAX)
        return 0;
    index = map_at(&diff->function_of, map_pair(name, path));
    if (!index)
        return 0;
    if (!*index) {
        if (GROW(&diff->functions, &diff->functions_room, diff->nfunctions + 2) < 0)
            return 0;
        *index = (uint32_t)++diff->nfunctions;
        diff->functions[*index] = (struct diff_function){.name = names_text(&diff->names, name),
                                                         .path = names_text(&diff->names, path),
                                                         .firstline = function->firstline,
                                                         .newest = side,
                                                         .origin = function->origin,
                                                         .folding = function->folding};
    }
    note_function(&diff->functions[*index], function, side);
    return *index;
}

/* Ours for the function of a node of the tree; 0 if there is no memory. */
static uint32_t function_of(struct run *run, const struct tree_node *node)
{
    uint32_t *known = &run->functions[node->function];

    if (node->kind == TREE_NO_FRAME)
        return DIFF_NO_FRAME;
    if (!*known)
        *known = add_function(run->diff, &run->model->functions[node->function], run->side);
    return *known;
}

/* The call of `function` by `parent`; 0 if there is no memory. */
static uint32_t child_of(struct diff *diff, uint32_t parent, uint32_t function)
{
    uint32_t *child = map_at(&diff->child_of, map_pair(parent, function));

    if (child && !*child)
        *child = diff_add_node(diff, parent, DIFF_CALL, function);
    return child ? *child : 0;
}

static struct counts scaled(const struct run *run, struct counts counts)
{
    if (run->diff->normalize)
        counts.time = (int64_t)((double)counts.time * run->scale);
    return counts;
}

/* Gives each node of the run's tree its place in ours and adds it there. */
static int place_nodes(struct run *run)
{
    struct diff *diff = run->diff;

    for (size_t i = 0; i < run->tree->count; i++) {
        const struct tree_node *node = &run->tree->nodes[i];
        struct counts self = scaled(run, node->self), total = scaled(run, node->total);
        uint32_t function = i ? function_of(run, node) : 0, place;

        if (i && !function)
            return -1;
        place = i ? child_of(diff, run->places[node->parent], function) : 0;
        if (i && !place)
            return -1;
        run->places[i] = place;
        counts_add(&diff->nodes[place].self.run, &self);
        counts_add(&diff->nodes[place].total.run, &total);
        counts_add(&diff->functions[function].self.run, &self);
    }
    return 0;
}

/* Adds the total time of functions: of the outermost call of each on every way down the tree. */
static int add_totals(struct run *run)
{
    struct diff *diff = run->diff;
    uint32_t *active = calloc(diff->nfunctions + 1, sizeof *active); /* calls on the way to the current node */
    uint32_t *path = calloc(run->tree->count + 1, sizeof *path), depth = 0, last = 0;

    for (uint32_t i = 0; active && path && (i = tree_next(run->tree, i, 0, &depth));) {
        uint32_t function = diff->nodes[run->places[i]].function;
        struct counts total = scaled(run, run->tree->nodes[i].total);

        for (; last >= depth; last--)
            active[path[last]]--;
        path[last = depth] = function;
        if (!active[function]++)
            counts_add(&diff->functions[function].total.run, &total);
    }
    free(active);
    free(path);
    return active && path ? 0 : -1;
}

/* Two years: so that the squares of many runs fit, whatever a stream says. */
static const int64_t LONGEST_RUN = (int64_t)1 << 56;

static void close_measure(struct diff_measure *measure, enum diff_side side)
{
    struct diff_sums *sums = &measure->side[side];
    int64_t time = measure->run.time;
    uint64_t size = time < 0 ? 0 : (uint64_t)(time < LONGEST_RUN ? time : LONGEST_RUN);

    sums->time = saturating_add(sums->time, (int64_t)size);
    sums->squares += (unsigned __int128)size * size;
    sums->samples += measure->run.samples;
    measure->run = (struct counts){0};
}

static void close_run(struct run *run)
{
    struct diff *diff = run->diff;

    for (size_t i = 0; i < diff->nnodes; i++) {
        close_measure(&diff->nodes[i].self, run->side);
        close_measure(&diff->nodes[i].total, run->side);
    }
    for (size_t i = 1; i <= diff->nfunctions; i++) {
        close_measure(&diff->functions[i].self, run->side);
        close_measure(&diff->functions[i].total, run->side);
    }
}

/* The run's own total, and what its times are multiplied with. */
static void note_run(struct run *run)
{
    struct diff *diff = run->diff;
    int64_t time = run->tree->nodes[0].total.time;

    if (!diff->runs[run->side] || time < diff->shortest[run->side])
        diff->shortest[run->side] = time;
    if (!diff->runs[run->side] || time > diff->longest[run->side])
        diff->longest[run->side] = time;
    diff->runs[run->side]++;
    run->scale = time > 0 ? diff->usual / (double)time : 1;
}

static int add_run(struct run *run, const struct model_thread *const *threads, size_t nthreads)
{
    int result = -1;

    run->tree = tree_new(run->model, threads, nthreads, run->diff->skips);
    run->places = run->tree ? calloc(run->tree->count, sizeof *run->places) : NULL;
    if (run->places) {
        note_run(run);
        result = place_nodes(run) < 0 || add_totals(run) < 0 ? -1 : 0;
        close_run(run);
    }
    free(run->places);
    tree_free(run->tree);
    return result;
}

static bool is_one_run(const struct model_process *a, const struct model_process *b)
{
    return a->info.wall == b->info.wall &&
           memcmp(a->info.recording, b->info.recording, sizeof a->info.recording) == 0;
}

/* Index of the first process after `first` that is of another run. */
static size_t run_end(const struct model *model, size_t first)
{
    size_t end = first + 1;

    while (end < model->nprocesses && is_one_run(&model->processes[first], &model->processes[end]))
        end++;
    return end;
}

/* Adds the processes from `first` up to `end`, which are one run. */
static int add_processes(struct run *run, size_t first, size_t end)
{
    const struct model_thread **threads;
    size_t nthreads = 0, at = 0;
    int result;

    for (size_t i = first; i < end; i++)
        nthreads += run->model->processes[i].nthreads;
    threads = calloc(nthreads + 1, sizeof(*threads));
    if (!threads)
        return -1;
    for (size_t i = first; i < end; i++)
        for (size_t k = 0; k < run->model->processes[i].nthreads; k++)
            threads[at++] = &run->model->processes[i].threads[k];
    result = add_run(run, threads, nthreads);
    free(threads);
    return result;
}

/* Of all cells: --root and --time leave some, and the model's own sums as they were (select.h). */
static double time_of(const struct model *model)
{
    double time = 0;

    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++)
            for (size_t n = 0; n < model->processes[i].threads[k].ncells; n++)
                time += (double)model->processes[i].threads[k].cells[n].counts.time;
    return time;
}

/* Processes are sorted, so that those of one run are neighbours. */
int diff_add(struct diff *diff, enum diff_side side, const struct model *model)
{
    struct run run = {.diff = diff, .side = side, .model = model};
    uint64_t runs = 0;
    int result = 0;

    for (size_t i = 0; i < model->nprocesses; i = run_end(model, i))
        runs++;
    if (side == DIFF_OLD && runs)
        diff->usual = time_of(model) / (double)runs;
    for (size_t i = 0; i < model->nprocesses; i++)
        if (model->processes[i].info.period > diff->period)
            diff->period = model->processes[i].info.period;
    run.functions = calloc(model->nfunctions + 1, sizeof *run.functions);
    if (!run.functions)
        return -1;
    for (size_t i = 0, end; i < model->nprocesses && result == 0; i = end)
        result = add_processes(&run, i, end = run_end(model, i));
    free(run.functions);
    return result;
}

void diff_add_sums(struct diff_measure *measure, const struct diff_measure *more)
{
    for (int side = 0; side < DIFF_SIDES; side++) {
        measure->side[side].time = saturating_add(measure->side[side].time, more->side[side].time);
        measure->side[side].samples += more->side[side].samples;
    }
}

int diff_compare_functions(const struct diff *diff, uint32_t a, uint32_t b)
{
    const struct diff_function *one = &diff->functions[a], *other = &diff->functions[b];

    return text_compare(one->name, other->name) ?: text_compare(one->path, other->path);
}

uint32_t diff_next(const struct diff *diff, uint32_t node, uint32_t *depth)
{
    if (diff->nodes[node].first_child) {
        ++*depth;
        return diff->nodes[node].first_child;
    }
    while (node && !diff->nodes[node].next_sibling) {
        node = diff->nodes[node].parent;
        --*depth;
    }
    return node ? diff->nodes[node].next_sibling : 0;
}
