/*
 * html: one page that works offline, with the call trees as data
 *
 * The page is assets/page.html with its parts put in.  What comes from the stream is only ever in the data, JSON in a
 * script element that is not executed, escaped so that nothing in it can end the element; the page's script shows it as
 * text.  A content-security policy allows the page's own style and script, by their digests, and nothing else.
 *
 * Size: calls under DATA_THRESHOLD percent of their tree's root are folded here already; as long as the trees together
 * have more than MOST_NODES nodes, the threshold is raised.  Groups of library code come with the data; whether they are
 * folded is for the page to switch, and --show-all only says how it begins.
 */
#include "assets.h"
#include "diff_render.h"
#include "escape.h"
#include "grow.h"
#include "render.h"
#include "sha256.h"
#include "shape.h"
#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 500, FACT_COLUMNS = 4000, MOST_NODES = 100000, DEEPEST = 500 };

static const double DEFAULT_THRESHOLD = 1, DATA_THRESHOLD = 0.01, LEAST_RAISED = 0.001, THRESHOLD_STEP = 3;

/* What the page calls a node's flags. */
enum { APPLICATION = 1, HIDDEN = 2, NO_FRAME = 4 };

/* A tree of the page; the process is NULL for the tree of all. */
struct page_tree {
    const struct model_process *process;
    const struct model_thread *thread;
    struct tree *tree;
};

/* A page while it is written. */
struct page {
    FILE *out;
    const struct report *report;
    const struct render_options *options;
    struct shape_options shape;
    struct page_tree *trees;
    size_t ntrees, trees_room;
    uint32_t *functions; /* of the model's: their number in the page, + 1 */
    uint32_t *order;     /* of a tree's nodes: their number in the page; reused */
    size_t order_room;
};

/* JSON. */

static void put_string(FILE *out, struct pyprof_text text, size_t columns)
{
    fputc('"', out);
    escape_text(out, text, ESCAPE_JSON, columns);
    fputc('"', out);
}

static void put_comma(FILE *out, bool *first)
{
    if (!*first)
        fputc(',', out);
    *first = false;
}

static void put_bool(FILE *out, const char *key, bool value)
{
    fprintf(out, "\"%s\":%s,", key, value ? "true" : "false");
}

/* Collecting the trees. */

static int add_tree(struct page *page, const struct model_process *process, const struct model_thread *const *threads,
                    size_t nthreads)
{
    struct shape_options asked = {.all = page->options->all};
    struct tree *tree = tree_new(page->report->model, threads, nthreads, shape_skips(&asked));

    if (!tree || GROW(&page->trees, &page->trees_room, page->ntrees + 1) < 0) {
        tree_free(tree);
        return -1;
    }
    shape_tree(tree, &page->shape);
    page->trees[page->ntrees++] =
        (struct page_tree){.process = process, .thread = process ? threads[0] : NULL, .tree = tree};
    return 0;
}

static int add_combined(struct page *page)
{
    size_t n;
    const struct model_thread **threads = model_threads(page->report->model, &n);
    int result = threads ? add_tree(page, NULL, threads, n) : -1;

    free(threads);
    return result;
}

static int add_trees(struct page *page)
{
    const struct model *model = page->report->model;

    if (page->options->combine)
        return add_combined(page);
    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            const struct model_thread *thread = &model->processes[i].threads[k];

            if (!thread->idle && add_tree(page, &model->processes[i], &thread, 1) < 0)
                return -1;
        }
    return 0;
}

static void drop_trees(struct page *page)
{
    for (size_t i = 0; i < page->ntrees; i++)
        tree_free(page->trees[i].tree);
    page->ntrees = 0;
}

static size_t count_nodes(const struct page *page)
{
    size_t nodes = 0;

    for (size_t i = 0; i < page->ntrees; i++)
        for (uint32_t n = tree_next(page->trees[i].tree, 0, 0, NULL); n;
             n = tree_next(page->trees[i].tree, n, 0, NULL))
            nodes++;
    return nodes;
}

static int collect_trees(struct page *page)
{
    for (;;) {
        if (add_trees(page) < 0)
            return -1;
        if (count_nodes(page) <= MOST_NODES || page->shape.threshold > 100)
            return 0;
        drop_trees(page);
        page->shape.threshold = fmax(LEAST_RAISED, page->shape.threshold * THRESHOLD_STEP);
    }
}

/* Writing the data. */

static uint64_t microseconds(int64_t ns)
{
    return ns > 0 ? ((uint64_t)ns + 500) / 1000 : 0;
}

typedef uint64_t column(const struct page *, const struct tree *, uint32_t node);

static uint64_t parent_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    return page->order[tree->nodes[node].parent];
}

static uint64_t function_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    return page->functions[tree->nodes[node].function] - 1;
}

static uint64_t time_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    (void)page;
    return microseconds(tree->nodes[node].total.time);
}

static uint64_t samples_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    (void)page;
    return tree->nodes[node].total.samples;
}

static uint64_t flags_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    const struct tree_node *one = &tree->nodes[node];

    (void)page;
    return (one->application ? APPLICATION : 0U) | (one->hidden ? HIDDEN : 0U) |
           (one->kind == TREE_NO_FRAME ? NO_FRAME : 0U);
}

