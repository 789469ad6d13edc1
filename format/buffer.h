/*
 * buffer: bytes that grow as the format's numbers are put into them
 *
 * Zero-initialised it is empty and valid; buffer_free releases it.  A buffer that once had no memory has `failed` set and
 * ignores what is put into it, so a caller may put many things and look once.  Encodings: pyprof(5), Notation.
 */
#ifndef PYPROF_BUFFER_H
#define PYPROF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t room;
    bool failed;
};

void buffer_free(struct buffer *);

/* Empties the buffer and keeps its memory; it has not failed any more. */
void buffer_clear(struct buffer *);

/* Makes room for `more` bytes after what is there; where they go, or NULL if there is no memory. */
uint8_t *buffer_reserve(struct buffer *, size_t more);

void buffer_put(struct buffer *, const void *bytes, size_t size);
void buffer_byte(struct buffer *, uint8_t value);
void buffer_varint(struct buffer *, uint64_t value);
void buffer_zigzag(struct buffer *, int64_t value);

/* Bytes that `value` takes as a varint. */
size_t varint_size(uint64_t value);

static inline uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t value)
{
    return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

#endif
