#include "map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* 16 random bytes that the kernel gives every process, getauxval(3). */
static uint64_t seed(void)
{
    uint64_t random;

    memcpy(&random, (const void *)getauxval(AT_RANDOM), sizeof random);
    return random;
}

/* The finaliser of MurmurHash3: every bit of the key reaches every bit of the result. */
static uint64_t mix(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdU;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53U;
    return key ^ key >> 33;
}

static struct map_slot *find(const struct map *map, uint64_t key)
{
    for (size_t i = mix(key ^ map->salt) & (map->room - 1);; i = (i + 1) & (map->room - 1)) {
        struct map_slot *slot = &map->slots[i];

        if (!slot->value || slot->key == key)
            return slot;
    }
}

static int grow(struct map *map)
{
    struct map old = *map;

    map->salt = seed();
    map->room = old.room ? old.room * 2 : 64;
    map->slots = calloc(map->room, sizeof *map->slots);
    if (!map->slots) {
        *map = old;
        return -1;
    }
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].value)
            *find(map, old.slots[i].key) = old.slots[i];
    free(old.slots);
    return 0;
}

uint32_t *map_at(struct map *map, uint64_t key)
{
    struct map_slot *slot;

    if (map->used * 2 >= map->room && grow(map) < 0)
        return NULL;
    slot = find(map, key);
    if (!slot->value) {
        slot->key = key;
        map->used++;
    }
    return &slot->value;
}

uint32_t map_get(const struct map *map, uint64_t key)
{
    return map->room ? find(map, key)->value : 0;
}

void map_free(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

uint64_t map_hash(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = seed() ^ size;

    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;

        memcpy(&word, at, sizeof word);
        hash = mix(hash ^ word);
    }
    for (; size; size--, at++)
        hash = mix(hash ^ *at);
    return hash;
}
