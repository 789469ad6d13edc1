/*
 * text_flat: lists of functions, and of lines with their source
 *
 * A row is self and total time with their errors, the share of the one that the list is sorted by, and what it is of.
 * Rows under the threshold by that time are one row, so that the selves of a list add up to its whole.  In lists of
 * lines, a line whose source cannot be read has its function's name instead.
 */
#include "diff_render.h"
#include "escape.h"
#include "flat.h"
#include "source.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHARE_COLUMNS = 6, LEAST_FIGURE = 5, WARNED = 5 };

/* A list while it is drawn. */
struct list {
    struct text *text;
    struct flat *flat;
    struct sources *sources; /* of a list of lines */
    enum flat_order order;
    struct flat_row rest; /* what is under the threshold, and how many they are */
    size_t nrest;
    struct text_figures self, total;
    bool has_share, has_total; /* columns, while there is room for them */
    size_t label, place, room; /* columns; the label is a function's name, or the source */
};

static enum flat_order order_of(enum render_sort sort)
{
    switch (sort) {
    case SORT_TOTAL:
        return FLAT_BY_TOTAL;
    case SORT_SAMPLES:
        return FLAT_BY_SAMPLES;
    case SORT_NAME:
        return FLAT_BY_NAME;
    default:
        return FLAT_BY_SELF;
    }
}

/* What decides whether a row is shown. */
static const struct counts *weight_of(const struct list *list, const struct flat_row *row)
{
    return list->order == FLAT_BY_TOTAL || list->order == FLAT_BY_NAME ? &row->total : &row->self;
}

static bool is_under(const struct list *list, const struct flat_row *row)
{
    return !list->text->options->all &&
           (double)weight_of(list, row)->time * 100 < list->text->threshold * (double)list->flat->whole.time;
}

/* Takes the rows that are under the threshold out. */
static void fold_rest(struct list *list)
{
    struct flat *flat = list->flat;
    size_t kept = 0;

    for (size_t i = 0; i < flat->count; i++) {
        if (!is_under(list, &flat->rows[i])) {
            flat->rows[kept++] = flat->rows[i];
            continue;
        }
        counts_add(&list->rest.self, &flat->rows[i].self);
        list->nrest++;
    }
    flat->count = kept;
}

static const struct model_function *function_of(const struct list *list, const struct flat_row *row)
{
    return &list->flat->model->functions[row->function];
}

static struct pyprof_text source_of(const struct list *list, const struct flat_row *row, int64_t *changed)
{
    *changed = 0;
    if (!list->flat->lines || !row->function)
        return text_of("");
    return source_line(list->sources, function_of(list, row)->file, row->line, changed);
}

static struct pyprof_text label_of(const struct list *list, const struct flat_row *row)
{
    int64_t changed;
    struct pyprof_text source = source_of(list, row, &changed);

    if (source.size)
        return source;
    return row->function ? text_function_name(function_of(list, row)) : text_of("[no Python frame]");
}

static uint32_t line_of(const struct list *list, const struct flat_row *row)
{
    return list->flat->lines ? row->line : function_of(list, row)->firstline;
}

static const char *title_of_label(const struct list *list)
{
    return list->flat->lines ? "Source" : "Function";
}

static const char *title_of_place(const struct list *list)
{
    return list->flat->lines ? "Line" : "Place";
}

/* Columns of all that comes before the names. */
static size_t figures_width(const struct list *list)
{
    size_t share = list->has_share ? SHARE_COLUMNS + 2 : 0;
    size_t total = list->has_total ? text_figures_width(&list->total) + 2 : 0;

    return text_figures_width(&list->self) + 2 + share + total;
}

/* What the names and places need at most. */
static void measure(struct list *list, size_t *label, size_t *place)
{
    const struct text *text = list->text;

    for (size_t i = 0; i < list->flat->count; i++) {
        const struct flat_row *row = &list->flat->rows[i];
        size_t columns = escape_columns(label_of(list, row), text->escapes, TEXT_NAME_COLUMNS);

        text_figures_fit(text, &list->self, &row->self, &list->flat->whole);
        text_figures_fit(text, &list->total, &row->total, &list->flat->whole);
        if (columns > *label && (text->width || columns <= TEXT_ALIGN_MOST))
            *label = columns;
        columns = text_place_columns(text, function_of(list, row), line_of(list, row));
        if (columns > *place)
            *place = columns;
    }
    text_figures_fit(text, &list->self, &list->rest.self, &list->flat->whole);
}

