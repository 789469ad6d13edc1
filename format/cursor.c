#include "cursor.h"

#include "buffer.h"

/* Nothing may be read any more: the end has come, as it were. */
static void fail(struct cursor *cursor)
{
    cursor->failed = true;
    cursor->at = cursor->end;
}

const uint8_t *cursor_bytes(struct cursor *cursor, uint64_t size)
{
    const uint8_t *bytes = cursor->at;

    if (cursor->failed || size > cursor_left(cursor)) {
        fail(cursor);
        return NULL;
    }
    cursor->at += size;
    return bytes;
}

struct cursor cursor_part(struct cursor *cursor, uint64_t size)
{
    const uint8_t *bytes = cursor_bytes(cursor, size);

    if (!bytes)
        return (struct cursor){.at = cursor->end, .end = cursor->end, .failed = true};
    return cursor_over(bytes, (size_t)size);
}

static uint64_t little_endian(struct cursor *cursor, unsigned size)
{
    const uint8_t *bytes = cursor_bytes(cursor, size);
    uint64_t value = 0;

    for (unsigned i = size; bytes && i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)little_endian(cursor, 4);
}

uint64_t cursor_u64(struct cursor *cursor)
{
    return little_endian(cursor, 8);
}

uint64_t cursor_long_varint(struct cursor *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;

        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    fail(cursor);
    return 0;
}

int64_t cursor_zigzag(struct cursor *cursor)
{
    return unzigzag(cursor_varint(cursor));
}

uint32_t cursor_varint32(struct cursor *cursor, uint32_t most)
{
    uint64_t value = cursor_varint(cursor);

    if (value <= most)
        return (uint32_t)value;
    fail(cursor);
    return 0;
}
