#include "text_tree.h"

#include "diff_render.h"
#include "escape.h"
#include "grow.h"
#include "summary.h"

#include <inttypes.h>
#include <string.h>

enum { DEEPEST = 500 };

/* The line-drawing of a level: `size` columns of what leads past a row, `own` of what leads to it. */
struct branches {
    const char *child, *last, *pass, *none, *more;
    size_t size, own;
};

/* From wide to narrow. */
static const struct branches unicode_branches[] = {{"├─ ", "└─ ", "│  ", "   ", "…  ", 3, 3},
                                                   {"├ ", "└ ", "│ ", "  ", "… ", 2, 2},
                                                   {"├ ", "└ ", "│", " ", "…", 1, 2}};
static const struct branches ascii_branches[] = {{"|- ", "`- ", "|  ", "   ", "...", 3, 3},
                                                 {"| ", "` ", "| ", "  ", "..", 2, 2},
                                                 {"| ", "` ", "|", " ", ".", 1, 2}};
enum { BRANCHES = sizeof unicode_branches / sizeof *unicode_branches };

/* A tree while it is drawn. */
struct drawing {
    struct text *text;
    struct tree *tree;
    bool timed;   /* there is a column for when a call began, */
    size_t begin; /* of as many columns */
    struct text_figures figures;
    const struct branches *branches;
    size_t levels;      /* that are drawn before a name, at most */
    size_t name, place; /* columns; a name has its branches before it, in the same column */
    size_t room;        /* columns behind the figures */
    const char **lead;  /* of the row that is drawn, reused */
    size_t lead_room;
};

/* What the rows of a tree need. */
struct extent {
    uint32_t depth;
    size_t place;
};

/* The name of a row; `room` is its storage where it is not a function's. */
static struct pyprof_text label_of(const struct tree *tree, const struct tree_node *node, char room[64])
{
    switch (node->kind) {
    case TREE_NO_FRAME:
        return text_of("[no Python frame]");
    case TREE_SELF:
        return text_of(node->parent ? "[self]" : "[start-up]");
    case TREE_OTHER:
        snprintf(room, 64, "other (%" PRIu32 " %s)", node->folded, node->folded == 1 ? "frame" : "frames");
        return text_of(room);
    default:
        return text_function_name(&tree->model->functions[node->function]);
    }
}

static bool has_other(const struct tree *tree, const struct tree_node *node)
{
    for (uint32_t child = node->first_child; child; child = tree->nodes[child].next_sibling)
        if (tree->nodes[child].kind == TREE_OTHER)
            return true;
    return false;
}

/* Notes behind a name, with their columns: how often it was seen, and what was folded below it without a row. */
static size_t note_of(const struct drawing *drawing, const struct tree_node *node, char room[64])
{
    int size = 0;

    *room = '\0';
    if (node->repeats > 1)
        size = snprintf(room, 64, " %s%" PRIu32, drawing->text->options->unicode ? "×" : "x", node->repeats);
    if (node->folded && node->kind == TREE_CALL && !has_other(drawing->tree, node))
        snprintf(room + size, 64 - (size_t)size, " [+%" PRIu32 " %s]", node->folded,
                 node->folded == 1 ? "frame" : "frames");
    return escape_columns(text_of(room), 0, 0);
}

static size_t place_of(const struct drawing *drawing, const struct tree_node *node)
{
    const struct model_function *function = &drawing->tree->model->functions[node->function];

    return node->kind == TREE_CALL ? text_place_columns(drawing->text, function, function->firstline) : 0;
}

/* Columns of the branches before a row's name. */
static size_t lead_columns(const struct drawing *drawing, uint32_t depth)
{
    size_t levels = depth - 1 < drawing->levels ? depth - 1 : drawing->levels;

    return levels ? (levels - 1) * drawing->branches->size + drawing->branches->own : 0;
}

