#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_AT_FIRST = 256, VARINT_MAX = 10 };

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return NULL;
    if (!buffer->bytes || more > buffer->room - buffer->size) {
        size_t room = buffer->room ? buffer->room : SIZE_AT_FIRST;
        uint8_t *bytes;

        while (room - buffer->size < more && room <= SIZE_MAX / 2)
            room *= 2;
        bytes = room - buffer->size < more ? NULL : realloc(buffer->bytes, room);
        if (!bytes) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = bytes;
        buffer->room = room;
    }
    return buffer->bytes + buffer->size;
}

void buffer_put(struct buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *into = buffer_reserve(buffer, size);

    if (!into || size == 0)
        return;
    memcpy(into, bytes, size);
    buffer->size += size;
}

void buffer_byte(struct buffer *buffer, uint8_t value)
{
    buffer_put(buffer, &value, 1);
}

void buffer_varint(struct buffer *buffer, uint64_t value)
{
    uint8_t *into = buffer_reserve(buffer, VARINT_MAX);

    if (!into)
        return;
    while (value > 0x7f) {
        *into++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *into++ = (uint8_t)value;
    buffer->size = (size_t)(into - buffer->bytes);
}

void buffer_zigzag(struct buffer *buffer, int64_t value)
{
    buffer_varint(buffer, zigzag(value));
}

size_t varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >>= 7)
        size++;
    return size;
}
