/*
 * flat, timeline, inverted trees, select: that all of them say the same of stacks chosen at random, and conserve
 * time.
 */
#include "render/flat.h"
#include "render/select.h"
#include "render/timeline.h"
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

enum { RUNS = 3000, FUNCTIONS = 6, DEEPEST = 8, STACK = 200 };

static const struct pyprof_text prefixes[] = {{"/usr", 4}}, paths[] = {{"/app", 4}};

/* Stacks of functions f0 to f5 that recurse a lot, and now and then none. */
static struct model *random_model(unsigned seed)
{
    struct pyprof_info info = {.pid = 10, .period = 1000000, .prefixes = {prefixes, 1}, .path = {paths, 1}};
    static char stacks[RUNS][STACK];
    static struct recorded_run runs[RUNS];
    struct recorded_bytes stream;
    struct model *model = model_new();
    struct model_patterns patterns = {0};

    srandom(seed);
    for (size_t i = 0; i < RUNS; i++) {
        size_t depth = (size_t)random() % DEEPEST, at = 0;

        stacks[i][0] = '\0';
        for (size_t k = 0; k < depth; k++)
            at +=
                (size_t)snprintf(stacks[i] + at, STACK - at, "%s/app/x.py:f%ld", k ? "|" : "", random() % FUNCTIONS);
        runs[i] = (struct recorded_run){1, 1 + (uint32_t)random() % 4, stacks[i]};
    }
    stream = recorded_stream(&info, 1, runs, RUNS);
    if (!recorded_add(model, &stream) || model_finish(model, &patterns) < 0)
        abort();
    free(stream.bytes);
    return model;
}

static const struct model_thread *thread_of(const struct model *model)
{
    return &model->processes[0].threads[0];
}

/* Samples whose stack has the function, and those that have it innermost, told from the cells one by one. */
static void count(const struct model *model, uint32_t function, uint64_t *self, uint64_t *total)
{
    const struct model_thread *thread = thread_of(model);

    *self = *total = 0;
    for (size_t i = 0; i < thread->ncells; i++) {
        uint32_t node = thread->cells[i].node;

        if (node && model->nodes[node].function == function)
            *self += thread->cells[i].counts.samples;
        while (node && model->nodes[node].function != function)
            node = model->nodes[node].parent;
        if (node)
            *total += thread->cells[i].counts.samples;
    }
}

static void test_flat(const struct model *model)
{
    const struct model_thread *thread = thread_of(model);
    struct flat *flat = flat_new(model, &thread, 1, false), *lines = flat_new(model, &thread, 1, true);
    struct counts sum = {0}, line_sum = {0};
    bool right = true, sorted = true;

    for (size_t i = 0; i < flat->count; i++) {
        uint64_t self, total;

        counts_add(&sum, &flat->rows[i].self);
        sorted = sorted && (i == 0 || flat->rows[i - 1].self.time >= flat->rows[i].self.time);
        if (!flat->rows[i].function)
            continue;
        count(model, flat->rows[i].function, &self, &total);
        right = right && self == flat->rows[i].self.samples && total == flat->rows[i].total.samples;
    }
    for (size_t i = 0; i < lines->count; i++)
        counts_add(&line_sum, &lines->rows[i].self);
    ok(right && flat->count == FUNCTIONS + 1, "self and total are what the stacks say, however often they recurse");
    ok(sorted, "the most comes first");
    ok(sum.time == thread->counts.time && sum.samples == thread->counts.samples &&
           memcmp(&flat->whole, &sum, sizeof sum) == 0,
       "selves add up to the whole");
    ok(memcmp(&line_sum, &sum, sizeof sum) == 0, "those of lines too");
    flat_free(flat);
    flat_free(lines);
}