static uint64_t group_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    return page->order[tree->nodes[node].group];
}

static uint64_t folded_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    (void)page;
    return tree->nodes[node].folded;
}

static uint64_t folded_time_of(const struct page *page, const struct tree *tree, uint32_t node)
{
    (void)page;
    return microseconds(tree->nodes[node].folded_counts.time);
}

static void put_columns(struct page *page, const struct tree *tree)
{
    static const struct {
        const char *name;
        column *value;
    } columns[] = {{"parent", parent_of},   {"function", function_of},     {"time", time_of},
                   {"samples", samples_of}, {"flags", flags_of},           {"group", group_of},
                   {"folded", folded_of},   {"foldedTime", folded_time_of}};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        uint32_t node = 0;
        bool first = true;

        fprintf(page->out, "%s\"%s\":[", i ? "," : "", columns[i].name);
        do {
            put_comma(page->out, &first);
            fprintf(page->out, "%" PRIu64, columns[i].value(page, tree, node));
            node = tree_next(tree, node, 0, NULL);
        } while (node);
        fputc(']', page->out);
    }
}

/* Numbers a tree's nodes in the order of drawing. */
static int number_nodes(struct page *page, const struct tree *tree)
{
    uint32_t n = 0, node = 0;

    if (GROW(&page->order, &page->order_room, tree->count) < 0)
        return -1;
    do {
        page->order[node] = n++;
        node = tree_next(tree, node, 0, NULL);
    } while (node);
    return 0;
}

static int put_process_name(FILE *out, const struct model_process *process)
{
    struct pyprof_text command = summary_command(process);

    if (!command.bytes)
        return -1;
    fprintf(out, "\"Process %" PRIu64 ": ", process->info.pid);
    escape_text(out, command, ESCAPE_JSON, NAME_COLUMNS);
    fputc('"', out);
    free((char *)command.bytes);
    return 0;
}

static void put_thread_name(FILE *out, const struct model_thread *thread)
{
    fputs("\"Thread ", out);
    if (thread->name.size)
        escape_text(out, thread->name, ESCAPE_JSON, NAME_COLUMNS);
    else
        fprintf(out, "%" PRIu64, thread->tid ? thread->tid : thread->id);
    fputc('"', out);
}

static int put_tree(struct page *page, const struct page_tree *one)
{
    const struct counts *counts = one->thread ? &one->thread->counts : &page->report->model->counts;

    if (number_nodes(page, one->tree) < 0)
        return -1;
    fputs("{\"process\":", page->out);
    if (!one->process) {
        fputs("\"All processes and threads\",\"thread\":\"\"", page->out);
    } else {
        if (put_process_name(page->out, one->process) < 0)
            return -1;
        fputs(",\"thread\":", page->out);
        put_thread_name(page->out, one->thread);
    }
    fprintf(page->out, ",\"cpu\":%" PRIu64 ",\"nodes\":{", microseconds(counts->cpu));
    put_columns(page, one->tree);
    fputs("}}", page->out);
    return 0;
}

static int put_trees(struct page *page)
{
    bool first = true;

    fputs("\"trees\":[", page->out);
    for (size_t i = 0; i < page->ntrees; i++) {
        put_comma(page->out, &first);
        if (put_tree(page, &page->trees[i]) < 0)
            return -1;
    }
    fputs("],\n", page->out);
    return 0;
}

/* The functions that the trees name, in the order in which they do, and the number of each. */
static int number_functions(struct page *page, uint32_t **used, size_t *n)
{
    size_t room = 0;

    page->functions = calloc(page->report->model->nfunctions + 1, sizeof *page->functions);
    *n = 0;
    if (!page->functions)
        return -1;
    for (size_t i = 0; i < page->ntrees; i++) {
        const struct tree *tree = page->trees[i].tree;
        uint32_t node = 0;

        do {
            uint32_t *number = &page->functions[tree->nodes[node].function];

            if (!*number) {
                if (GROW(used, &room, *n + 1) < 0)
                    return -1;
                (*used)[(*n)++] = tree->nodes[node].function;
                *number = (uint32_t)*n;
            }
            node = tree_next(tree, node, 0, NULL);
        } while (node);
    }
    return 0;
}

static void put_functions(const struct page *page, const uint32_t *used, size_t n)
{
    const struct model_function *functions = page->report->model->functions;

    fputs("\"functions\":{\"name\":[", page->out);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? "," : "", page->out);
        put_string(page->out, functions[used[i]].name, NAME_COLUMNS);
    }
    fputs("],\"path\":[", page->out);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? "," : "", page->out);
        put_string(page->out, functions[used[i]].path, NAME_COLUMNS);
    }
    fputs("],\"line\":[", page->out);
    for (size_t i = 0; i < n; i++)
        fprintf(page->out, "%s%" PRIu32, i ? "," : "", functions[used[i]].firstline);
    fputs("]},\n", page->out);
}

