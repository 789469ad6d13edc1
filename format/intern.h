/*
 * intern: equal bytes get equal ids
 *
 * Ids are given from 1 in the order of first appearance and never go away.  Whose bytes they are, strings or small
 * structs without padding, does not matter.  The hash is seeded at random, so that the names in a program cannot be made
 * to collide.  Zero-initialised an intern is empty and valid.
 */
#ifndef PYPROF_INTERN_H
#define PYPROF_INTERN_H

#include "buffer.h"

struct intern_entry {
    uint64_t offset; /* into bytes */
    uint32_t size;
    uint32_t hash;
};

struct intern {
    uint64_t seed;
    struct buffer bytes;
    struct intern_entry *entries; /* of ids from 1 */
    uint32_t count;
    uint32_t *slots; /* ids by hash; 0 is free */
    uint32_t nslots; /* a power of two, more than count */
};

void intern_free(struct intern *);

/* The id of `size` bytes; 0 if there is no memory, or 2^26 ids were given. */
uint32_t intern_id(struct intern *, const void *bytes, uint32_t size);

/* The bytes of an id that was given; until the next intern_id. */
const uint8_t *intern_bytes(const struct intern *, uint32_t id, uint32_t *size);

#endif