static void test_inverted(const struct model *model)
{
    const struct model_thread *thread = thread_of(model);
    struct tree *tree = tree_new_inverted(model, &thread, 1, NULL);
    bool right = true, children = true;
    size_t n = 0;

    for (uint32_t i = tree->nodes[0].first_child; i; i = tree->nodes[i].next_sibling, n++) {
        uint64_t self, total;

        if (tree->nodes[i].kind != TREE_CALL)
            continue;
        count(model, tree->nodes[i].function, &self, &total);
        right = right && tree->nodes[i].total.samples == self;
    }
    for (uint32_t i = tree_next(tree, 0, 0, NULL); i; i = tree_next(tree, i, 0, NULL)) {
        struct counts sum = tree->nodes[i].self;

        for (uint32_t child = tree->nodes[i].first_child; child; child = tree->nodes[child].next_sibling)
            counts_add(&sum, &tree->nodes[child].total);
        children = children && memcmp(&sum, &tree->nodes[i].total, sizeof sum) == 0;
    }
    ok(right && n == FUNCTIONS + 1, "an inverted tree begins with what each function had of its own");
    ok(children && tree->nodes[0].total.time == thread->counts.time, "and tells all of it to callers");
    tree_free(tree);
}

static void test_timeline(const struct model *model, double threshold)
{
    const struct model_thread *thread = thread_of(model);
    struct tree *timeline = timeline_new(model, thread, NULL, threshold);
    struct tree *tree = tree_new(model, &thread, 1, NULL);
    bool children = true, order = true;
    uint64_t self[FUNCTIONS + 2] = {0}, wanted[FUNCTIONS + 2] = {0};

    for (uint32_t i = 0; i < timeline->count; i++) {
        const struct tree_node *node = &timeline->nodes[i];
        struct counts sum = node->self;

        self[node->function] += node->self.samples;
        for (uint32_t child = node->first_child; child; child = timeline->nodes[child].next_sibling) {
            const struct tree_node *one = &timeline->nodes[child];

            counts_add(&sum, &one->total);
            order = order && (i == 0 || one->begin >= node->begin) &&
                    (!one->next_sibling || one->begin <= timeline->nodes[one->next_sibling].begin);
        }
        children = children && sum.time == node->total.time && sum.samples == node->total.samples;
    }
    for (uint32_t i = 0; i < tree->count; i++)
        wanted[tree->nodes[i].function] += tree->nodes[i].self.samples;
    ok(children && order, "a timeline at %g %% is in order, and calls have the time of what is below them",
       threshold);
    ok(memcmp(self, wanted, sizeof self) == 0 && timeline->nodes[0].total.time == thread->counts.time,
       "and no function's time is lost");
    ok(threshold > 0 ? timeline->count < 4 * tree->count : timeline->count > tree->count,
       "repetitions are together above 0");
    tree_free(tree);
    tree_free(timeline);
}

static void test_root(struct model *model)
{
    const struct model_thread *thread = thread_of(model);
    uint32_t function = 1;
    uint64_t self, total;
    size_t others = 0;
    regex_t regex;

    while (strcmp(model->functions[function].name.bytes, "f3") != 0)
        function++;
    count(model, function, &self, &total);
    regcomp(&regex, "^f3$", REG_EXTENDED | REG_NOSUB);
    ok(select_root(model, "^f3$", &regex) == 1 && model->root_counts.samples == total &&
           thread->counts.samples == total,
       "a root leaves the samples that have it");
    for (size_t i = 0; i < thread->ncells; i++) {
        uint32_t node = thread->cells[i].node;

        while (model->nodes[node].parent)
            node = model->nodes[node].parent;
        others += model->nodes[node].function != function;
    }
    for (size_t i = 0; i < thread->track.count; i++)
        others += !thread->track.runs[i].node;
    ok(others == 0, "and nothing above it");
    ok(!select_cpu(model), "there is no CPU time where none was recorded");
    regfree(&regex);
}

int main(void)
{
    for (unsigned seed = 1; seed <= 3; seed++) {
        struct model *model = random_model(seed);

        test_flat(model);
        test_inverted(model);
        test_timeline(model, 0);
        test_timeline(model, 0.5);
        test_timeline(model, 100);
        test_root(model);
        model_free(model);
    }
    return done_testing();
}
