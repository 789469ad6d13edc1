#include "defs.h"

#include "block.h"
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

enum {
    STRING_SIZES = 1,
    STRING_BYTES,
    FUNCTION_FILES,
    FUNCTION_NAMES,
    FUNCTION_FIRSTLINES,
    NODE_PARENTS,
    NODE_FUNCTIONS,
    NODE_LINES,
    THREADS,
    FUNCTION_FLAGS,
};

/* What goes into one block at most, so that its payload keeps under the limit even where nothing deflates. */
enum {
    BLOCK_STRING_BYTES = 256 << 10,
    BLOCK_STRINGS = 16384,
    BLOCK_FUNCTIONS = 8192,
    BLOCK_NODES = 16384,
    BLOCK_THREADS = 4096,
};

void defs_free(struct defs *defs)
{
    intern_free(&defs->strings);
    intern_free(&defs->functions);
    intern_free(&defs->nodes);
    free(defs->threads);
    *defs = (struct defs){0};
}

bool defs_string(struct defs *defs, struct pyprof_text text, uint32_t *id)
{
    *id = 0;
    if (text.size > 0)
        *id = intern_id(&defs->strings, text.bytes, (uint32_t)(text.size < LIMIT_STRING ? text.size : LIMIT_STRING));
    return text.size == 0 || *id > 0;
}

uint32_t defs_function(struct defs *defs, struct pyprof_text file, struct pyprof_text name, uint32_t firstline,
                       uint32_t flags)
{
    struct function_key key = {.firstline = firstline, .flags = flags};

    if (!defs_string(defs, file, &key.file) || !defs_string(defs, name, &key.name))
        return 0;
    return intern_id(&defs->functions, &key, sizeof key);
}

uint32_t defs_node(struct defs *defs, uint32_t parent, uint32_t function, uint32_t line)
{
    struct node_key key = {.parent = parent, .function = function, .line = line};

    return intern_id(&defs->nodes, &key, sizeof key);
}

/* Makes room for thread `id`. */
static int grow_threads(struct defs *defs, uint32_t id)
{
    uint32_t room = defs->threads_room ? defs->threads_room : 16;
    struct thread_def *threads;

    if (id <= defs->threads_room)
        return 0;
    while (room < id)
        room *= 2;
    threads = realloc(defs->threads, room * sizeof *threads);
    if (!threads)
        return -1;
    memset(threads + defs->threads_room, 0, (room - defs->threads_room) * sizeof *threads);
    defs->threads = threads;
    defs->threads_room = room;
    return 0;
}

int defs_thread(struct defs *defs, const struct pyprof_thread *thread)
{
    struct thread_def def = {.id = thread->id, .tid = thread->tid, .changed = true};

    if (thread->id == 0 || thread->id >= LIMIT_IDS || grow_threads(defs, thread->id) < 0 ||
        !defs_string(defs, thread->name, &def.name))
        return -1;
    def.start = thread->start;
    def.end = thread->end;
    defs->threads[thread->id - 1] = def;
    defs->threads_changed = true;
    if (thread->id > defs->nthreads)
        defs->nthreads = thread->id;
    return 0;
}

bool defs_pending(const struct defs *defs)
{
    return defs->threads_changed || defs->written_strings < defs->strings.count ||
           defs->written_functions < defs->functions.count || defs->written_nodes < defs->nodes.count;
}

void defs_repeat(struct defs *defs)
{
    defs->written_strings = 0;
    defs->written_functions = 0;
    defs->written_nodes = 0;
    for (uint32_t i = 0; i < defs->nthreads; i++)
        defs->threads[i].changed = defs->threads[i].id != 0;
    defs->threads_changed = defs->nthreads > 0;
}

/* Up to `most` of the ids after `written`. */
static uint32_t portion(uint32_t count, uint32_t written, uint32_t most)
{
    return count - written < most ? count - written : most;
}

static void put_range(struct buffer *head, uint32_t written, uint32_t count)
{
    buffer_varint(head, count > 0 ? written + 1 : 0);
    buffer_varint(head, count);
}

