/*
 * diff_text: what changed, for terminals, logs and mail
 *
 * First what was recorded on each side, then two tables of the same columns: functions by their own time, whose changes
 * add up to that of the whole, and calls by their total time, or functions by theirs.  What did not change is folded into
 * one row in each place.  Numbers are never cut to a width, names are.
 */
#include "diff_render.h"
#include "diff_shape.h"
#include "escape.h"
#include "grow.h"
#include "shape.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LEAST_NAME = 12, DEEPEST = 500, PERCENT_COLUMNS = 9 };

struct branches {
    const char *child, *last, *pass, *none;
};

static const struct branches unicode_branches = {"├─ ", "└─ ", "│  ", "   "};
static const struct branches ascii_branches = {"|- ", "`- ", "|  ", "   "};

/* A report while it is drawn. */
struct drawing {
    struct text text;
    const struct comparison *comparison;
    const struct branches *branches;
    int columns; /* of a number */
    int64_t whole;
    struct diff_shape_options shape;
    const struct diff *diff; /* whose rows are drawn */
    const char **indent;     /* of the row that is drawn, reused */
    size_t indent_room;
};

/* Writes what was printed into its column, `sign` before what is above 0; what shows as 0 has no sign. */
static void put_printed(const struct drawing *drawing, const char *text, const char *sign, int columns)
{
    bool zero = !strpbrk(text, "123456789");

    text += zero && *text == '-';
    if (zero || *text == '-')
        sign = "";
    fprintf(drawing->text.out, "%*s%s%s", columns - (int)(strlen(sign) + strlen(text)), "", sign, text);
}

static void put_number(const struct drawing *drawing, int64_t ns, const char *sign, int columns)
{
    char text[64];
    FILE *out = fmemopen(text, sizeof text, "w");

    if (!out)
        return;
    if (drawing->text.options->percent)
        fprintf(out, "%.1f%%", drawing->whole ? 100 * (double)ns / (double)drawing->whole : 0.0);
    else
        summary_seconds(out, ns, drawing->text.decimals);
    fclose(out);
    put_printed(drawing, text, sign, columns);
}

static int number_columns(const struct drawing *drawing)
{
    int columns = 2 + (int)drawing->text.decimals;

    if (drawing->text.options->percent)
        return 6;
    for (int64_t seconds = drawing->whole / 1000000000; seconds >= 10; seconds /= 10)
        columns++;
    return columns < 6 ? 6 : columns;
}

/* Nothing for rows folded into one, of which one may be new and another gone. */
static void put_percent(const struct drawing *drawing, struct diff_change change, bool single)
{
    double percent = diff_percent(change);
    char text[32];

    if (change.old && change.new)
        snprintf(text, sizeof text, fabs(percent) < 1000 ? "%.1f %%" : "%.2g %%", percent);
    else if (!single || change.old == change.new)
        *text = '\0';
    else
        snprintf(text, sizeof text, change.old ? "gone" : "new");
    fputc(' ', drawing->text.out);
    put_printed(drawing, text, change.old && change.new ? "+" : "", PERCENT_COLUMNS);
}

static void put_change(const struct drawing *drawing, struct diff_change change, bool spread_known)
{
    bool sure = spread_known && diff_is_sure(change);

    put_number(drawing, change.old, "", drawing->columns);
    fputc(' ', drawing->text.out);
    put_number(drawing, change.new, "", drawing->columns);
    fputc(' ', drawing->text.out);
    text_color(&drawing->text, !sure ? TEXT_FAINT : change.change > 0 ? TEXT_RED : TEXT_CYAN);
    put_number(drawing, change.change, "+", drawing->columns + 1);
    put_percent(drawing, change, spread_known);
    text_color(&drawing->text, TEXT_RESET);
    fputc(' ', drawing->text.out);
    if (spread_known)
        put_number(drawing, change.spread, "", drawing->columns);
    else
        fprintf(drawing->text.out, "%*s", drawing->columns, "");
    fputs("  ", drawing->text.out);
}

static void put_heading(const struct drawing *drawing, const char *label)
{
    int columns = drawing->columns;

    fputc('\n', drawing->text.out);
    text_color(&drawing->text, TEXT_BOLD);
    fprintf(drawing->text.out, "%*s %*s %*s %*s %*s  %s", columns, "old", columns, "new", columns + 1, "change",
            PERCENT_COLUMNS, "", columns + (drawing->text.options->unicode ? 1 : 0),
            drawing->text.options->unicode ? "±" : "+-", label);
    text_color(&drawing->text, TEXT_RESET);
    fputc('\n', drawing->text.out);
}

/* Columns that are left for a row's label behind `taken` of them. */
static size_t label_columns(const struct drawing *drawing, size_t taken)
{
    size_t width = drawing->text.options->width;

    if (!width)
        return TEXT_NAME_COLUMNS;
    return width < taken + LEAST_NAME ? LEAST_NAME : width - taken;
}