static size_t label_columns(const struct drawing *drawing, const struct tree_node *node)
{
    char room[64], note[64];
    struct pyprof_text label = label_of(drawing->tree, node, room);
    size_t columns = escape_columns(label, drawing->text->escapes, TEXT_NAME_COLUMNS);

    return (columns < TEXT_NAME_COLUMNS ? columns : TEXT_NAME_COLUMNS) + note_of(drawing, node, note);
}

static struct extent measure(struct drawing *drawing)
{
    const struct tree *tree = drawing->tree;
    struct extent extent = {0};
    uint32_t depth = 0;

    for (uint32_t i = tree_next(tree, 0, 0, &depth); i; i = tree_next(tree, i, 0, &depth)) {
        size_t place = place_of(drawing, &tree->nodes[i]);
        char begin[SUMMARY_SECONDS_SIZE];

        summary_print_seconds(begin, tree->nodes[i].begin, drawing->text->decimals);
        if (tree->nodes[i].kind != TREE_OTHER && strlen(begin) > drawing->begin)
            drawing->begin = strlen(begin);
        text_figures_fit(drawing->text, &drawing->figures, &tree->nodes[i].total, &tree->nodes[0].total);
        if (depth > extent.depth)
            extent.depth = depth;
        if (place > extent.place)
            extent.place = place;
    }
    return extent;
}

/* The longest name that has a place behind it, up to `most`. */
static size_t widest_name(const struct drawing *drawing, size_t most)
{
    const struct tree *tree = drawing->tree;
    size_t widest = 0;
    uint32_t depth = 0;

    for (uint32_t i = tree_next(tree, 0, 0, &depth); i; i = tree_next(tree, i, 0, &depth)) {
        size_t columns;

        if (!place_of(drawing, &tree->nodes[i]))
            continue;
        columns = lead_columns(drawing, depth) + label_columns(drawing, &tree->nodes[i]);
        if (columns > widest && columns <= most)
            widest = columns;
    }
    return widest;
}

/* A third of the room is for branches at most. */
static void choose_branches(struct drawing *drawing, uint32_t depth)
{
    const struct branches *branches = drawing->text->options->unicode ? unicode_branches : ascii_branches;
    size_t most = drawing->room / 3, narrowest = BRANCHES - 1;

    drawing->branches = branches;
    drawing->levels = depth;
    if (!drawing->text->width)
        return;
    while (drawing->branches < branches + narrowest && lead_columns(drawing, depth) > most)
        drawing->branches++;
    if (lead_columns(drawing, depth) > most)
        drawing->levels = most < 2 ? 1 : most - 1;
}

/* Columns of all that comes before the tree. */
static size_t figures_columns(const struct drawing *drawing)
{
    return (drawing->timed ? drawing->begin + 2 : 0) + text_figures_width(&drawing->figures) + 2;
}

static void decide_columns(struct drawing *drawing)
{
    struct extent extent = measure(drawing);
    const struct text *text = drawing->text;

    drawing->room = text_room(text, figures_columns(drawing));
    choose_branches(drawing, extent.depth);
    drawing->place = extent.place;
    drawing->name = widest_name(drawing, text->width ? drawing->room : TEXT_ALIGN_MOST);
    drawing->name = text_share_room(text, drawing->room, drawing->name, &drawing->place);
}

/*
 * Draws what leads down past `node`, its ancestors and itself, in a line that has `levels` of them in all; outer ones
 * are left out where there are too many.
 */