static void put_delta(struct buffer *column, uint32_t value, uint32_t *before)
{
    buffer_zigzag(column, (int64_t)value - *before);
    *before = value;
}

static void put_strings(struct defs *defs, struct packer *packer, struct buffer *head, struct buffer *columns)
{
    uint32_t most = portion(defs->strings.count, defs->written_strings, BLOCK_STRINGS), count = 0;
    struct buffer sizes = {0}, bytes = {0};

    while (count < most && bytes.size <= BLOCK_STRING_BYTES - LIMIT_STRING) {
        uint32_t size;
        const uint8_t *string = intern_bytes(&defs->strings, defs->written_strings + ++count, &size);

        buffer_varint(&sizes, size);
        buffer_put(&bytes, string, size);
    }
    put_range(head, defs->written_strings, count);
    column_put(packer, columns, STRING_SIZES, &sizes);
    column_put(packer, columns, STRING_BYTES, &bytes);
    defs->written_strings += count;
    buffer_free(&sizes);
    buffer_free(&bytes);
}

static void put_functions(struct defs *defs, struct packer *packer, struct buffer *head, struct buffer *columns)
{
    uint32_t count = portion(defs->functions.count, defs->written_functions, BLOCK_FUNCTIONS), size;
    struct buffer files = {0}, names = {0}, firstlines = {0}, flags = {0};
    struct function_key before = {0}, key;
    bool flagged = false;

    for (uint32_t i = 1; i <= count; i++) {
        memcpy(&key, intern_bytes(&defs->functions, defs->written_functions + i, &size), sizeof key);
        put_delta(&files, key.file, &before.file);
        put_delta(&names, key.name, &before.name);
        put_delta(&firstlines, key.firstline, &before.firstline);
        buffer_varint(&flags, key.flags);
        flagged |= key.flags != 0;
    }
    put_range(head, defs->written_functions, count);
    column_put(packer, columns, FUNCTION_FILES, &files);
    column_put(packer, columns, FUNCTION_NAMES, &names);
    column_put(packer, columns, FUNCTION_FIRSTLINES, &firstlines);
    if (flagged)
        column_put(packer, columns, FUNCTION_FLAGS, &flags);
    defs->written_functions += count;
    buffer_free(&files);
    buffer_free(&names);
    buffer_free(&firstlines);
    buffer_free(&flags);
}

/* Lines of nodes count from their function's first, which makes them small and much alike. */
static uint32_t firstline_of(const struct defs *defs, uint32_t function)
{
    struct function_key key = {0};
    uint32_t size;

    if (function > 0 && function <= defs->functions.count)
        memcpy(&key, intern_bytes(&defs->functions, function, &size), sizeof key);
    return key.firstline;
}

static void put_nodes(struct defs *defs, struct packer *packer, struct buffer *head, struct buffer *columns)
{
    uint32_t count = portion(defs->nodes.count, defs->written_nodes, BLOCK_NODES), size;
    struct buffer parents = {0}, functions = {0}, lines = {0};
    struct node_key key;

    for (uint32_t i = 1; i <= count; i++) {
        uint32_t id = defs->written_nodes + i;

        memcpy(&key, intern_bytes(&defs->nodes, id, &size), sizeof key);
        buffer_varint(&parents, id - key.parent);
        buffer_varint(&functions, key.function);
        buffer_zigzag(&lines, (int32_t)(key.line - firstline_of(defs, key.function)));
    }
    put_range(head, defs->written_nodes, count);
    column_put(packer, columns, NODE_PARENTS, &parents);
    column_put(packer, columns, NODE_FUNCTIONS, &functions);
    column_put(packer, columns, NODE_LINES, &lines);
    defs->written_nodes += count;
    buffer_free(&parents);
    buffer_free(&functions);
    buffer_free(&lines);
}

/* A thread's end as it is stored. */
static uint64_t end_after_start(const struct thread_def *thread)
{
    if (thread->end == INT64_MAX)
        return 0;
    return 1 + zigzag((int64_t)((uint64_t)thread->end - (uint64_t)thread->start));
}