/* Columns of the numbers before a label. */
static size_t number_part(const struct drawing *drawing)
{
    return (size_t)(4 * (drawing->columns + 1) + 2 + PERCENT_COLUMNS + 1);
}

static void put_function(const struct drawing *drawing, uint32_t index, bool application, size_t indent)
{
    const struct diff_function *function = &drawing->diff->functions[index];
    size_t room = label_columns(drawing, number_part(drawing) + indent), used;
    char line[16];

    text_color(&drawing->text, application ? TEXT_BOLD : TEXT_FAINT);
    used = escape_text(drawing->text.out, function->name.size ? function->name : text_of("[lost]"),
                       drawing->text.escapes, room < TEXT_NAME_COLUMNS ? room : TEXT_NAME_COLUMNS);
    text_color(&drawing->text, TEXT_RESET);
    snprintf(line, sizeof line, ":%" PRIu32, function->firstline);
    if (!function->path.size || (drawing->text.options->width && used + 2 + strlen(line) + LEAST_NAME > room))
        return;
    text_color(&drawing->text, TEXT_FAINT);
    fputs("  ", drawing->text.out);
    escape_end(drawing->text.out, function->path, drawing->text.escapes,
               drawing->text.options->width ? room - used - 2 - strlen(line) : TEXT_NAME_COLUMNS);
    fputs(line, drawing->text.out);
    text_color(&drawing->text, TEXT_RESET);
}

static void put_folded(const struct drawing *drawing, const char *what, uint64_t rows)
{
    text_color(&drawing->text, TEXT_FAINT);
    fprintf(drawing->text.out, "%s (%" PRIu64 " %s)", what, rows, rows == 1 ? "row" : "rows");
    text_color(&drawing->text, TEXT_RESET);
}

static void put_total(const struct drawing *drawing)
{
    put_change(drawing, diff_change(drawing->diff, &drawing->diff->nodes[0].total), true);
    text_color(&drawing->text, TEXT_BOLD);
    fputs("total", drawing->text.out);
    text_color(&drawing->text, TEXT_RESET);
    fputc('\n', drawing->text.out);
}

/* The functions that did not change; total times overlap, so that they have no sum. */
static void put_rest(const struct drawing *drawing, const struct diff_measure *rest, size_t n, bool total)
{
    if (!n)
        return;
    if (total)
        fprintf(drawing->text.out, "%*s", (int)number_part(drawing), "");
    else
        put_change(drawing, diff_change(drawing->diff, rest), false);
    put_folded(drawing, "unchanged", n);
    fputc('\n', drawing->text.out);
}

/* Functions by their self or total time: those that changed, and the others as one row. */
static int put_functions(struct drawing *drawing, bool total)
{
    struct diff *diff = drawing->comparison->plain;
    struct diff_measure rest = {0};
    size_t n, unchanged = 0;
    uint32_t *functions = diff_functions(diff, total, &n);

    if (!functions)
        return -1;
    drawing->diff = diff;
    put_heading(drawing, total ? "functions, total time" : "functions, self time");
    put_total(drawing);
    for (size_t i = 0; i < n; i++) {
        const struct diff_function *function = &diff->functions[functions[i]];
        const struct diff_measure *measure = total ? &function->total : &function->self;

        if (!drawing->shape.all && !diff_has_changed(diff, measure, &drawing->shape)) {
            diff_add_sums(&rest, measure);
            unchanged++;
            continue;
        }
        put_change(drawing, diff_change(diff, measure), true);
        put_function(drawing, functions[i], function->origin == ORIGIN_APPLICATION, 0);
        fputc('\n', drawing->text.out);
    }
    put_rest(drawing, &rest, unchanged, total);
    free(functions);
    return 0;
}

/* The lines that lead down past a row, outermost first; `depth` is the row's. */
static int put_indent(struct drawing *drawing, uint32_t node, uint32_t depth)
{
    const struct diff_node *nodes = drawing->diff->nodes;

    if (GROW(&drawing->indent, &drawing->indent_room, depth + 1) < 0)
        return -1;
    drawing->indent[depth] = nodes[node].next_sibling ? drawing->branches->child : drawing->branches->last;
    for (uint32_t level = depth - 1; level > 1; level--) {
        node = nodes[node].parent;
        drawing->indent[level] = nodes[node].next_sibling ? drawing->branches->pass : drawing->branches->none;
    }
    for (uint32_t level = 2; level <= depth; level++)
        fputs(drawing->indent[level], drawing->text.out);
    return 0;
}

