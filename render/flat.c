#include "flat.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

/* A list while it grows. */
struct counting {
    struct flat *flat;
    uint32_t *row_of;   /* of the model's nodes: their row, + 1 */
    struct map by_line; /* by hash of file and line: the row, + 1; equal hashes take the keys that follow */
    struct map by_function;
    uint32_t *seen; /* of each row: the last cell that was counted in its total, by number from 1 */
    size_t seen_room;
    uint32_t cell;
};

static uint32_t add_row(struct counting *counting, uint32_t function, uint32_t line)
{
    struct flat *flat = counting->flat;

    if (GROW(&flat->rows, &flat->room, flat->count + 1) < 0 ||
        GROW(&counting->seen, &counting->seen_room, flat->count + 1) < 0)
        return 0;
    counting->seen[flat->count] = 0;
    flat->rows[flat->count++] = (struct flat_row){.function = function, .line = line};
    return (uint32_t)flat->count;
}

/* The row of a function, + 1; 0: no memory. */
static uint32_t function_row(struct counting *counting, uint32_t function)
{
    uint32_t *row = map_at(&counting->by_function, function);

    if (row && !*row)
        *row = add_row(counting, function, 0);
    return row ? *row : 0;
}

/* The row of a line, + 1; 0: no memory.  Files are interned: the same name is in the same place. */
static uint32_t line_row(struct counting *counting, const struct model_node *node)
{
    const struct model *model = counting->flat->model;
    const char *file = model->functions[node->function].file.bytes;
    struct {
        const char *file;
        uint64_t line;
    } key = {file, node->line};
    uint64_t hash = map_hash(&key, sizeof key);
    uint32_t *index;

    while ((index = map_at(&counting->by_line, hash++)) && *index) {
        struct flat_row *row = &counting->flat->rows[*index - 1];

        if (row->line != node->line || model->functions[row->function].file.bytes != file)
            continue;
        if (model_compare_functions(model, node->function, row->function) < 0)
            row->function = node->function;
        return *index;
    }
    if (!index)
        return 0;
    return *index = add_row(counting, node->function, node->line);
}

/* The row that a node of the model counts in; NULL: no memory. */
static struct flat_row *row_of(struct counting *counting, uint32_t node)
{
    const struct model_node *one = &counting->flat->model->nodes[node];
    uint32_t *row = &counting->row_of[node];

    if (!*row)
        *row = counting->flat->lines && node ? line_row(counting, one) : function_row(counting, one->function);
    return *row ? &counting->flat->rows[*row - 1] : NULL;
}

static int add_cell(struct counting *counting, const struct model_cell *cell)
{
    const struct model_node *nodes = counting->flat->model->nodes;
    struct flat_row *row = row_of(counting, cell->node);
    uint32_t node = cell->node;

    if (!row)
        return -1;
    counting->cell++;
    counts_add(&row->self, &cell->counts);
    counts_add(&counting->flat->whole, &cell->counts);
    do {
        uint32_t *seen;

        if (!(row = row_of(counting, node)))
            return -1;
        seen = &counting->seen[row - counting->flat->rows];
        if (*seen != counting->cell)
            counts_add(&row->total, &cell->counts);
        *seen = counting->cell;
        node = nodes[node].parent;
    } while (node);
    return 0;
}

static int add_threads(struct counting *counting, const struct model_thread *const *threads, size_t nthreads)
{
    counting->row_of = calloc(counting->flat->model->nnodes + 1, sizeof *counting->row_of);
    if (!counting->row_of)
        return -1;
    for (size_t i = 0; i < nthreads; i++)
        for (size_t k = 0; k < threads[i]->ncells; k++)
            if (add_cell(counting, &threads[i]->cells[k]) < 0)
                return -1;
    return 0;
}

struct flat *flat_new(const struct model *model, const struct model_thread *const *threads, size_t nthreads,
                      bool lines)
{
    struct counting counting = {.flat = calloc(1, sizeof(struct flat))};
    int result;

    if (!counting.flat)
        return NULL;
    counting.flat->model = model;
    counting.flat->lines = lines;
    result = add_threads(&counting, threads, nthreads);
    map_free(&counting.by_line);
    map_free(&counting.by_function);
    free(counting.row_of);
    free(counting.seen);
    if (result == 0) {
        flat_sort(counting.flat, FLAT_BY_SELF);
        return counting.flat;
    }
    flat_free(counting.flat);
    return NULL;
}

void flat_free(struct flat *flat)
{
    if (!flat)
        return;
    free(flat->rows);
    free(flat);
}

static int compare_names(const struct flat *flat, const struct flat_row *a, const struct flat_row *b)
{
    const struct model_function *functions = flat->model->functions;
    int order = flat->lines ? text_compare(functions[a->function].path, functions[b->function].path) : 0;

    if (!order && flat->lines)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : model_compare_functions(flat->model, a->function, b->function);
}

static int compare_times(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

static int compare_by(const struct flat *flat, const struct flat_row *a, const struct flat_row *b,
                      enum flat_order order)
{
    switch (order) {
    case FLAT_BY_SELF:
        return compare_times(a->self.time, b->self.time);
    case FLAT_BY_TOTAL:
        return compare_times(a->total.time, b->total.time);
    case FLAT_BY_SAMPLES:
        return (a->self.samples < b->self.samples) - (a->self.samples > b->self.samples);
    case FLAT_BY_NAME:
        break;
    }
    return compare_names(flat, a, b);
}

struct comparison {
    const struct flat *flat;
    enum flat_order order;
};

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct comparison *comparison = context;
    int order = compare_by(comparison->flat, a, b, comparison->order);

    for (enum flat_order next = FLAT_BY_SELF; !order && next <= FLAT_BY_NAME; next++)
        order = compare_by(comparison->flat, a, b, next);
    return order;
}

void flat_sort(struct flat *flat, enum flat_order order)
{
    struct comparison comparison = {flat, order};

    if (flat->count)
        qsort_r(flat->rows, flat->count, sizeof *flat->rows, compare_rows, &comparison);
}