static void put_threads(struct defs *defs, struct packer *packer, struct buffer *head, struct buffer *columns)
{
    struct buffer threads = {0};
    uint32_t count = 0, i;

    for (i = 0; i < defs->nthreads && count < BLOCK_THREADS; i++) {
        struct thread_def *thread = &defs->threads[i];

        if (!thread->changed)
            continue;
        buffer_varint(&threads, thread->id);
        buffer_varint(&threads, thread->tid);
        buffer_varint(&threads, thread->name);
        buffer_zigzag(&threads, thread->start);
        buffer_varint(&threads, end_after_start(thread));
        thread->changed = false;
        count++;
    }
    defs->threads_changed = i < defs->nthreads;
    buffer_varint(head, count);
    column_put(packer, columns, THREADS, &threads);
    buffer_free(&threads);
}

int defs_put(struct defs *defs, struct packer *packer, struct buffer *payload)
{
    struct buffer head = {0}, columns = {0};

    put_strings(defs, packer, &head, &columns);
    put_functions(defs, packer, &head, &columns);
    put_nodes(defs, packer, &head, &columns);
    put_threads(defs, packer, &head, &columns);
    payload->failed |= columns.failed;
    column_put_head(payload, &head);
    buffer_put(payload, columns.bytes, columns.size);
    buffer_free(&head);
    buffer_free(&columns);
    return payload->failed ? -1 : 0;
}

/* Reading. */

struct range {
    uint32_t first, count;
};

struct defs_head {
    struct range strings, functions, nodes;
    uint32_t threads;
};

/* What reading one block needs everywhere. */
struct defs_reading {
    struct pyprof_section *section;
    struct columns columns;
    struct defs_head head;
    struct unpacker *unpacker;
    uint64_t offset;
    struct pyprof_error *error;
};

static int damaged(const struct defs_reading *reading, const char *what)
{
    return pyprof_fail(reading->error, PYPROF_DAMAGED, reading->offset, "DEFS block: %s", what);
}

static int no_memory(const struct defs_reading *reading)
{
    return pyprof_fail(reading->error, PYPROF_MEMORY, reading->offset, "no memory for definitions");
}

static bool get_range(struct cursor *head, struct range *range)
{
    range->first = cursor_done(head) ? 0 : cursor_varint32(head, LIMIT_IDS - 1);
    range->count = cursor_done(head) ? 0 : cursor_varint32(head, LIMIT_IDS - 1);
    return !head->failed && (range->count == 0 || (range->first > 0 && range->count <= LIMIT_IDS - range->first));
}

static bool get_head(struct cursor cursor, struct defs_head *head)
{
    if (!get_range(&cursor, &head->strings) || !get_range(&cursor, &head->functions) ||
        !get_range(&cursor, &head->nodes))
        return false;
    head->threads = cursor_done(&cursor) ? 0 : cursor_varint32(&cursor, LIMIT_IDS - 1);
    return !cursor.failed;
}

static int values(const struct defs_reading *reading, unsigned id, struct cursor *cursor, const char *what)
{
    return column_values(reading->unpacker, &reading->columns.by_id[id], cursor, what, reading->offset,
                         reading->error);
}

/* The bytes of all strings of the block, kept in the section; NULL with the error set. */
static char *keep_bytes(const struct defs_reading *reading, size_t *size)
{
    struct cursor bytes;
    char *kept;

    if (values(reading, STRING_BYTES, &bytes, "string bytes") < 0)
        return NULL;
    *size = cursor_left(&bytes);
    kept = section_keep(reading->section, *size);
    if (!kept)
        no_memory(reading);
    else if (*size > 0)
        memcpy(kept, bytes.at, *size);
    return kept;
}

/* True if there is nothing new in the range, as when tables are repeated. */
static bool strings_known(const struct pyprof_section *section, struct range range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        const struct string_item *item = table_get(&section->strings, range.first + i);

        if (!item || !item->bytes)
            return false;
    }
    return true;
}