static int put_facts(const struct page *page)
{
    struct summary *summary = summary_new(page->report);
    bool first = true;

    if (!summary)
        return -1;
    fputs("{\"program\":", page->out);
    put_string(page->out, summary->items[0].value, FACT_COLUMNS);
    fputs(",\n\"facts\":[", page->out);
    for (size_t i = 1; i < summary->count; i++) {
        put_comma(page->out, &first);
        fputc('{', page->out);
        put_bool(page->out, "warning", summary->items[i].warning);
        fprintf(page->out, "\"label\":\"%s\",\"value\":", summary->items[i].label);
        put_string(page->out, summary->items[i].value, FACT_COLUMNS);
        fputc('}', page->out);
    }
    fputs("],\n", page->out);
    summary_free(summary);
    return 0;
}

static void put_settings(const struct page *page)
{
    double threshold = page->options->threshold < 0 ? DEFAULT_THRESHOLD : page->options->threshold;

    fprintf(page->out, "\"decimals\":%u,\"threshold\":%g,", summary_decimals(page->report->model),
            page->options->all ? 0 : threshold);
    put_bool(page->out, "percent", page->options->percent);
    put_bool(page->out, "foldLibraries", !page->options->all);
    fputc('\n', page->out);
}

/* Threads that have no tree, and what else is to be said below the trees. */
static void put_notes(const struct page *page)
{
    const struct model *model = page->report->model;
    bool first = true;

    fputs("\"notes\":[", page->out);
    if (!model->counts.samples) {
        put_comma(page->out, &first);
        fprintf(page->out, "\"No samples%s.\"", model->sums.removed ? ": filters removed all of them" : "");
    }
    for (size_t i = 0; i < model->nprocesses && !page->options->combine; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            const struct model_thread *thread = &model->processes[i].threads[k];

            if (!thread->idle)
                continue;
            put_comma(page->out, &first);
            fprintf(page->out, "\"Process %" PRIu64 ", ", model->processes[i].info.pid);
            escape_text(page->out, thread->name.size ? thread->name : text_of("a thread"), ESCAPE_JSON, NAME_COLUMNS);
            fprintf(page->out, ": no Python frame in %" PRIu64 " samples\"", thread->counts.samples);
        }
    put_comma(page->out, &first);
    fprintf(page->out, "\"Calls under %g %% of their tree are in this page only as numbers.\"]}",
            page->shape.threshold);
}

static int put_data(struct page *page)
{
    uint32_t *used = NULL;
    size_t n;
    int result = -1;

    if (put_facts(page) == 0 && collect_trees(page) == 0 && number_functions(page, &used, &n) == 0) {
        put_settings(page);
        put_functions(page, used, n);
        result = put_trees(page);
        put_notes(page);
    }
    free(used);
    drop_trees(page);
    free(page->trees);
    free(page->functions);
    free(page->order);
    return result;
}

/* The page's parts. */

static int put_asset(FILE *out, struct pyprof_text asset)
{
    fwrite(asset.bytes, 1, asset.size, out);
    return 0;
}

static int put_style(struct page *page)
{
    return put_asset(page->out, assets_css());
}

static int put_script(struct page *page)
{
    return put_asset(page->out, assets_js());
}

static int put_policy(struct page *page)
{
    char script[SHA256_BASE64_SIZE], style[SHA256_BASE64_SIZE];

    sha256_base64(assets_js().bytes, assets_js().size, script);
    sha256_base64(assets_css().bytes, assets_css().size, style);
    fprintf(page->out,
            "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; "
            "form-action 'none'",
            script, style);
    return 0;
}

/* Writes the part that is called `name`. */
static int put_part(struct page *page, struct pyprof_text name)
{
    static const struct {
        const char *name;
        int (*put)(struct page *);
    } parts[] = {{"policy", put_policy}, {"style", put_style}, {"data", put_data}, {"script", put_script}};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (text_equal(name, text_of(parts[i].name)))
            return parts[i].put(page);
    return 0;
}

static int render_html(const struct report *report, const struct render_options *options, FILE *out)
{
    struct page page = {.out = out, .report = report, .options = options};
    const char *at = assets_html().bytes, *end = at + assets_html().size, *open, *close;

    page.shape = (struct shape_options){.threshold = DATA_THRESHOLD, .depth = DEEPEST, .whole = report->model->root};
    if (options->threshold >= 0 && options->threshold < DATA_THRESHOLD)
        page.shape.threshold = options->threshold;
    while ((open = memmem(at, (size_t)(end - at), "{{", 2)) &&
           (close = memmem(open, (size_t)(end - open), "}}", 2))) {
        fwrite(at, 1, (size_t)(open - at), out);
        if (put_part(&page, (struct pyprof_text){open + 2, (size_t)(close - open - 2)}) < 0)
            return -1;
        at = close + 2;
    }
    fwrite(at, 1, (size_t)(end - at), out);
    return 0;
}

static const char *const extensions[] = {".html", ".htm", NULL};

const struct renderer html_renderer = {
    .name = "html",
    .description = "a page that works offline",
    .extensions = extensions,
    .takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_FOLDING,
    .timed = true,
    .render = render_html,
    .compare_takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_TIME,
    .compare = diff_render_html,
};
