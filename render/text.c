/*
 * text: call trees for terminals, logs and mail
 *
 * One line a call: time, name, place.  Foreign strings are escaped, so that none can move the cursor, and cut at
 * NAME_COLUMNS.  A row of fewer than SURE_SAMPLES samples says how far chance may have moved it.
 */
#include "escape.h"
#include "grow.h"
#include "render.h"
#include "shape.h"
#include "summary.h"

#include <inttypes.h>

enum { NAME_COLUMNS = 200, FACT_COLUMNS = 2000, SURE_SAMPLES = 100, DEEPEST = 500 };

static const double DEFAULT_THRESHOLD = 1;

/* The line-drawing of the tree. */
struct branches {
    const char *child, *last, *pass, *none;
};

static const struct branches unicode_branches = {"├─ ", "└─ ", "│  ", "   "};
static const struct branches ascii_branches = {"|- ", "`- ", "|  ", "   "};

enum { FAINT = 2, BOLD = 1, RED = 31, GREEN = 32, YELLOW = 33, RESET = 0 };

/* A report while it is drawn. */
struct drawing {
    FILE *out;
    const struct report *report;
    const struct render_options *options;
    const struct branches *branches;
    unsigned escapes;
    unsigned decimals;
    struct shape_options shape;
    const char **indent; /* of the row that is drawn, reused */
    size_t indent_room;
};

static void color(const struct drawing *drawing, int code)
{
    if (drawing->options->color)
        fprintf(drawing->out, "\033[%dm", code);
}

static void put_text(const struct drawing *drawing, struct pyprof_text text, size_t columns)
{
    escape_text(drawing->out, text, drawing->escapes, columns);
}

static int share_color(double share)
{
    if (share > 0.6)
        return RED;
    if (share > 0.2)
        return YELLOW;
    return share > 0.05 ? GREEN : FAINT;
}

static void put_time(const struct drawing *drawing, int64_t time, int64_t whole)
{
    if (drawing->options->percent)
        fprintf(drawing->out, "%.1f%%", whole ? 100.0 * (double)time / (double)whole : 0.0);
    else
        summary_seconds(drawing->out, time, drawing->decimals);
}

/* The error in the last digit shown or above it, that is. */
static bool error_matters(const struct drawing *drawing, const struct counts *part, int64_t error, int64_t whole)
{
    int64_t digit = 1000000000;

    for (unsigned i = 0; i < drawing->decimals; i++)
        digit /= 10;
    if (drawing->options->percent)
        digit = whole / 1000;
    return part->samples < SURE_SAMPLES && error && error >= digit;
}

static void put_measure(const struct drawing *drawing, const struct counts *part, const struct counts *whole)
{
    int64_t error = summary_error(part, whole);

    color(drawing, share_color(whole->time ? (double)part->time / (double)whole->time : 0));
    put_time(drawing, part->time, whole->time);
    if (error_matters(drawing, part, error, whole->time)) {
        fputs(drawing->options->unicode ? " ±" : " +-", drawing->out);
        put_time(drawing, error, whole->time);
    }
    color(drawing, RESET);
    fputc(' ', drawing->out);
}

static void put_call(const struct drawing *drawing, const struct tree *tree, const struct tree_node *node)
{
    const struct model_function *function = &tree->model->functions[node->function];

    color(drawing, node->application ? BOLD : FAINT);
    put_text(drawing, function->name.size ? function->name : text_of("[lost]"), NAME_COLUMNS);
    color(drawing, RESET);
    if (!function->path.size)
        return;
    fputs("  ", drawing->out);
    color(drawing, FAINT);
    put_text(drawing, function->path, NAME_COLUMNS);
    fprintf(drawing->out, ":%" PRIu32, function->firstline);
    color(drawing, RESET);
}

/* What was folded below a row and is too little for a row of its own. */
static void put_folded(const struct drawing *drawing, const struct tree *tree, uint32_t index)
{
    const struct tree_node *node = &tree->nodes[index];

    for (uint32_t child = node->first_child; child; child = tree->nodes[child].next_sibling)
        if (tree->nodes[child].kind == TREE_OTHER)
            return;
    if (!node->folded || node->kind == TREE_OTHER)
        return;
    color(drawing, FAINT);
    fprintf(drawing->out, "  [+%" PRIu32 " %s, ", node->folded, node->folded == 1 ? "frame" : "frames");
    put_time(drawing, node->folded_counts.time, tree->nodes[0].total.time);
    fputs(drawing->options->percent ? "]" : " s]", drawing->out);
    color(drawing, RESET);
}

