#include "facts.h"

#include "block.h"

#include <string.h>

enum info_tag {
    RECORDING = 1,
    BOOT,
    HOST,
    PID,
    PPID,
    WALL,
    MONOTONIC,
    START,
    PERIOD,
    UNIT,
    PYTHON,
    RECORDER,
    ARGV,
    PREFIXES,
    PATH,
    FILTERS,
};

enum end_tag { FATE = 1, STATUS, TIME, ROUNDS, SAMPLES, MISSED, LATE, OVERFLOW };

static void put_number(struct buffer *payload, unsigned tag, uint64_t value)
{
    if (value == 0)
        return;
    buffer_varint(payload, tag);
    buffer_varint(payload, varint_size(value));
    buffer_varint(payload, value);
}

static void put_bytes(struct buffer *payload, unsigned tag, const void *bytes, size_t size)
{
    buffer_varint(payload, tag);
    buffer_varint(payload, size);
    buffer_put(payload, bytes, size);
}

static void put_id(struct buffer *payload, unsigned tag, const uint8_t id[16])
{
    static const uint8_t unknown[16];

    if (memcmp(id, unknown, sizeof unknown) != 0)
        put_bytes(payload, tag, id, sizeof unknown);
}

static void put_text(struct buffer *payload, unsigned tag, struct pyprof_text text)
{
    if (text.size > 0)
        put_bytes(payload, tag, text.bytes, text.size < LIMIT_STRING ? text.size : LIMIT_STRING);
}

static void put_list(struct buffer *payload, unsigned tag, struct pyprof_texts list)
{
    for (size_t i = 0; i < list.count && payload->size < LIMIT_FACTS - LIMIT_STRING; i++) {
        size_t size = list.items[i].size < LIMIT_STRING ? list.items[i].size : LIMIT_STRING;

        put_bytes(payload, tag, list.items[i].bytes, size);
    }
}

void info_put(struct buffer *payload, const struct pyprof_info *info)
{
    put_id(payload, RECORDING, info->recording);
    put_id(payload, BOOT, info->boot);
    put_text(payload, HOST, info->host);
    put_number(payload, PID, info->pid);
    put_number(payload, PPID, info->ppid);
    put_number(payload, WALL, info->wall);
    put_number(payload, MONOTONIC, info->monotonic);
    put_number(payload, START, zigzag(info->start));
    put_number(payload, PERIOD, info->period);
    put_number(payload, UNIT, info->unit);
    put_text(payload, PYTHON, info->python);
    put_text(payload, RECORDER, info->recorder);
    put_list(payload, FILTERS, info->filters); /* first, so that they are never cut for the sake of the others */
    put_list(payload, ARGV, info->argv);
    put_list(payload, PREFIXES, info->prefixes);
    put_list(payload, PATH, info->path);
}

static struct pyprof_texts *list_of(struct pyprof_info *info, uint64_t tag)
{
    switch (tag) {
    case ARGV:
        return &info->argv;
    case PREFIXES:
        return &info->prefixes;
    case PATH:
        return &info->path;
    case FILTERS:
        return &info->filters;
    default:
        return NULL;
    }
}

static bool get_id(struct cursor value, uint8_t id[16])
{
    const uint8_t *bytes = cursor_bytes(&value, 16);

    if (!bytes || !cursor_done(&value))
        return false;
    memcpy(id, bytes, 16);
    return true;
}

static bool get_number(struct cursor value, uint64_t *number)
{
    *number = cursor_varint(&value);
    return cursor_done(&value);
}

static bool get_signed(struct cursor value, int64_t *number)
{
    *number = cursor_zigzag(&value);
    return cursor_done(&value);
}

static bool get_text(struct cursor value, struct pyprof_text *text)
{
    *text = (struct pyprof_text){.bytes = (const char *)value.at, .size = cursor_left(&value)};
    return text->size <= LIMIT_STRING;
}

/* Reads one field that is no list's. */
static bool get_field(struct pyprof_info *info, uint64_t tag, struct cursor value)
{
    switch (tag) {
    case RECORDING:
        return get_id(value, info->recording);
    case BOOT:
        return get_id(value, info->boot);
    case HOST:
        return get_text(value, &info->host);
    case PID:
        return get_number(value, &info->pid);
    case PPID:
        return get_number(value, &info->ppid);
    case WALL:
        return get_number(value, &info->wall);
    case MONOTONIC:
        return get_number(value, &info->monotonic);
    case START:
        return get_signed(value, &info->start);
    case PERIOD:
        return get_number(value, &info->period);
    case UNIT:
        return get_number(value, &info->unit);
    case PYTHON:
        return get_text(value, &info->python);
    case RECORDER:
        return get_text(value, &info->recorder);
    default:
        return true;
    }
}