static void put_label(const struct drawing *drawing, const struct diff_node *node, uint32_t depth)
{
    switch (node->kind) {
    case DIFF_CALL:
        put_function(drawing, node->function, node->application, (size_t)(depth - 1) * 3);
        break;
    case DIFF_SELF:
        fputs("[self]", drawing->text.out);
        break;
    case DIFF_UNCHANGED:
        put_folded(drawing, "unchanged", node->rows);
        break;
    case DIFF_DEEPER:
        put_folded(drawing, "deeper", node->rows);
        break;
    }
    if (!node->hidden)
        return;
    text_color(&drawing->text, TEXT_FAINT);
    fprintf(drawing->text.out, "  [%" PRIu32 " library %s hidden]", node->hidden,
            node->hidden == 1 ? "call" : "calls");
    text_color(&drawing->text, TEXT_RESET);
}

static int put_row(struct drawing *drawing, uint32_t index, uint32_t depth)
{
    const struct diff_node *node = &drawing->diff->nodes[index];

    put_change(drawing, diff_change(drawing->diff, &node->total), node->kind < DIFF_UNCHANGED);
    if (put_indent(drawing, index, depth) < 0)
        return -1;
    put_label(drawing, node, depth);
    fputc('\n', drawing->text.out);
    return 0;
}

static int put_calls(struct drawing *drawing)
{
    struct shape_options shape = {.all = drawing->text.options->all};
    struct diff *diff = comparison_diff(drawing->comparison, shape_skips(&shape));
    uint32_t depth = 0;
    int result = diff ? diff_shape(diff, &drawing->shape) : -1;

    drawing->diff = diff;
    if (result == 0)
        put_heading(drawing, "calls, total time");
    for (uint32_t node = 0; result == 0 && (node = diff_next(diff, node, &depth));)
        result = put_row(drawing, node, depth);
    diff_free(diff);
    return result;
}

/* Takes the facts. */
static int put_facts(const struct drawing *drawing, struct summary *facts)
{
    if (!facts)
        return -1;
    text_put_facts(&drawing->text, facts);
    summary_free(facts);
    return 0;
}

/* One fact of our own, whose value was printed. */
static void put_fact(const struct drawing *drawing, const char *label, const char *value)
{
    struct summary fact = {.items = {{.label = label, .value = text_of(value)}}, .count = 1};

    text_put_facts(&drawing->text, &fact);
}

static int put_side(const struct drawing *drawing, enum diff_side side, const char *name)
{
    char runs[200] = "";
    FILE *out = fmemopen(runs, sizeof runs, "w");

    if (!out)
        return -1;
    comparison_write_runs(out, drawing->comparison, side);
    fclose(out);
    put_fact(drawing, name, runs);
    return put_facts(drawing, summary_new(drawing->comparison->side[side]));
}

/* How to read the tables. */
static void put_legend(const struct drawing *drawing)
{
    char legend[200];

    snprintf(
        legend, sizeof legend,
        "mean times of a run in %s; a change within %s is noise; unchanged is within it or under %g %% of the total",
        drawing->text.options->percent ? "percent of the baseline" : "seconds",
        drawing->text.options->unicode ? "±" : "+-", drawing->shape.threshold);
    put_fact(drawing, "Reading", legend);
}

/* What all tables are about. */
static int put_head(struct drawing *drawing)
{
    if (put_side(drawing, DIFF_OLD, "Baseline") < 0)
        return -1;
    fputc('\n', drawing->text.out);
    if (put_side(drawing, DIFF_NEW, "New") < 0)
        return -1;
    fputc('\n', drawing->text.out);
    if (put_facts(drawing, comparison_notes(drawing->comparison)) < 0)
        return -1;
    put_legend(drawing);
    return 0;
}

static int put_report(const struct comparison *comparison, const struct render_options *options, FILE *out, bool flat)
{
    struct drawing drawing = {.text = {.out = out,
                                       .options = options,
                                       .width = options->width,
                                       .decimals = comparison_decimals(comparison)},
                              .comparison = comparison};
    struct diff_change total = diff_change(comparison->plain, &comparison->plain->nodes[0].total);
    int result;

    drawing.branches = options->unicode ? &unicode_branches : &ascii_branches;
    drawing.text.escapes = options->unicode ? 0 : ESCAPE_ASCII;
    drawing.whole = options->percent && total.old ? total.old : total.old > total.new ? total.old : total.new;
    drawing.columns = number_columns(&drawing);
    drawing.shape.all = options->all;
    drawing.shape.threshold = options->threshold < 0 ? TEXT_THRESHOLD : options->threshold;
    drawing.shape.depth = options->depth ? options->depth : DEEPEST;
    result = put_head(&drawing) < 0 || put_functions(&drawing, false) < 0 ? -1 : 0;
    if (result == 0)
        result = flat ? put_functions(&drawing, true) : put_calls(&drawing);
    free(drawing.indent);
    return result;
}

int diff_render_text(const struct comparison *comparison, const struct render_options *options, FILE *out)
{
    return put_report(comparison, options, out, false);
}

int diff_render_flat(const struct comparison *comparison, const struct render_options *options, FILE *out)
{
    return put_report(comparison, options, out, true);
}
