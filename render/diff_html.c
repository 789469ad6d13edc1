/*
 * diff_html: what changed, as one page that works offline
 *
 * The page is assets/diff/diff.html with its parts put in.  What comes from the streams is only ever in the data, as JSON
 * in a script element that is never run, which the page's script shows as text.
 *
 * Calls are numbered in the order of the tree, so that a callee's number is greater than its caller's.  Times are
 * microseconds.  Where there are more than MOST_NODES calls, the smaller ones on both sides are in the page only as what
 * their caller's total has more than its rows.
 */
#include "assets.h"
#include "diff_render.h"
#include "diff_shape.h"
#include "escape.h"
#include "shape.h"
#include "template.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MOST_NODES = 50000, NAME_COLUMNS = 500, FACT_COLUMNS = 4000, DEEPEST = 500 };

static const double DEFAULT_THRESHOLD = 1;

/* A page while it is written. */
struct page {
    const struct comparison *comparison;
    const struct render_options *options;
    struct diff *diff; /* the calls */
    uint32_t *numbers; /* of nodes, in the page; 0 for those that are not in it, but for the root */
    struct summary *facts[DIFF_SIDES], *notes;
    uint64_t folded; /* calls that are not in the page */
};

static void put_string(FILE *out, struct pyprof_text text, size_t columns)
{
    fputc('"', out);
    escape_text(out, text, ESCAPE_JSON, columns);
    fputc('"', out);
}

static void put_facts(FILE *out, const struct summary *facts)
{
    fputc('[', out);
    for (size_t i = 0; i < facts->count; i++) {
        fprintf(out, "%s{\"label\":\"%s\",\"warning\":%s,\"value\":", i ? "," : "", facts->items[i].label,
                facts->items[i].warning ? "true" : "false");
        put_string(out, facts->items[i].value, FACT_COLUMNS);
        fputc('}', out);
    }
    fputs("]", out);
}

static void put_sides(const struct page *page, FILE *out)
{
    fputs("\"sides\":[", out);
    for (int side = 0; side < DIFF_SIDES; side++) {
        fprintf(out, "%s{\"runs\":\"", side ? ",\n" : "");
        comparison_write_runs(out, page->comparison, (enum diff_side)side);
        fputs("\",\"facts\":", out);
        put_facts(out, page->facts[side]);
        fputc('}', out);
    }
    fputs("],\n\"notes\":", out);
    put_facts(out, page->notes);
}

static void put_settings(const struct page *page, FILE *out)
{
    const struct render_options *options = page->options;
    double threshold = options->threshold < 0 ? DEFAULT_THRESHOLD : options->threshold;

    fprintf(out, ",\n\"decimals\":%u,\"threshold\":%g,\"percent\":%s,\"folded\":%" PRIu64,
            comparison_decimals(page->comparison), options->all ? 0 : threshold, options->percent ? "true" : "false",
            page->folded);
}

static int64_t microseconds(int64_t ns)
{
    return ns / 1000 + (ns % 1000 >= 500);
}

static void put_measure(FILE *out, const struct diff *diff, const struct diff_measure *measure)
{
    struct diff_change change = diff_change(diff, measure);

    fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRId64, microseconds(change.old), microseconds(change.new),
            microseconds(change.spread));
}

/* [name, path, first line, application] and its self time. */
static void put_functions(FILE *out, const char *name, const struct diff *diff)
{
    fprintf(out, ",\n\"%s\":[", name);
    for (size_t i = 0; i <= diff->nfunctions; i++) {
        const struct diff_function *function = &diff->functions[i];

        fputs(i ? ",\n[" : "[", out);
        put_string(out, function->name.size || !i ? function->name : text_of("[lost]"), NAME_COLUMNS);
        fputc(',', out);
        put_string(out, function->path, NAME_COLUMNS);
        fprintf(out, ",%" PRIu32 ",%d", function->firstline, function->origin == ORIGIN_APPLICATION);
        put_measure(out, diff, &function->self);
        fputc(']', out);
    }
    fputc(']', out);
}