static void decide_columns(struct list *list)
{
    enum { LEAST_ROOM = 36 };
    const struct text *text = list->text;
    size_t label = strlen(title_of_label(list)), place = strlen(title_of_place(list));

    list->self.figure = list->total.figure = LEAST_FIGURE;
    measure(list, &label, &place);
    list->has_share = !text->options->percent;
    list->has_total = true;
    if (text_room(text, figures_width(list)) < LEAST_ROOM)
        list->has_share = false;
    if (text_room(text, figures_width(list)) < LEAST_ROOM && list->order != FLAT_BY_TOTAL)
        list->has_total = false;
    list->room = text_room(text, figures_width(list));
    list->label = text_share_room(text, list->room, label, &place);
    list->place = place;
}

static void put_share(const struct list *list, const struct counts *part)
{
    const struct counts *whole = &list->flat->whole;
    const struct text *text = list->text;

    if (!list->has_share)
        return;
    fprintf(text->out, "%*.1f%%  ", SHARE_COLUMNS - 1,
            whole->time ? 100.0 * (double)part->time / (double)whole->time : 0.0);
}

static void put_place(const struct list *list, const struct flat_row *row)
{
    text_put_place(list->text, function_of(list, row), line_of(list, row), list->place);
}

static size_t put_label(const struct list *list, const struct flat_row *row)
{
    const struct text *text = list->text;
    bool has_place = list->place && (list->flat->lines || row->function);
    size_t columns = !text->width ? SIZE_MAX / 2 : has_place ? list->label : list->room, used;
    bool application = function_of(list, row)->origin != ORIGIN_LIBRARY;

    text_color(text, row->function && application ? TEXT_BOLD : TEXT_FAINT);
    used = text_put(text, label_of(list, row), columns);
    text_color(text, TEXT_RESET);
    return used;
}

/* A function: its name, then its place. */
static void put_function(const struct list *list, const struct flat_row *row)
{
    const struct model_function *function = function_of(list, row);
    size_t used = put_label(list, row);

    if (!list->place || !text_place_columns(list->text, function, function->firstline))
        return;
    text_pad(list->text, 2 + (used < list->label ? list->label - used : 0));
    put_place(list, row);
}

/* A line: its place, then its source, which may have any length. */
static void put_line(const struct list *list, const struct flat_row *row)
{
    size_t place = text_place_columns(list->text, function_of(list, row), row->line);

    if (place > list->place)
        place = list->place;
    put_place(list, row);
    if (list->place)
        text_pad(list->text, 2 + list->place - place);
    put_label(list, row);
}

static void put_row(const struct list *list, const struct flat_row *row)
{
    const struct text *text = list->text;

    text_figures_put(text, &list->self, &row->self, &list->flat->whole);
    fputs("  ", text->out);
    put_share(list, weight_of(list, row));
    if (list->has_total) {
        text_figures_put(text, &list->total, &row->total, &list->flat->whole);
        fputs("  ", text->out);
    }
    if (list->flat->lines)
        put_line(list, row);
    else
        put_function(list, row);
    fputc('\n', text->out);
}

static void put_rest(const struct list *list)
{
    const struct text *text = list->text;
    const char *what = list->flat->lines ? "line" : "function";
    bool by_self = weight_of(list, &list->rest) == &list->rest.self;
    char room[48];

    if (!list->nrest)
        return;
    text_figures_put(text, &list->self, &list->rest.self, &list->flat->whole);
    fputs("  ", text->out);
    if (by_self)
        put_share(list, &list->rest.self);
    text_pad(text, !by_self && list->has_share ? SHARE_COLUMNS + 2 : 0);
    text_pad(text, list->has_total ? text_figures_width(&list->total) + 2 : 0);
    snprintf(room, sizeof room, "other (%zu %s%s)", list->nrest, what, list->nrest == 1 ? "" : "s");
    text_put(text, text_of(room), list->room);
    fputc('\n', text->out);
}