static void put_label(const struct drawing *drawing, const struct tree *tree, const struct tree_node *node)
{
    switch (node->kind) {
    case TREE_CALL:
        put_call(drawing, tree, node);
        break;
    case TREE_NO_FRAME:
        fputs("[no Python frame]", drawing->out);
        break;
    case TREE_SELF:
        fputs(node->parent ? "[self]" : "[start-up]", drawing->out);
        break;
    case TREE_OTHER:
        fprintf(drawing->out, "other (%" PRIu32 " %s, ", node->folded, node->folded == 1 ? "frame" : "frames");
        put_time(drawing, node->total.time, tree->nodes[0].total.time);
        fputs(drawing->options->percent ? ")" : " s)", drawing->out);
        break;
    }
}

/* The lines that lead down past a row, outermost first; `depth` is the row's. */
static int put_indent(struct drawing *drawing, const struct tree *tree, uint32_t node, uint32_t depth)
{
    if (GROW(&drawing->indent, &drawing->indent_room, depth + 1) < 0)
        return -1;
    for (uint32_t level = depth; level > 1; level--, node = tree->nodes[node].parent)
        drawing->indent[level] = tree->nodes[node].next_sibling ? drawing->branches->pass : drawing->branches->none;
    for (uint32_t level = 2; level <= depth; level++)
        fputs(drawing->indent[level], drawing->out);
    return 0;
}

/* "json", of "json/decoder.py"; "threading", of "threading.py". */
static struct pyprof_text library_of(const struct model_function *function)
{
    struct pyprof_text path = function->path;

    for (size_t i = 1; i < path.size; i++) {
        if (path.bytes[i] != '/' && !(path.size - i == 3 && path.bytes[i] == '.' && path.bytes[i + 1] == 'p'))
            continue;
        path.size = i;
        break;
    }
    return path;
}

/* The libraries of a group's hidden calls, in their order, each once, a few of them. */
static void put_libraries(const struct drawing *drawing, const struct tree *tree, uint32_t group)
{
    enum { NAMED = 6 };
    struct pyprof_text named[NAMED];
    size_t n = 0;

    for (uint32_t i = tree->nodes[group].group_next; i; i = tree->nodes[i].group_next) {
        struct pyprof_text library = library_of(&tree->model->functions[tree->nodes[i].function]);
        size_t known = 0;

        while (known < n && !text_equal(named[known], library))
            known++;
        if (known < n || !library.size)
            continue;
        if (n == NAMED) {
            fputs(drawing->options->unicode ? ", …" : ", ...", drawing->out);
            return;
        }
        fputs(n ? ", " : "  ", drawing->out);
        put_text(drawing, library, NAME_COLUMNS / NAMED);
        named[n++] = library;
    }
}

static int put_group(struct drawing *drawing, const struct tree *tree, uint32_t node, uint32_t depth)
{
    const struct branches *branches = drawing->branches;

    if (!tree->nodes[node].group_size)
        return 0;
    if (put_indent(drawing, tree, node, depth) < 0)
        return -1;
    fputs(tree->nodes[node].first_child ? branches->pass : branches->none, drawing->out);
    color(drawing, FAINT);
    fprintf(drawing->out, "[%" PRIu32 " frames hidden]", tree->nodes[node].group_size);
    put_libraries(drawing, tree, node);
    color(drawing, RESET);
    fputc('\n', drawing->out);
    return 0;
}

static int put_row(struct drawing *drawing, const struct tree *tree, uint32_t index, uint32_t depth)
{
    const struct tree_node *node = &tree->nodes[index];

    if (put_indent(drawing, tree, node->parent, depth - 1) < 0)
        return -1;
    if (depth > 1)
        fputs(node->next_sibling ? drawing->branches->child : drawing->branches->last, drawing->out);
    put_measure(drawing, &node->total, &tree->nodes[0].total);
    put_label(drawing, tree, node);
    put_folded(drawing, tree, index);
    fputc('\n', drawing->out);
    return put_group(drawing, tree, index, depth);
}

static int put_tree(struct drawing *drawing, struct tree *tree)
{
    uint32_t depth = 0;

    shape_tree(tree, &drawing->shape);
    if (shape_splice(tree) < 0 || shape_rows(tree, &drawing->shape) < 0)
        return -1;
    for (uint32_t node = tree_next(tree, 0, 0, &depth); node; node = tree_next(tree, node, 0, &depth))
        if (put_row(drawing, tree, node, depth) < 0)
            return -1;
    return 0;
}

static int put_threads(struct drawing *drawing, const struct model_thread *const *threads, size_t nthreads)
{
    struct tree *tree = tree_new(drawing->report->model, threads, nthreads, shape_skips(&drawing->shape));
    int result = tree ? put_tree(drawing, tree) : -1;

    tree_free(tree);
    return result;
}