static int get_strings(const struct defs_reading *reading)
{
    struct range range = reading->head.strings;
    struct cursor sizes;
    size_t left;
    char *bytes;

    if (strings_known(reading->section, range))
        return 0;
    bytes = keep_bytes(reading, &left);
    if (!bytes || values(reading, STRING_SIZES, &sizes, "string sizes") < 0)
        return -1;
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t size = cursor_varint32(&sizes, LIMIT_STRING);
        struct string_item *item;

        if (sizes.failed || size > left)
            return damaged(reading, "string sizes and bytes do not agree");
        item = table_make(&reading->section->strings, range.first + i);
        if (!item)
            return no_memory(reading);
        if (!item->bytes)
            *item = (struct string_item){.bytes = bytes, .size = size};
        bytes += size;
        left -= size;
    }
    return cursor_done(&sizes) && left == 0 ? 0 : damaged(reading, "more string sizes or bytes than strings");
}

static void *make(const struct defs_reading *reading, struct table *table, uint32_t id)
{
    void *item = table_make(table, id);

    if (!item)
        no_memory(reading);
    return item;
}

/* How the numbers of a column are stored. */
enum coding { PLAIN, ZIGZAG, DELTA };

/* The next number, modulo 2^32; `before` is the one before it. */
static uint32_t next_number(struct cursor *cursor, enum coding coding, uint32_t before)
{
    switch (coding) {
    case PLAIN:
        return (uint32_t)cursor_varint(cursor);
    case ZIGZAG:
        return (uint32_t)cursor_zigzag(cursor);
    case DELTA:
    default:
        return before + (uint32_t)cursor_zigzag(cursor);
    }
}

/* Sets number `field` of the range's items, those that are not defined yet, from a column. */
static int get_numbers(const struct defs_reading *reading, struct table *table, struct range range, unsigned column,
                       enum coding coding, unsigned field, const char *what)
{
    struct cursor cursor;
    uint32_t value = 0;

    if (values(reading, column, &cursor, what) < 0)
        return -1;
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t *item;

        value = next_number(&cursor, coding, value);
        if (cursor.failed)
            return damaged(reading, what);
        item = make(reading, table, range.first + i);
        if (!item)
            return -1;
        if (item[0] == 0)
            item[field] = value;
    }
    return cursor_done(&cursor) ? 0 : damaged(reading, what);
}

#define FIELD(type, name) (offsetof(struct type, name) / sizeof(uint32_t))

static int get_functions(const struct defs_reading *reading)
{
    struct table *table = &reading->section->functions;
    struct range range = reading->head.functions;

    if (get_numbers(reading, table, range, FUNCTION_FILES, DELTA, FIELD(function_item, file), "function files") < 0 ||
        get_numbers(reading, table, range, FUNCTION_NAMES, DELTA, FIELD(function_item, name), "function names") < 0 ||
        get_numbers(reading, table, range, FUNCTION_FIRSTLINES, DELTA, FIELD(function_item, firstline),
                    "function first lines") < 0 ||
        (reading->columns.by_id[FUNCTION_FLAGS].inflated > 0 &&
         get_numbers(reading, table, range, FUNCTION_FLAGS, PLAIN, FIELD(function_item, flags), "function flags") <
             0))
        return -1;
    for (uint32_t i = 0; i < range.count; i++)
        ((struct function_item *)table_get(table, range.first + i))->defined = 1;
    return 0;
}

static int get_parents(const struct defs_reading *reading)
{
    struct range range = reading->head.nodes;
    struct cursor cursor;

    if (values(reading, NODE_PARENTS, &cursor, "parents of nodes") < 0)
        return -1;
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t id = range.first + i, up = cursor_varint32(&cursor, id);
        struct node_item *item;

        if (cursor.failed || up == 0)
            return damaged(reading, "a node's parent is not before it");
        item = make(reading, &reading->section->nodes, id);
        if (!item)
            return -1;
        if (item->depth == 0)
            item->parent = id - up;
    }
    return cursor_done(&cursor) ? 0 : damaged(reading, "more parents than nodes");
}

