#include "merge/ids.h"

#include <stdlib.h>
#include <sys/random.h>

struct slot {
    uint64_t id;
    uint32_t place; /* number + 1; 0: free */
};

struct ids {
    struct slot *slots;
    uint32_t room; /* a power of two, more than half of it free */
    uint32_t count;
    uint64_t seed;
};

enum { ROOM_AT_FIRST = 64 };

struct ids *ids_new(void)
{
    struct ids *ids = calloc(1, sizeof *ids);
    if (!ids)
        return NULL;
    ids->room = ROOM_AT_FIRST;
    ids->slots = calloc(ids->room, sizeof *ids->slots);
    /* Without a seed (very early in a boot) the table works as well, only not against an adversary. */
    if (getrandom(&ids->seed, sizeof ids->seed, GRND_NONBLOCK) < 0)
        ids->seed = 0;
    if (!ids->slots) {
        free(ids);
        return NULL;
    }
    return ids;
}

void ids_free(struct ids *ids)
{
    if (!ids)
        return;
    free(ids->slots);
    free(ids);
}

/* The finaliser of splitmix64, a bijection in which every bit of the input moves every bit of the result. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

/* The slot that holds `id`, or the free one where it belongs. */
static struct slot *find(const struct ids *ids, uint64_t id)
{
    uint64_t at = mix(id ^ ids->seed);
    for (;; at++) {
        struct slot *slot = &ids->slots[at & (ids->room - 1)];
        if (!slot->place || slot->id == id)
            return slot;
    }
}

static int grow(struct ids *ids)
{
    struct ids larger = *ids;
    if (ids->room > UINT32_MAX / 2)
        return -1;
    larger.room = ids->room * 2;
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return -1;
    for (uint32_t i = 0; i < ids->room; i++)
        if (ids->slots[i].place)
            *find(&larger, ids->slots[i].id) = ids->slots[i];
    free(ids->slots);
    *ids = larger;
    return 0;
}

uint32_t ids_number(struct ids *ids, uint64_t id)
{
    struct slot *slot = find(ids, id);
    if (slot->place)
        return slot->place - 1;
    if (ids->count >= ids->room / 2) {
        if (grow(ids) < 0)
            return IDS_NONE;
        slot = find(ids, id);
    }
    slot->id = id;
    slot->place = ++ids->count;
    return slot->place - 1;
}

uint32_t ids_count(const struct ids *ids)
{
    return ids->count;
}