/* Writes a title over the right ends of figures. */
static void put_title(const struct text *text, const struct text_figures *figures, const char *title)
{
    fprintf(text->out, "%*s", (int)figures->figure, title);
    text_pad(text, text_figures_width(figures) - figures->figure + 2);
}

static void put_titles(const struct list *list)
{
    const struct text *text = list->text;
    bool lines = list->flat->lines;
    size_t first = lines ? list->place : list->label;

    text_color(text, TEXT_FAINT);
    put_title(text, &list->self, "Self");
    if (list->has_share)
        fprintf(text->out, "%*s  ", SHARE_COLUMNS, "Share");
    if (list->has_total)
        put_title(text, &list->total, "Total");
    if (list->place)
        fprintf(text->out, "%-*s  %s", (int)first, lines ? title_of_place(list) : title_of_label(list),
                lines ? title_of_label(list) : title_of_place(list));
    else
        fputs(title_of_label(list), text->out);
    text_color(text, TEXT_RESET);
    fputc('\n', text->out);
}

/* When the first recording began, ns since the epoch; 0 if unknown. */
static int64_t recorded_at(const struct model *model)
{
    uint64_t first = 0;

    for (size_t i = 0; i < model->nprocesses; i++)
        if (model->processes[i].info.wall && (!first || (uint64_t)model->processes[i].info.wall < first))
            first = (uint64_t)model->processes[i].info.wall;
    return (int64_t)first;
}

/* Files that may not hold any more what ran. */
static void put_changed(const struct list *list)
{
    const struct text *text = list->text;
    struct pyprof_text named[WARNED];
    size_t n = 0;

    for (size_t i = 0; i < list->flat->count && n < WARNED; i++) {
        const struct model_function *function = function_of(list, &list->flat->rows[i]);
        int64_t changed;
        size_t known = 0;

        source_of(list, &list->flat->rows[i], &changed);
        while (known < n && !text_equal(named[known], function->path))
            known++;
        if (known < n || changed <= recorded_at(list->flat->model))
            continue;
        text_color(text, TEXT_YELLOW);
        fputs("changed since it was recorded: ", text->out);
        text_put(text, function->path, text_room(text, sizeof "changed since it was recorded: " - 1));
        text_color(text, TEXT_RESET);
        fputc('\n', text->out);
        named[n++] = function->path;
    }
}

static void put_rows(struct list *list)
{
    fold_rest(list);
    decide_columns(list);
    put_titles(list);
    for (size_t i = 0; i < list->flat->count; i++)
        put_row(list, &list->flat->rows[i]);
    put_rest(list);
    if (list->flat->lines)
        put_changed(list);
}

static int put_list(struct text *text, const struct model_thread *const *threads, size_t nthreads, bool lines)
{
    struct list list = {.text = text, .order = order_of(text->options->sort)};
    int result = -1;

    list.flat = flat_new(text->report->model, threads, nthreads, lines);
    list.sources = lines ? sources_new() : NULL;
    if (list.flat && (list.sources || !lines)) {
        flat_sort(list.flat, list.order);
        put_rows(&list);
        result = 0;
    }
    sources_free(list.sources);
    flat_free(list.flat);
    return result;
}

static int put_functions(struct text *text, const struct model_thread *const *threads, size_t nthreads)
{
    return put_list(text, threads, nthreads, false);
}

static int put_lines(struct text *text, const struct model_thread *const *threads, size_t nthreads)
{
    return put_list(text, threads, nthreads, true);
}

static int render_flat(const struct report *report, const struct render_options *options, FILE *out)
{
    return text_report(report, options, out, put_functions);
}

static int render_lines(const struct report *report, const struct render_options *options, FILE *out)
{
    return text_report(report, options, out, put_lines);
}

enum {
    TAKES_OF_LISTS =
        TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_SORT | TAKES_WIDTH | TAKES_TIME
};

const struct renderer flat_renderer = {
    .name = "flat",
    .description = "functions with their own and total time",
    .takes = TAKES_OF_LISTS,
    .timed = true,
    .render = render_flat,
    .compare_takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_WIDTH | TAKES_TIME,
    .compare = diff_render_flat,
};

const struct renderer lines_renderer = {
    .name = "lines",
    .description = "lines with their own and total time, and their source",
    .takes = TAKES_OF_LISTS,
    .timed = true,
    .render = render_lines,
};
