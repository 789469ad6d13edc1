#include "intern.h"

#include "block.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SLOTS_AT_FIRST = 64 };

void intern_free(struct intern *intern)
{
    buffer_free(&intern->bytes);
    free(intern->entries);
    free(intern->slots);
    *intern = (struct intern){0};
}

/* Both halves of the product: every bit of the result depends on every bit of the factors. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash(uint64_t seed, const uint8_t *bytes, size_t size)
{
    uint64_t sum = seed ^ size;

    for (; size >= 8; bytes += 8, size -= 8) {
        uint64_t word;

        memcpy(&word, bytes, sizeof word);
        sum = fold(sum ^ word, seed | 1);
    }
    if (size > 0) {
        uint64_t word = 0;

        memcpy(&word, bytes, size);
        sum = fold(sum ^ word, seed | 1);
    }
    return (uint32_t)fold(sum, 0x9e3779b97f4a7c15);
}

/* The slot that holds these bytes, or the free one where they belong. */
static uint32_t *find_slot(const struct intern *intern, const void *bytes, uint32_t size, uint32_t hashed)
{
    uint32_t mask = intern->nslots - 1;

    for (uint32_t i = hashed & mask;; i = (i + 1) & mask) {
        uint32_t id = intern->slots[i];
        const struct intern_entry *entry;

        if (id == 0)
            return &intern->slots[i];
        entry = &intern->entries[id - 1];
        if (entry->hash == hashed && entry->size == size &&
            (size == 0 || memcmp(intern->bytes.bytes + entry->offset, bytes, size) == 0))
            return &intern->slots[i];
    }
}

/* Doubles the table; entries have room for half as many ids as there are slots. */
static int grow(struct intern *intern)
{
    uint32_t nslots = intern->nslots ? intern->nslots * 2 : SLOTS_AT_FIRST;
    struct intern_entry *entries = realloc(intern->entries, (size_t)nslots / 2 * sizeof *entries);
    uint32_t *slots;

    if (!entries)
        return -1;
    intern->entries = entries;
    slots = calloc(nslots, sizeof *slots);
    if (!slots)
        return -1;
    free(intern->slots);
    intern->slots = slots;
    intern->nslots = nslots;
    for (uint32_t id = 1; id <= intern->count; id++) {
        uint32_t i = entries[id - 1].hash & (nslots - 1);

        while (slots[i] != 0)
            i = (i + 1) & (nslots - 1);
        slots[i] = id;
    }
    return 0;
}

static int seed(struct intern *intern)
{
    if (getrandom(&intern->seed, sizeof intern->seed, GRND_NONBLOCK) != sizeof intern->seed)
        intern->seed = (uint64_t)(uintptr_t)intern; /* early in boot, or no such call: better than nothing */
    return grow(intern);
}

uint32_t intern_id(struct intern *intern, const void *bytes, uint32_t size)
{
    uint64_t offset = intern->bytes.size;
    uint32_t hashed, *slot;

    if (intern->nslots == 0 && seed(intern) < 0)
        return 0;
    hashed = hash(intern->seed, bytes, size);
    slot = find_slot(intern, bytes, size, hashed);
    if (*slot != 0)
        return *slot;
    if (intern->count + 1 >= LIMIT_IDS)
        return 0;
    if (intern->count == intern->nslots / 2) {
        if (grow(intern) < 0)
            return 0;
        slot = find_slot(intern, bytes, size, hashed);
    }
    buffer_put(&intern->bytes, bytes, size);
    if (intern->bytes.failed)
        return 0;
    intern->entries[intern->count] = (struct intern_entry){.offset = offset, .size = size, .hash = hashed};
    *slot = ++intern->count;
    return *slot;
}

const uint8_t *intern_bytes(const struct intern *intern, uint32_t id, uint32_t *size)
{
    const struct intern_entry *entry = &intern->entries[id - 1];

    *size = entry->size;
    return intern->bytes.bytes + entry->offset;
}
