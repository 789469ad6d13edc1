#include "block.h"

#include "cursor.h"

#include <string.h>
#include <zlib.h>

enum { SUMMED = 28 }; /* bytes of the header that its own crc covers */

const uint8_t block_sync[BLOCK_SYNC_SIZE] = {0x89, 'p', 'y', 'p'};

static uint32_t crc(const uint8_t *bytes, size_t size)
{
    return (uint32_t)crc32(0, bytes, (uInt)size);
}

static void put_little_endian(uint8_t *into, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        into[i] = (uint8_t)(value >> 8 * i);
}

static void write_header(uint8_t *block, const struct block_header *header)
{
    memcpy(block, block_sync, BLOCK_SYNC_SIZE);
    block[4] = header->type;
    block[5] = header->flags;
    block[6] = header->major;
    block[7] = 0;
    put_little_endian(block + 8, header->section, 8);
    put_little_endian(block + 16, header->sequence, 4);
    put_little_endian(block + 20, header->length, 4);
    put_little_endian(block + 24, header->crc, 4);
    put_little_endian(block + SUMMED, crc(block, SUMMED), 4);
}

void block_put_as(struct buffer *buffer, const struct block_header *header, const struct buffer *payload)
{
    struct block_header own = *header;
    uint8_t bytes[BLOCK_HEADER_SIZE];

    own.length = (uint32_t)payload->size;
    own.crc = crc(payload->bytes, payload->size);
    write_header(bytes, &own);
    buffer_put(buffer, bytes, sizeof bytes);
    buffer_put(buffer, payload->bytes, payload->size);
}

void block_put(struct buffer *buffer, enum block_type type, uint64_t section, uint32_t sequence,
               const struct buffer *payload)
{
    struct block_header header = {.type = (uint8_t)type, .major = BLOCK_MAJOR, .section = section};

    header.sequence = sequence;
    block_put_as(buffer, &header, payload);
}

int block_header_get(const uint8_t *bytes, uint64_t offset, struct block_header *header, struct pyprof_error *error)
{
    struct cursor cursor = cursor_over(bytes, BLOCK_HEADER_SIZE);
    uint32_t got = crc(bytes, SUMMED), wanted;
    uint8_t zero;

    if (memcmp(cursor_bytes(&cursor, BLOCK_SYNC_SIZE), block_sync, BLOCK_SYNC_SIZE) != 0)
        return pyprof_fail(error, PYPROF_DAMAGED, offset,
                           "no block here: wanted the sync word 89707970, got %02x%02x%02x%02x", bytes[0], bytes[1],
                           bytes[2], bytes[3]);
    header->type = cursor_byte(&cursor);
    header->flags = cursor_byte(&cursor);
    header->major = cursor_byte(&cursor);
    zero = cursor_byte(&cursor);
    header->section = cursor_u64(&cursor);
    header->sequence = cursor_u32(&cursor);
    header->length = cursor_u32(&cursor);
    header->crc = cursor_u32(&cursor);
    wanted = cursor_u32(&cursor);
    if (wanted != got)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "block header: wanted crc %08x, got %08x", wanted, got);
    if (zero != 0 || header->section == 0)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "block header: byte 7 is %u and the section %llx", zero,
                           (unsigned long long)header->section);
    if (header->length > LIMIT_PAYLOAD)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "block header: a payload of %u bytes, at most %d allowed",
                           header->length, LIMIT_PAYLOAD);
    return 0;
}

int block_payload_check(const struct block_header *header, const uint8_t *payload, uint64_t offset,
                        struct pyprof_error *error)
{
    uint32_t got = crc(payload, header->length);

    if (got == header->crc)
        return 0;
    return pyprof_fail(error, PYPROF_DAMAGED, offset, "block payload: wanted crc %08x, got %08x", header->crc, got);
}
