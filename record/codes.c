#include "codes.h"

#include "cpython/lines.h"

#include <stdlib.h>
#include <string.h>

/* The agent's own table holds half as many (sample/codes.h): what is displaced here it has long forgotten. */
enum { CODES_MAX = 1 << 20 };

struct code {
    uint32_t id;
    uint32_t function; /* 0: no such code */
    int32_t firstline;
    enum lines_kind kind;
    uint32_t table_size;
    uint8_t *table; /* until it is decoded */
    struct lines_range *ranges;
    size_t nranges;
};

struct codes {
    struct code *items; /* by id modulo the room, which is a power of two */
    uint32_t room;
    uint64_t memory; /* bytes of line tables and ranges */
};

struct codes *codes_new(void)
{
    return calloc(1, sizeof(struct codes));
}

static void forget(struct codes *codes, struct code *code)
{
    codes->memory -= code->nranges * sizeof *code->ranges + (code->table ? code->table_size : 0);
    free(code->table);
    free(code->ranges);
    *code = (struct code){0};
}

void codes_free(struct codes *codes)
{
    if (!codes)
        return;
    for (uint32_t i = 0; i < codes->room; i++)
        forget(codes, &codes->items[i]);
    free(codes->items);
    free(codes);
}

/* The place for code `id`, made if need be; NULL without memory. */
static struct code *place(struct codes *codes, uint32_t id)
{
    uint32_t room = codes->room ? codes->room : 1024;

    while (room <= id && room < CODES_MAX)
        room *= 2;
    if (room > codes->room) {
        struct code *items = reallocarray(codes->items, room, sizeof *items);
        if (!items)
            return NULL;
        memset(items + codes->room, 0, (room - codes->room) * sizeof *items);
        codes->items = items;
        codes->room = room;
    }
    return &codes->items[id & (room - 1)];
}

int codes_take(struct codes *codes, const struct ring_code *record, size_t size, struct pyprof_writer *writer,
               struct pyprof_error *error)
{
    if (size < sizeof *record ||
        size - sizeof *record != (uint64_t)record->file_size + record->name_size + record->lines_size)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a code record of %zu bytes", size);

    struct code *code = place(codes, record->id);
    if (!code)
        return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    forget(codes, code);
    code->id = record->id;
    if (codes->memory + record->lines_size > CODES_MEMORY_MAX)
        return pyprof_fail(error, PYPROF_LIMIT, 0, "over %u MiB of line tables", (unsigned)(CODES_MEMORY_MAX >> 20));

    const char *text = (const char *)record->bytes;
    struct pyprof_text file = {text, record->file_size};
    struct pyprof_text name = {text + record->file_size, record->name_size};
    code->firstline = record->firstline > 0 ? record->firstline : 0;
    uint32_t flags = record->flags & RING_CODE_HIDDEN ? PYPROF_FUNCTION_HIDDEN : 0;
    code->function = pyprof_writer_function(writer, file, name, (uint32_t)code->firstline, flags);
    if (code->function == 0)
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "the writer failed");

    if (record->lines_size == 0 || record->lines_kind > LINES_LOCATIONS)
        return 0;
    code->table = malloc(record->lines_size);
    if (!code->table)
        return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    memcpy(code->table, text + record->file_size + record->name_size, record->lines_size);
    code->table_size = record->lines_size;
    code->kind = (enum lines_kind)record->lines_kind;
    codes->memory += code->table_size;
    return 0;
}

/* Turns the table into ranges; where memory is short the code keeps its first line only. */
static void decode(struct codes *codes, struct code *code)
{
    size_t n = lines_decode(code->kind, code->table, code->table_size, code->firstline, NULL, 0);

    if (codes->memory + n * sizeof *code->ranges <= CODES_MEMORY_MAX)
        code->ranges = calloc(n ? n : 1, sizeof *code->ranges);
    if (code->ranges) {
        lines_decode(code->kind, code->table, code->table_size, code->firstline, code->ranges, n);
        code->nranges = n;
        codes->memory += n * sizeof *code->ranges;
    }
    codes->memory -= code->table_size;
    free(code->table);
    code->table = NULL;
}

bool codes_place(struct codes *codes, struct ring_frame frame, uint32_t *function, uint32_t *line)
{
    struct code *code = codes->room ? &codes->items[frame.code & (codes->room - 1)] : NULL;

    if (!code || code->id != frame.code || code->function == 0)
        return false;
    if (code->table)
        decode(codes, code);
    int32_t at = lines_at(code->ranges, code->nranges, code->firstline, frame.instr);
    *function = code->function;
    *line = at > 0 ? (uint32_t)at : 0;
    return true;
}