static void put_counts(const struct drawing *drawing, const struct counts *counts)
{
    color(drawing, FAINT);
    fputs("  ", drawing->out);
    summary_seconds(drawing->out, counts->time, drawing->decimals);
    fputs(" s, CPU ", drawing->out);
    summary_seconds(drawing->out, counts->cpu, drawing->decimals);
    fprintf(drawing->out, " s, %" PRIu64 " %s", counts->samples, counts->samples == 1 ? "sample" : "samples");
    color(drawing, RESET);
    fputc('\n', drawing->out);
}

static void put_thread_name(const struct drawing *drawing, const struct model_thread *thread)
{
    if (thread->name.size)
        put_text(drawing, thread->name, NAME_COLUMNS);
    else
        fprintf(drawing->out, "%" PRIu64, thread->tid ? thread->tid : thread->id);
}

static int put_thread(struct drawing *drawing, const struct model_thread *thread)
{
    fputc('\n', drawing->out);
    color(drawing, BOLD);
    fputs("Thread ", drawing->out);
    put_thread_name(drawing, thread);
    color(drawing, RESET);
    put_counts(drawing, &thread->counts);
    return put_threads(drawing, &thread, 1);
}

/* Threads that never ran Python code have no tree: one line for all of them. */
static void put_idle(const struct drawing *drawing, const struct model_process *process)
{
    struct counts counts = {0};

    for (size_t i = 0; i < process->nthreads; i++) {
        if (!process->threads[i].idle)
            continue;
        fputs(counts.samples ? ", " : "\nThreads without Python frames: ", drawing->out);
        put_thread_name(drawing, &process->threads[i]);
        counts_add(&counts, &process->threads[i].counts);
    }
    if (counts.samples)
        put_counts(drawing, &counts);
}

static int put_process(struct drawing *drawing, const struct model_process *process)
{
    struct pyprof_text command = summary_command(process);

    if (!command.bytes)
        return -1;
    fputc('\n', drawing->out);
    color(drawing, BOLD);
    fprintf(drawing->out, "Process %" PRIu64 ": ", process->info.pid);
    put_text(drawing, command, NAME_COLUMNS);
    free((char *)command.bytes);
    color(drawing, RESET);
    if (!process->nthreads)
        fputs("  no samples", drawing->out);
    fputc('\n', drawing->out);
    for (size_t i = 0; i < process->nthreads; i++)
        if (!process->threads[i].idle && put_thread(drawing, &process->threads[i]) < 0)
            return -1;
    put_idle(drawing, process);
    return 0;
}

static int put_combined(struct drawing *drawing)
{
    const struct model *model = drawing->report->model;
    size_t n;
    const struct model_thread **threads = model_threads(model, &n);
    int result;

    if (!threads)
        return -1;
    fputc('\n', drawing->out);
    color(drawing, BOLD);
    fputs("All processes and threads", drawing->out);
    color(drawing, RESET);
    put_counts(drawing, &model->counts);
    result = put_threads(drawing, threads, n);
    free(threads);
    return result;
}

static int put_facts(const struct drawing *drawing)
{
    struct summary *summary = summary_new(drawing->report);

    if (!summary)
        return -1;
    for (size_t i = 0; i < summary->count; i++) {
        const struct fact *fact = &summary->items[i];

        color(drawing, fact->warning ? YELLOW : FAINT);
        fprintf(drawing->out, "%-10s", fact->label);
        if (!fact->warning)
            color(drawing, RESET);
        put_text(drawing, fact->value, FACT_COLUMNS);
        if (fact->warning)
            color(drawing, RESET);
        fputc('\n', drawing->out);
    }
    summary_free(summary);
    return 0;
}

static int put_trees(struct drawing *drawing)
{
    const struct model *model = drawing->report->model;

    if (!model->counts.samples) {
        fprintf(drawing->out, "\nNo samples%s.\n", model->sums.removed ? ": filters removed all of them" : "");
        return 0;
    }
    if (drawing->options->combine)
        return put_combined(drawing);
    for (size_t i = 0; i < model->nprocesses; i++)
        if (put_process(drawing, &model->processes[i]) < 0)
            return -1;
    return 0;
}

static int render_text(const struct report *report, const struct render_options *options, FILE *out)
{
    struct drawing drawing = {.out = out, .report = report, .options = options};
    int result;

    drawing.branches = options->unicode ? &unicode_branches : &ascii_branches;
    drawing.escapes = options->unicode ? 0 : ESCAPE_ASCII;
    drawing.decimals = summary_decimals(report->model);
    drawing.shape.all = options->all;
    drawing.shape.threshold = options->threshold < 0 ? DEFAULT_THRESHOLD : options->threshold;
    drawing.shape.depth = DEEPEST;
    result = put_facts(&drawing) < 0 ? -1 : put_trees(&drawing);
    free(drawing.indent);
    return result;
}

static const char *const extensions[] = {".txt", ".text", NULL};

const struct renderer text_renderer = {
    .name = "text",
    .description = "call trees for a terminal",
    .extensions = extensions,
    .timed = true,
    .render = render_text,
};