static int get_nodes(const struct defs_reading *reading)
{
    struct table *table = &reading->section->nodes;
    struct range range = reading->head.nodes;

    if (get_parents(reading) < 0 ||
        get_numbers(reading, table, range, NODE_FUNCTIONS, PLAIN, FIELD(node_item, function), "node functions") < 0 ||
        get_numbers(reading, table, range, NODE_LINES, ZIGZAG, FIELD(node_item, line), "node lines") < 0)
        return -1;
    for (uint32_t i = 0; i < range.count; i++) {
        struct node_item *item = table_get(table, range.first + i);
        const struct node_item *parent = table_get(table, item->parent);

        if (item->depth > 0)
            continue;
        if (item->parent == 0)
            item->depth = 1;
        else if (parent && parent->depth == LIMIT_DEPTH)
            return pyprof_fail(reading->error, PYPROF_DAMAGED, reading->offset,
                               "DEFS block: node %u is deeper than %d", range.first + i, LIMIT_DEPTH);
        else if (parent && parent->depth > 0)
            item->depth = parent->depth + 1;
    }
    return 0;
}

static int get_threads(const struct defs_reading *reading)
{
    struct cursor cursor;

    if (values(reading, THREADS, &cursor, "threads") < 0)
        return -1;
    for (uint32_t i = 0; i < reading->head.threads; i++) {
        uint32_t id = cursor_varint32(&cursor, LIMIT_IDS - 1);
        struct thread_item got = {.defined = true, .tid = cursor_varint(&cursor)}, *item;
        uint64_t end;

        got.name = cursor_varint32(&cursor, LIMIT_IDS - 1);
        got.start = cursor_zigzag(&cursor);
        end = cursor_varint(&cursor);
        got.end = end == 0 ? INT64_MAX : (int64_t)((uint64_t)got.start + (uint64_t)unzigzag(end - 1));
        if (cursor.failed || id == 0)
            return damaged(reading, "threads");
        item = make(reading, &reading->section->threads, id);
        if (!item)
            return -1;
        *item = got;
    }
    return cursor_done(&cursor) ? 0 : damaged(reading, "more than its threads in the column of threads");
}

int defs_get(struct pyprof_section *section, struct cursor payload, struct unpacker *unpacker, uint64_t offset,
             struct pyprof_error *error)
{
    struct defs_reading reading = {.section = section, .unpacker = unpacker, .offset = offset, .error = error};

    if (columns_get(&reading.columns, payload, "DEFS", offset, error) < 0)
        return -1;
    if (!get_head(reading.columns.head, &reading.head))
        return damaged(&reading, "the head's ids or counts are out of range");
    if (get_strings(&reading) < 0 || get_functions(&reading) < 0 || get_nodes(&reading) < 0)
        return -1;
    return get_threads(&reading);
}

/* Puts the column of parents with each one mapped. */
static int map_parents(struct cursor parents, struct range range, const struct pyprof_node_map *map,
                       struct packer *packer, struct buffer *out)
{
    struct buffer mapped = {0};

    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t id = range.first + i, up = cursor_varint32(&parents, id);

        buffer_varint(&mapped, id - (up < id ? map->map(map->context, id - up) : 0));
    }
    column_put(packer, out, NODE_PARENTS, &mapped);
    buffer_free(&mapped);
    return out->failed ? -1 : 0;
}

int defs_map(struct cursor payload, const struct pyprof_node_map *map, struct unpacker *unpacker,
             struct packer *packer, struct buffer *out, uint64_t offset, struct pyprof_error *error)
{
    struct cursor head = cursor_part(&payload, cursor_varint(&payload)), values;
    struct defs_head ranges;
    struct column column;

    if (!get_head(head, &ranges))
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "DEFS block: the head's ids or counts are out of range");
    buffer_varint(out, cursor_left(&head));
    buffer_put(out, head.at, cursor_left(&head));
    while (!cursor_done(&payload)) {
        if (!column_next(&payload, &column))
            return pyprof_fail(error, PYPROF_DAMAGED, offset, "DEFS block: no sound column");
        if (column.id != NODE_PARENTS) {
            buffer_put(out, column.whole.at, cursor_left(&column.whole));
            continue;
        }
        if (column_values(unpacker, &column, &values, "parents of nodes", offset, error) < 0)
            return -1;
        if (map_parents(values, ranges.nodes, map, packer, out) < 0)
            break;
    }
    return out->failed ? pyprof_fail(error, PYPROF_MEMORY, offset, "no memory for definitions") : 0;
}
