/*
 * map: from 64-bit keys to numbers above 0
 *
 * An open-addressing hash table, seeded per process, so that a hostile stream cannot choose keys that collide.  Its
 * order is arbitrary and never shown: users keep their things in arrays and the indices here.
 *
 * Zero-initialised it is empty and valid; map_free releases it.  One thread at a time.
 */
#ifndef PYRENDER_MAP_H
#define PYRENDER_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key;
    uint32_t value; /* 0: an empty slot */
};

struct map {
    struct map_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t used;
    uint64_t salt;
};

/*
 * The value of `key`: points at 0 if the key is new, and then the caller must set it above 0 at once.  The pointer is
 * good until the next call.  NULL if there is no memory.
 */
uint32_t *map_at(struct map *, uint64_t key);

/* The value of `key`, 0 if it has none. */
uint32_t map_get(const struct map *, uint64_t key);

void map_free(struct map *);

/* Two 32-bit numbers as one key. */
static inline uint64_t map_pair(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

/* A hash of bytes, seeded as the map is: equal in one process only. */
uint64_t map_hash(const void *bytes, size_t size);

#endif