/* [caller, function], its total time and its self time. */
static void put_node(const struct page *page, FILE *out, uint32_t index)
{
    const struct diff_node *node = &page->diff->nodes[index];

    fprintf(out, "%s[%" PRIu32 ",%" PRIu32, index ? ",\n" : "", page->numbers[node->parent], node->function);
    put_measure(out, page->diff, &node->total);
    put_measure(out, page->diff, &node->self);
    fputc(']', out);
}

static void put_nodes(const struct page *page, FILE *out)
{
    uint32_t depth = 0, node = 0;

    fputs(",\n\"nodes\":[", out);
    do {
        if (!node || page->numbers[node])
            put_node(page, out, node);
        node = diff_next(page->diff, node, &depth);
    } while (node);
    fputs("]", out);
}

static void put_data(void *context, FILE *out)
{
    const struct page *page = context;

    fputc('{', out);
    put_sides(page, out);
    put_settings(page, out);
    put_functions(out, "functions", page->comparison->plain);
    put_functions(out, "callees", page->diff);
    put_nodes(page, out);
    fputc('}', out);
}

static void put_policy(void *context, FILE *out)
{
    (void)context;
    template_put_policy(out, assets_diff_css(), assets_diff_js());
}

static void put_style(void *context, FILE *out)
{
    (void)context;
    fwrite(assets_diff_css().bytes, 1, assets_diff_css().size, out);
}

static void put_script(void *context, FILE *out)
{
    (void)context;
    fwrite(assets_diff_js().bytes, 1, assets_diff_js().size, out);
}

static bool is_in(const struct diff *diff, uint32_t node, int64_t least)
{
    struct diff_change total = diff_change(diff, &diff->nodes[node].total);

    return total.old >= least || total.new >= least;
}

/* Numbers the calls of `least` ns and more, whose callers have that too; returns how many there are. */
static size_t number_nodes(struct page *page, int64_t least)
{
    const struct diff *diff = page->diff;
    uint32_t depth = 0, numbered = 0;

    for (uint32_t node = 0; (node = diff_next(diff, node, &depth));) {
        uint32_t parent = diff->nodes[node].parent;
        bool wanted = depth <= DEEPEST && (!parent || page->numbers[parent]) && is_in(diff, node, least);

        page->numbers[node] = wanted ? ++numbered : 0;
    }
    return numbered;
}

static int choose_nodes(struct page *page)
{
    int64_t least = 0;
    size_t numbered;

    page->numbers = calloc(page->diff->nnodes, sizeof *page->numbers);
    if (!page->numbers)
        return -1;
    while ((numbered = number_nodes(page, least)) > MOST_NODES)
        least = least ? least * 2 : 1000;
    page->folded = page->diff->nnodes - 1 - numbered;
    return 0;
}

static int prepare(struct page *page)
{
    struct shape_options shape = {.all = page->options->all};

    page->diff = comparison_diff(page->comparison, shape_skips(&shape));
    page->notes = comparison_notes(page->comparison);
    for (int side = 0; side < DIFF_SIDES; side++)
        if (!(page->facts[side] = summary_new(page->comparison->side[side])))
            return -1;
    return !page->diff || !page->notes || diff_sort(page->diff) < 0 ? -1 : choose_nodes(page);
}

int diff_render_html(const struct comparison *comparison, const struct render_options *options, FILE *out)
{
    static const struct template_part parts[] = {
        {"policy", put_policy}, {"style", put_style}, {"data", put_data}, {"script", put_script}};
    struct page page = {.comparison = comparison, .options = options};
    int result = prepare(&page);

    if (result == 0)
        template_write(out, assets_diff_html(), parts, sizeof parts / sizeof *parts, &page);
    for (int side = 0; side < DIFF_SIDES; side++)
        summary_free(page.facts[side]);
    summary_free(page.notes);
    free(page.numbers);
    diff_free(page.diff);
    return result;
}