/* Reads all fields; the lists' items are only counted. */
static bool get_fields(struct pyprof_info *info, struct cursor payload)
{
    while (!payload.failed && !cursor_done(&payload)) {
        uint64_t tag = cursor_varint(&payload);
        struct cursor value = cursor_part(&payload, cursor_varint(&payload));
        struct pyprof_texts *list = list_of(info, tag);

        if (payload.failed || cursor_left(&value) > LIMIT_PAYLOAD || !get_field(info, tag, value))
            return false;
        if (list && cursor_left(&value) > LIMIT_STRING)
            return false;
        if (list)
            list->count++;
    }
    return !payload.failed;
}

/* Gives each list its part of `items`, which has room for all, and fills them. */
static void get_lists(struct facts *facts, struct cursor payload)
{
    static const enum info_tag lists[] = {ARGV, PREFIXES, PATH, FILTERS};
    struct pyprof_text *item = facts->items;

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct cursor cursor = payload;

        list_of(&facts->info, lists[i])->items = item;
        while (!cursor_done(&cursor)) {
            uint64_t tag = cursor_varint(&cursor);
            struct cursor value = cursor_part(&cursor, cursor_varint(&cursor));

            if (tag == lists[i])
                get_text(value, item++);
        }
    }
}

enum facts_result facts_get(struct facts *facts, struct cursor payload)
{
    struct facts got = {.budget = facts->budget, .size = cursor_left(&payload)};

    got.bytes = budget_alloc(got.budget, got.size);
    if (!got.bytes)
        return FACTS_MEMORY;
    if (got.size > 0)
        memcpy(got.bytes, payload.at, got.size);
    payload = cursor_over(got.bytes, got.size);
    if (!get_fields(&got.info, payload)) {
        facts_free(&got);
        return FACTS_DAMAGED;
    }
    got.nitems = got.info.argv.count + got.info.prefixes.count + got.info.path.count + got.info.filters.count;
    got.items = budget_alloc(got.budget, got.nitems * sizeof *got.items);
    if (!got.items) {
        got.nitems = 0;
        facts_free(&got);
        return FACTS_MEMORY;
    }
    get_lists(&got, payload);
    facts_free(facts);
    *facts = got;
    return FACTS_OK;
}

void facts_free(struct facts *facts)
{
    budget_free(facts->budget, facts->bytes, facts->size);
    budget_free(facts->budget, facts->items, facts->nitems * sizeof *facts->items);
    *facts = (struct facts){.budget = facts->budget};
}

void end_put(struct buffer *payload, const struct pyprof_end *end)
{
    put_number(payload, FATE, end->fate);
    if (end->status_known) {
        buffer_varint(payload, STATUS);
        buffer_varint(payload, varint_size(end->status));
        buffer_varint(payload, end->status);
    }
    put_number(payload, TIME, zigzag(end->time));
    put_number(payload, ROUNDS, end->rounds);
    put_number(payload, SAMPLES, end->samples);
    put_number(payload, MISSED, end->missed);
    put_number(payload, LATE, end->late);
    put_number(payload, OVERFLOW, end->overflow);
}

static bool get_end_field(struct pyprof_end *end, uint64_t tag, struct cursor value)
{
    uint64_t number = 0;
    bool sound = true;

    switch (tag) {
    case FATE:
        sound = get_number(value, &number);
        end->fate = number <= PYPROF_FATE_RUNNING ? (enum pyprof_fate)number : PYPROF_FATE_UNKNOWN;
        return sound;
    case STATUS:
        end->status_known = sound = get_number(value, &number) && number <= UINT32_MAX;
        end->status = (uint32_t)number;
        return sound;
    case TIME:
        return get_signed(value, &end->time);
    case ROUNDS:
        return get_number(value, &end->rounds);
    case SAMPLES:
        return get_number(value, &end->samples);
    case MISSED:
        return get_number(value, &end->missed);
    case LATE:
        return get_number(value, &end->late);
    case OVERFLOW:
        return get_number(value, &end->overflow);
    default:
        return true;
    }
}

enum facts_result end_get(struct pyprof_end *end, struct cursor payload)
{
    struct pyprof_end got = {0};

    while (!payload.failed && !cursor_done(&payload)) {
        uint64_t tag = cursor_varint(&payload);
        struct cursor value = cursor_part(&payload, cursor_varint(&payload));

        if (payload.failed || !get_end_field(&got, tag, value))
            return FACTS_DAMAGED;
    }
    if (payload.failed)
        return FACTS_DAMAGED;
    *end = got;
    return FACTS_OK;
}
