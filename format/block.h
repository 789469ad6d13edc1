/*
 * block: the frame around everything in a stream (pyprof(5), BLOCKS), and the format's limits
 */
#ifndef PYPROF_BLOCK_H
#define PYPROF_BLOCK_H

#include "buffer.h"
#include "error.h"

enum {
    BLOCK_HEADER_SIZE = 32,
    BLOCK_SYNC_SIZE = 4,
    BLOCK_MAJOR = 1,
    BLOCK_CRITICAL = 1 << 0,
};

extern const uint8_t block_sync[BLOCK_SYNC_SIZE];

enum block_type {
    BLOCK_SECTION = 1,
    BLOCK_DEFS = 2,
    BLOCK_SAMPLES = 3,
    BLOCK_END = 4,
};

/* pyprof(5), LIMITS. */
enum {
    LIMIT_PAYLOAD = 1 << 20,
    LIMIT_COLUMN = 4 << 20,
    LIMIT_COLUMNS = 16 << 20,
    LIMIT_SAMPLES = 1 << 20,
    LIMIT_IDS = 1 << 26,
    LIMIT_STRING = 64 << 10,
    LIMIT_DEPTH = 65535,
    LIMIT_FACTS = 512 << 10, /* of a SECTION block as it is written */
};

struct block_header {
    uint8_t type;
    uint8_t flags;
    uint8_t major;
    uint64_t section;
    uint32_t sequence;
    uint32_t length; /* of the payload */
    uint32_t crc;    /* of the payload */
};

/* Puts a whole block; its length and crc are taken from the payload. */
void block_put(struct buffer *, enum block_type, uint64_t section, uint32_t sequence, const struct buffer *payload);

/* Puts a block with the type, flags, version, section and sequence number of `header`. */
void block_put_as(struct buffer *, const struct block_header *header, const struct buffer *payload);

/*
 * Reads the header in the first BLOCK_HEADER_SIZE bytes of `bytes`, which are byte `offset` of the stream.  -1 and
 * PYPROF_DAMAGED if there is none.  A header of another major version is sound.
 */
int block_header_get(const uint8_t *bytes, uint64_t offset, struct block_header *, struct pyprof_error *);

/* Checks a payload against its header. */
int block_payload_check(const struct block_header *, const uint8_t *payload, uint64_t offset, struct pyprof_error *);

#endif