static int put_lead(struct drawing *drawing, uint32_t node, uint32_t depth, uint32_t levels)
{
    const struct branches *branches = drawing->branches;
    const struct tree_node *nodes = drawing->tree->nodes;
    size_t out = levels > drawing->levels ? levels - drawing->levels + 1 : 0;

    if (GROW(&drawing->lead, &drawing->lead_room, (size_t)depth + 1) < 0)
        return -1;
    for (uint32_t level = depth; level > 1; level--, node = nodes[node].parent)
        drawing->lead[level] = nodes[node].next_sibling ? branches->pass : branches->none;
    if (out)
        fputs(branches->more, drawing->text->out);
    for (size_t level = 2 + out; level <= depth; level++)
        fputs(drawing->lead[level], drawing->text->out);
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

/* The libraries of a group's hidden calls, in their order, each once, as many as there is room for. */
static void put_libraries(const struct drawing *drawing, uint32_t group, size_t room)
{
    enum { NAMED = 6, MOST_COLUMNS = 32 };
    const struct tree *tree = drawing->tree;
    const struct text *text = drawing->text;
    struct pyprof_text named[NAMED];
    size_t n = 0, dots = text->options->unicode ? 3 : 5;

    for (uint32_t i = tree->nodes[group].group_next; i; i = tree->nodes[i].group_next) {
        struct pyprof_text library = library_of(&tree->model->functions[tree->nodes[i].function]);
        size_t known = 0, columns;

        while (known < n && !text_equal(named[known], library))
            known++;
        if (known < n || !library.size)
            continue;
        columns = 2 + escape_columns(library, text->escapes, MOST_COLUMNS);
        if (n == NAMED || columns + dots > room) {
            if (room >= dots)
                fprintf(text->out, "%s%s", n ? ", " : "", text->options->unicode ? "…" : "...");
            return;
        }
        fputs(n ? ", " : "  ", text->out);
        room -= 2 + text_put(text, library, MOST_COLUMNS);
        named[n++] = library;
    }
}

static int put_group(struct drawing *drawing, uint32_t node, uint32_t depth)
{
    const struct text *text = drawing->text;
    const struct tree_node *head = &drawing->tree->nodes[node];
    char hidden[48];
    size_t used;

    if (!head->group_size)
        return 0;
    text_pad(text, figures_columns(drawing));
    if (put_lead(drawing, node, depth, depth) < 0)
        return -1;
    fputs(head->first_child ? drawing->branches->pass : drawing->branches->none, text->out);
    text_color(text, TEXT_FAINT);
    snprintf(hidden, sizeof hidden, "[%" PRIu32 " frames hidden]", head->group_size);
    used = lead_columns(drawing, depth + 1);
    used += text_put(text, text_of(hidden), drawing->room > used ? drawing->room - used : 1);
    put_libraries(drawing, node, drawing->room > used ? drawing->room - used : 0);
    text_color(text, TEXT_RESET);
    fputc('\n', text->out);
    return 0;
}

/* The name, in `columns`, and the note where there is room for it.  Returns the columns. */
static size_t put_label(const struct drawing *drawing, const struct tree_node *node, size_t columns)
{
    enum { LEAST_NAME = 8 };
    const struct text *text = drawing->text;
    char room[64], note[64];
    struct pyprof_text label = label_of(drawing->tree, node, room);
    size_t name = escape_columns(label, text->escapes, LEAST_NAME), noted = note_of(drawing, node, note), used;

    if (noted + (name < LEAST_NAME ? name : LEAST_NAME) > columns)
        noted = 0;
    if (node->kind == TREE_CALL)
        text_color(text, node->application ? TEXT_BOLD : TEXT_FAINT);
    used = text_put(text, label, columns - noted);
    if (node->kind == TREE_CALL)
        text_color(text, TEXT_RESET);
    if (!noted)
        return used;
    text_color(text, TEXT_FAINT);
    fputs(note, text->out);
    text_color(text, TEXT_RESET);
    return used + noted;
}

static void put_figures(const struct drawing *drawing, const struct tree_node *node)
{
    const struct text *text = drawing->text;
    char begin[SUMMARY_SECONDS_SIZE] = "";

    if (drawing->timed && node->kind != TREE_OTHER)
        summary_print_seconds(begin, node->begin, text->decimals);
    if (drawing->timed)
        fprintf(text->out, "%*s  ", (int)drawing->begin, begin);
    text_figures_put(text, &drawing->figures, &node->total, &drawing->tree->nodes[0].total);
    fputs("  ", text->out);
}

static int put_row(struct drawing *drawing, uint32_t index, uint32_t depth)
{
    const struct text *text = drawing->text;
    const struct tree *tree = drawing->tree;
    const struct tree_node *node = &tree->nodes[index];
    const struct model_function *function = &tree->model->functions[node->function];
    size_t used = lead_columns(drawing, depth), place = place_of(drawing, node);
    size_t columns = !text->width ? SIZE_MAX / 2 : place && drawing->place ? drawing->name : drawing->room;

    put_figures(drawing, node);
    if (put_lead(drawing, node->parent, depth - 1, depth - 1) < 0)
        return -1;
    if (depth > 1)
        fputs(node->next_sibling ? drawing->branches->child : drawing->branches->last, text->out);
    used += put_label(drawing, node, columns > used ? columns - used : 1);
    if (place && drawing->place) {
        text_pad(text, 2 + (used < drawing->name ? drawing->name - used : 0));
        text_put_place(text, function, function->firstline, drawing->place);
    }
    fputc('\n', text->out);
    return put_group(drawing, index, depth);
}

/* Times that stand alone need no title. */
static void put_titles(const struct drawing *drawing)
{
    const struct text *text = drawing->text;
    int figure = (int)drawing->figures.figure;

    if (!drawing->timed)
        return;
    text_color(text, TEXT_FAINT);
    fprintf(text->out, "%*s  %*s", (int)drawing->begin, "At", figure, "Time");
    text_color(text, TEXT_RESET);
    fputc('\n', text->out);
}

static int put_rows(struct drawing *drawing)
{
    uint32_t depth = 0;

    decide_columns(drawing);
    put_titles(drawing);
    for (uint32_t i = tree_next(drawing->tree, 0, 0, &depth); i; i = tree_next(drawing->tree, i, 0, &depth))
        if (put_row(drawing, i, depth) < 0)
            return -1;
    return 0;
}

static enum tree_order order_of(const struct text *text, const struct tree *tree)
{
    switch (text->options->sort) {
    case SORT_SELF:
        return TREE_BY_SELF;
    case SORT_TOTAL:
        return TREE_BY_TOTAL;
    case SORT_NAME:
        return TREE_BY_NAME;
    case SORT_SAMPLES:
        return TREE_BY_SAMPLES;
    default:
        return tree->order;
    }
}

static int shape(const struct text *text, struct tree *tree, const struct shape_options *options)
{
    shape_tree(tree, options);
    tree->order = order_of(text, tree);
    if (shape_splice(tree) < 0 || shape_rows(tree, options) < 0)
        return -1;
    if (text->options->depth)
        shape_cut(tree, text->options->depth);
    return 0;
}

struct shape_options text_tree_shape(const struct text *text)
{
    return (struct shape_options){.all = text->options->all,
                                  .threshold = text->threshold,
                                  .depth = DEEPEST,
                                  .whole = text->options->invert || text->report->model->root,
                                  .inverted = text->options->invert};
}

int text_tree_put(struct text *text, struct tree *tree)
{
    struct shape_options options = text_tree_shape(text);
    struct drawing drawing = {.text = text, .tree = tree, .timed = tree->order == TREE_BY_BEGIN};
    int result = tree && shape(text, tree, &options) == 0 ? put_rows(&drawing) : -1;

    free(drawing.lead);
    tree_free(tree);
    return result;
}

static int put_tree(struct text *text, const struct model_thread *const *threads, size_t nthreads)
{
    struct shape_options options = text_tree_shape(text);

    return text_tree_put(text, (options.inverted ? tree_new_inverted : tree_new)(text->report->model, threads,
                                                                                 nthreads, shape_skips(&options)));
}

static int render_text(const struct report *report, const struct render_options *options, FILE *out)
{
    return text_report(report, options, out, put_tree);
}

static const char *const extensions[] = {".txt", ".text", NULL};

const struct renderer text_renderer = {
    .name = "text",
    .description = "call trees for a terminal",
    .extensions = extensions,
    .takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_FOLDING | TAKES_DEPTH |
             TAKES_INVERT | TAKES_SORT | TAKES_WIDTH | TAKES_TIME,
    .timed = true,
    .render = render_text,
    .compare_takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_WIDTH | TAKES_TIME |
                     TAKES_FOLDING | TAKES_DEPTH,
    .compare = diff_render_text,
};
