/*
 * collapsed: one line a stack, `frame;frame;frame 42`, as flamegraph.pl and its kin read it
 *
 * The number counts samples, in CPU time those whose thread ran.  A frame is `name (path:firstline)`; what would
 * split a line is escaped.  Where there are several processes or threads, their names are the first frames.  Samples
 * without a Python frame are a stack of their own, so that the numbers add up.  Nothing is folded and no times are
 * needed.
 */
#include "diff_render.h"
#include "escape.h"
#include "render.h"
#include "stack.h"
#include "summary.h"
#include "tree.h"

#include <inttypes.h>
#include <stdlib.h>

/* The label of every function, made once: of function f, bytes from labels[f] up to labels[f + 1]. */
struct labels {
    char *bytes;
    size_t size;
    size_t *starts;
};

/* A report while it is written. */
struct writing {
    FILE *out;
    const struct model *model;
    struct labels labels;
    struct stack stack;
    uint32_t depth; /* of what comes before the first frame */
    bool invert;
};

static void write_label(FILE *out, const struct model_function *function)
{
    escape_text(out, function->name.size ? function->name : text_of("[lost]"), ESCAPE_SEMICOLON, 0);
    if (!function->path.size)
        return;
    fputs(" (", out);
    escape_text(out, function->path, ESCAPE_SEMICOLON, 0);
    fprintf(out, ":%" PRIu32 ")", function->firstline);
}

static int labels_make(struct labels *labels, const struct model *model)
{
    FILE *out = open_memstream(&labels->bytes, &labels->size);

    labels->starts = calloc(model->nfunctions + 2, sizeof *labels->starts);
    if (!out || !labels->starts) {
        if (out)
            fclose(out);
        return -1;
    }
    for (size_t i = 0; i <= model->nfunctions; i++) {
        labels->starts[i] = (size_t)ftello(out);
        write_label(out, &model->functions[i]);
    }
    labels->starts[model->nfunctions + 1] = (size_t)ftello(out);
    return fclose(out) == 0 ? 0 : -1;
}

static void labels_free(struct labels *labels)
{
    free(labels->bytes);
    free(labels->starts);
}

static int push_call(struct writing *writing, const struct tree_node *node, uint32_t depth)
{
    static const char no_frame[] = "[no Python frame]";
    const struct labels *labels = &writing->labels;
    size_t start = labels->starts[node->function], end = labels->starts[node->function + 1];

    if (node->kind == TREE_NO_FRAME)
        return stack_push(&writing->stack, depth, no_frame, sizeof no_frame - 1);
    return stack_push(&writing->stack, depth, labels->bytes + start, end - start);
}

static void put_line(const struct writing *writing, uint32_t depth, uint64_t samples)
{
    stack_write(&writing->stack, depth, writing->out);
    fprintf(writing->out, " %" PRIu64 "\n", samples);
}

static int put_tree(struct writing *writing, const struct tree *tree)
{
    uint32_t depth = writing->depth;

    for (uint32_t i = tree_next(tree, 0, 0, &depth); i; i = tree_next(tree, i, 0, &depth)) {
        const struct tree_node *node = &tree->nodes[i];

        if (push_call(writing, node, depth) < 0)
            return -1;
        if (node->self.samples)
            put_line(writing, depth, node->self.samples);
    }
    return 0;
}

static int put_threads(struct writing *writing, const struct model_thread *const *threads, size_t nthreads)
{
    struct tree *tree = (writing->invert ? tree_new_inverted : tree_new)(writing->model, threads, nthreads, NULL);
    int result = tree ? put_tree(writing, tree) : -1;

    tree_free(tree);
    return result;
}

/* The next frame of what comes before the calls: a process or a thread, by number and name. */
static int push_heading(struct writing *writing, const char *what, uint64_t number, struct pyprof_text name)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    int result = -1;

    if (!out)
        return -1;
    fprintf(out, "%s %" PRIu64, what, number);
    if (name.size)
        fputs(": ", out);
    escape_text(out, name, ESCAPE_SEMICOLON, 0);
    if (fclose(out) == 0)
        result = stack_push(&writing->stack, ++writing->depth, bytes, size);
    free(bytes);
    return result;
}

static int put_process(struct writing *writing, const struct model_process *process, bool name_threads)
{
    uint32_t depth = writing->depth;

    for (size_t i = 0; i < process->nthreads; i++) {
        const struct model_thread *thread = &process->threads[i];

        writing->depth = depth;
        if (name_threads && push_heading(writing, "Thread", thread->tid ? thread->tid : thread->id, thread->name) < 0)
            return -1;
        if (put_threads(writing, &thread, 1) < 0)
            return -1;
    }
    return 0;
}

static int put_processes(struct writing *writing)
{
    const struct model *model = writing->model;
    bool name_threads = false;

    for (size_t i = 0; i < model->nprocesses; i++)
        name_threads = name_threads || model->processes[i].nthreads > 1;
    for (size_t i = 0; i < model->nprocesses; i++) {
        const struct model_process *process = &model->processes[i];
        struct pyprof_text command = summary_command(process);
        int named = 0;

        writing->depth = 0;
        if (model->nprocesses > 1)
            named = push_heading(writing, "Process", process->info.pid, command);
        free((char *)command.bytes);
        if (!command.bytes || named < 0 || put_process(writing, process, name_threads) < 0)
            return -1;
    }
    return 0;
}

static int put_combined(struct writing *writing)
{
    size_t n;
    const struct model_thread **threads = model_threads(writing->model, &n);
    int result = threads ? put_threads(writing, threads, n) : -1;

    free(threads);
    return result;
}

static int render_collapsed(const struct report *report, const struct render_options *options, FILE *out)
{
    struct writing writing = {.out = out, .model = report->model, .invert = options->invert};
    int result = labels_make(&writing.labels, report->model);

    if (result == 0)
        result = options->combine ? put_combined(&writing) : put_processes(&writing);
    labels_free(&writing.labels);
    stack_free(&writing.stack);
    return result;
}

static const char *const extensions[] = {".collapsed", ".folded", NULL};

const struct renderer collapsed_renderer = {
    .name = "collapsed",
    .description = "one line a stack with its samples, for flamegraph.pl",
    .extensions = extensions,
    .takes = TAKES_COMBINE | TAKES_INVERT | TAKES_TIME,
    .timed = false,
    .render = render_collapsed,
    .compare_takes = TAKES_COMBINE | TAKES_TIME,
    .compare = diff_render_collapsed,
};
