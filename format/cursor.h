/*
 * cursor: the one way to look at foreign bytes
 *
 * A cursor walks over bytes that somebody else owns and never past their end.  What is not there, or is no number, sets
 * `failed`; from then on every read gives 0 or NULL, so a caller may read many things and look once.  Encodings:
 * pyprof(5), Notation.
 */
#ifndef PYPROF_CURSOR_H
#define PYPROF_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct cursor cursor_over(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    return (struct cursor){.at = at, .end = size > 0 ? at + size : at};
}

static inline size_t cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

/* True once all bytes were read and none was missing. */
static inline bool cursor_done(const struct cursor *cursor)
{
    return !cursor->failed && cursor->at == cursor->end;
}

/* The next `size` bytes, which stay where they are; NULL if there are fewer. */
const uint8_t *cursor_bytes(struct cursor *, uint64_t size);

/* A cursor over the next `size` bytes, which this one has then passed. */
struct cursor cursor_part(struct cursor *, uint64_t size);

static inline uint8_t cursor_byte(struct cursor *cursor)
{
    if (cursor->at < cursor->end)
        return *cursor->at++;
    cursor->failed = true;
    return 0;
}

uint32_t cursor_u32(struct cursor *); /* little-endian */
uint64_t cursor_u64(struct cursor *);

/* A varint of any length; the way there for those of one byte is cursor_varint. */
uint64_t cursor_long_varint(struct cursor *);

static inline uint64_t cursor_varint(struct cursor *cursor)
{
    if (cursor->at < cursor->end && *cursor->at < 0x80)
        return *cursor->at++;
    return cursor_long_varint(cursor);
}

int64_t cursor_zigzag(struct cursor *);

/* A varint of at most `most`; a larger one fails. */
uint32_t cursor_varint32(struct cursor *, uint32_t most);

#endif
