/*
 * text_tree: call trees, a line a call: time, name, place
 *
 * The columns line up: times at the left, then the tree, then places.  Where lines are too long, what decides is: the
 * place gets at least a third of what the times leave and keeps its end, the name has the rest and keeps its beginning.
 * A tree that is too deep for that is drawn with narrower branches, and then with the outer ones left out.
 */
#include "escape.h"
#include "grow.h"
#include "shape.h"
#include "text.h"

#include <inttypes.h>

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

/* What was folded below a row without a row of its own: a note behind the name. */
static void note_of(const struct tree *tree, const struct tree_node *node, char room[64])
{
    *room = '\0';
    if (!node->folded || node->kind != TREE_CALL)
        return;
    for (uint32_t child = node->first_child; child; child = tree->nodes[child].next_sibling)
        if (tree->nodes[child].kind == TREE_OTHER)
            return;
    snprintf(room, 64, " [+%" PRIu32 " %s]", node->folded, node->folded == 1 ? "frame" : "frames");
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

    note_of(drawing->tree, node, note);
    return (columns < TEXT_NAME_COLUMNS ? columns : TEXT_NAME_COLUMNS) + strlen(note);
}

static struct extent measure(struct drawing *drawing)
{
    const struct tree *tree = drawing->tree;
    struct extent extent = {0};
    uint32_t depth = 0;

    for (uint32_t i = tree_next(tree, 0, 0, &depth); i; i = tree_next(tree, i, 0, &depth)) {
        size_t place = place_of(drawing, &tree->nodes[i]);

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

/* Half of the room is for branches at most. */
static void choose_branches(struct drawing *drawing, uint32_t depth)
{
    const struct branches *branches = drawing->text->options->unicode ? unicode_branches : ascii_branches;
    size_t most = drawing->room / 2, narrowest = BRANCHES - 1;

    drawing->branches = branches;
    drawing->levels = depth;
    if (!drawing->text->width)
        return;
    while (drawing->branches < branches + narrowest && lead_columns(drawing, depth) > most)
        drawing->branches++;
    if (lead_columns(drawing, depth) > most)
        drawing->levels = most < 2 ? 1 : most - 1;
}

static void decide_columns(struct drawing *drawing)
{
    struct extent extent = measure(drawing);
    const struct text *text = drawing->text;

    drawing->room = text_room(text, text_figures_width(&drawing->figures) + 2);
    choose_branches(drawing, extent.depth);
    drawing->place = extent.place;
    drawing->name = widest_name(drawing, text->width ? drawing->room : TEXT_ALIGN_MOST);
    drawing->name = text_share_room(text, drawing->room, drawing->name, &drawing->place);
}

/*
 * Draws what leads down past `node`, its ancestors and itself, in a line that has `levels` of them in all; outer ones are
 * left out where there are too many.
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
                fputs(text->options->unicode ? ", …" + 2 * !n : ", ..." + 2 * !n, text->out);
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
    text_pad(text, text_figures_width(&drawing->figures) + 2);
    if (put_lead(drawing, node, depth, depth) < 0)
        return -1;
    fputs(head->first_child ? drawing->branches->pass : drawing->branches->none, text->out);
    text_color(text, TEXT_FAINT);
    used = lead_columns(drawing, depth + 1) +
           (size_t)snprintf(hidden, sizeof hidden, "[%" PRIu32 " frames hidden]", head->group_size);
    fputs(hidden, text->out);
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
    size_t used;

    note_of(drawing->tree, node, note);
    if (strlen(note) + LEAST_NAME > columns)
        *note = '\0';
    if (node->kind == TREE_CALL)
        text_color(text, node->application ? TEXT_BOLD : TEXT_FAINT);
    used = text_put(text, label_of(drawing->tree, node, room), columns - strlen(note));
    if (node->kind == TREE_CALL)
        text_color(text, TEXT_RESET);
    if (*note) {
        text_color(text, TEXT_FAINT);
        fputs(note, text->out);
        text_color(text, TEXT_RESET);
    }
    return used + strlen(note);
}

static int put_row(struct drawing *drawing, uint32_t index, uint32_t depth)
{
    const struct text *text = drawing->text;
    const struct tree *tree = drawing->tree;
    const struct tree_node *node = &tree->nodes[index];
    const struct model_function *function = &tree->model->functions[node->function];
    size_t used = lead_columns(drawing, depth), place = place_of(drawing, node);
    size_t columns = !text->width ? SIZE_MAX / 2 : place && drawing->place ? drawing->name : drawing->room;

    text_figures_put(text, &drawing->figures, &node->total, &tree->nodes[0].total);
    fputs("  ", text->out);
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

static int put_rows(struct drawing *drawing)
{
    uint32_t depth = 0;

    decide_columns(drawing);
    for (uint32_t i = tree_next(drawing->tree, 0, 0, &depth); i; i = tree_next(drawing->tree, i, 0, &depth))
        if (put_row(drawing, i, depth) < 0)
            return -1;
    return 0;
}

static enum tree_order order_of(enum render_sort sort)
{
    switch (sort) {
    case SORT_SELF:
        return TREE_BY_SELF;
    case SORT_NAME:
        return TREE_BY_NAME;
    case SORT_SAMPLES:
        return TREE_BY_SAMPLES;
    default:
        return TREE_BY_TOTAL;
    }
}

static int shape(const struct text *text, struct tree *tree, const struct shape_options *options)
{
    shape_tree(tree, options);
    tree->order = order_of(text->options->sort);
    if (shape_splice(tree) < 0)
        return -1;
    if (text->options->depth)
        shape_cut(tree, text->options->depth);
    return shape_rows(tree, options);
}

static int put_tree(struct text *text, const struct model_thread *const *threads, size_t nthreads)
{
    const struct model *model = text->report->model;
    bool invert = text->options->invert;
    struct shape_options options = {.all = text->options->all,
                                    .threshold = text->threshold,
                                    .depth = DEEPEST,
                                    .whole = invert || model->root,
                                    .inverted = invert};
    struct drawing drawing = {.text = text};
    int result = -1;

    drawing.tree = (invert ? tree_new_inverted : tree_new)(model, threads, nthreads, shape_skips(&options));
    if (drawing.tree && shape(text, drawing.tree, &options) == 0)
        result = put_rows(&drawing);
    tree_free(drawing.tree);
    free(drawing.lead);
    return result;
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
    .takes = TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_FOLDING | TAKES_DEPTH | TAKES_INVERT |
             TAKES_SORT | TAKES_WIDTH | TAKES_TIME,
    .timed = true,
    .render = render_text,
};
