#include "column.h"

#include "block.h"

enum { STORED = 0, DEFLATED = 1, RAW = -15, MEMORY_LEVEL = 8 };

int packer_init(struct packer *packer)
{
    z_stream *z = &packer->deflate;

    *packer = (struct packer){0};
    return deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK ? 0 : -1;
}

void packer_free(struct packer *packer)
{
    deflateEnd(&packer->deflate);
    buffer_free(&packer->packed[0]);
    buffer_free(&packer->packed[1]);
}

void column_put_head(struct buffer *payload, const struct buffer *head)
{
    buffer_varint(payload, head->size);
    buffer_put(payload, head->bytes, head->size);
    payload->failed |= head->failed;
}

/* Deflates `values` to the packer's `into` where that takes fewer than `room` bytes; how many, or 0. */
static size_t deflate_values(struct packer *packer, const struct buffer *values, int strategy, uint8_t *into,
                             size_t room)
{
    z_stream *z = &packer->deflate;

    if (deflateReset(z) != Z_OK || deflateParams(z, Z_DEFAULT_COMPRESSION, strategy) != Z_OK)
        return 0;
    z->next_out = into;
    z->avail_out = (uInt)room - 1;
    z->next_in = values->bytes;
    z->avail_in = (uInt)values->size;
    return deflate(z, Z_FINISH) == Z_STREAM_END ? room - 1 - z->avail_out : 0;
}

/* Without repetitions a byte takes at least a bit: where deflate found more to save, there is no need to try. */
enum { WORTH_TRYING = 8 };

/*
 * Deflates with and without looking for repetitions; which of the two is smaller is not to be told before: most columns
 * of samples are next to random.  The smaller one, or the values themselves if they are.
 */
static struct cursor pack(struct packer *packer, const struct buffer *values, uint8_t *method)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY};
    struct cursor best = cursor_over(values->bytes, values->size);

    *method = STORED;
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        struct buffer *packed = &packer->packed[i];
        uint8_t *into;
        size_t size;

        buffer_clear(packed);
        into = buffer_reserve(packed, cursor_left(&best));
        size = into ? deflate_values(packer, values, strategies[i], into, cursor_left(&best)) : 0;
        if (size > 0) {
            best = cursor_over(into, size);
            *method = DEFLATED;
        }
        if (cursor_left(&best) <= values->size / WORTH_TRYING)
            break;
    }
    return best;
}

void column_put(struct packer *packer, struct buffer *payload, uint32_t id, const struct buffer *values)
{
    struct cursor packed;
    uint8_t method;

    payload->failed |= values->failed;
    if (values->size == 0 || payload->failed)
        return;
    packed = pack(packer, values, &method);
    buffer_varint(payload, id);
    buffer_byte(payload, method);
    buffer_varint(payload, values->size);
    buffer_varint(payload, cursor_left(&packed));
    buffer_put(payload, packed.at, cursor_left(&packed));
}

bool column_next(struct cursor *payload, struct column *column)
{
    const uint8_t *start = payload->at;

    column->id = cursor_varint(payload);
    column->method = cursor_byte(payload);
    column->inflated = cursor_varint32(payload, LIMIT_COLUMN);
    column->stored = cursor_part(payload, cursor_varint(payload));
    column->whole = cursor_over(start, (size_t)(payload->at - start));
    return !payload->failed && (column->method != STORED || column->inflated == cursor_left(&column->stored));
}

/* Reads the next column into its place. */
static bool get_column(struct columns *columns, struct cursor *payload, uint64_t *total)
{
    struct column column;

    if (!column_next(payload, &column))
        return false;
    *total += column.inflated;
    if (*total > LIMIT_COLUMNS)
        return false;
    if (column.id >= COLUMNS_KNOWN)
        return true;
    if (columns->by_id[column.id].whole.at)
        return false;
    columns->by_id[column.id] = column;
    return true;
}

int columns_get(struct columns *columns, struct cursor payload, const char *name, uint64_t offset,
                struct pyprof_error *error)
{
    const uint8_t *start = payload.at;
    uint64_t total = 0;

    *columns = (struct columns){0};
    columns->head = cursor_part(&payload, cursor_varint(&payload));
    while (!payload.failed && !cursor_done(&payload)) {
        const uint8_t *at = payload.at;

        if (!get_column(columns, &payload, &total))
            return pyprof_fail(error, PYPROF_DAMAGED, offset, "%s block: no sound column at byte %zu of the payload",
                               name, (size_t)(at - start));
    }
    if (payload.failed)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "%s block: the head is longer than the payload", name);
    return 0;
}

void unpacker_free(struct unpacker *unpacker)
{
    if (unpacker->ready)
        inflateEnd(&unpacker->inflate);
    buffer_free(&unpacker->bytes);
    *unpacker = (struct unpacker){0};
}

/* Inflates to `into`; Z_STREAM_END if that gave exactly the column's length from exactly its bytes. */
static int inflate_column(z_stream *z, const struct column *column, uint8_t *into)
{
    int result;

    z->next_in = (uint8_t *)(uintptr_t)column->stored.at; /* zlib only reads it */
    z->avail_in = (uInt)cursor_left(&column->stored);
    z->next_out = into;
    z->avail_out = column->inflated;
    result = inflate(z, Z_FINISH);
    if (result == Z_STREAM_END && (z->avail_in > 0 || z->avail_out > 0))
        return Z_DATA_ERROR;
    return result;
}

int column_values(struct unpacker *unpacker, const struct column *column, struct cursor *values, const char *what,
                  uint64_t offset, struct pyprof_error *error)
{
    z_stream *z = &unpacker->inflate;
    int result;

    *values = column->inflated > 0 ? column->stored : cursor_over(NULL, 0);
    if (column->inflated == 0 || column->method == STORED)
        return 0;
    if (column->method != DEFLATED)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "column of %s: unknown method %u", what, column->method);
    buffer_clear(&unpacker->bytes);
    if (!unpacker->ready)
        unpacker->ready = inflateInit2(z, RAW) == Z_OK;
    if (!unpacker->ready || inflateReset(z) != Z_OK || !buffer_reserve(&unpacker->bytes, column->inflated))
        return pyprof_fail(error, PYPROF_MEMORY, offset, "no memory to inflate %s", what);
    result = inflate_column(z, column, unpacker->bytes.bytes);
    if (result == Z_MEM_ERROR)
        return pyprof_fail(error, PYPROF_MEMORY, offset, "no memory to inflate %s", what);
    if (result != Z_STREAM_END)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "column of %s: does not inflate to %u bytes", what,
                           column->inflated);
    *values = cursor_over(unpacker->bytes.bytes, column->inflated);
    return 0;
}
