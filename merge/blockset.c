#include "merge/blockset.h"

#include "merge/ids.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct range {
    uint32_t first, last;
};

/* Of one section: sorted, neither touching nor overlapping. */
struct ranges {
    struct range *items;
    uint32_t count, room;
};

struct blockset {
    struct ids *ids;
    struct ranges *sections; /* by number */
    uint32_t room;
};

struct blockset *blockset_new(void)
{
    struct blockset *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->ids = ids_new();
    if (!set->ids) {
        free(set);
        return NULL;
    }
    return set;
}

void blockset_free(struct blockset *set)
{
    if (!set)
        return;
    for (uint32_t i = 0; i < set->room; i++)
        free(set->sections[i].items);
    free(set->sections);
    ids_free(set->ids);
    free(set);
}

static struct ranges *ranges_of(struct blockset *set, uint64_t section)
{
    uint32_t number = ids_number(set->ids, section);
    if (number == IDS_NONE)
        return NULL;
    if (number >= set->room) {
        uint32_t room = number < 8 ? 16 : number * 2;
        struct ranges *larger = reallocarray(set->sections, room, sizeof *larger);
        if (!larger)
            return NULL;
        memset(larger + set->room, 0, (room - set->room) * sizeof *larger);
        set->sections = larger;
        set->room = room;
    }
    return &set->sections[number];
}

/* The first range that does not end before `sequence`; the last ones are looked at first. */
static uint32_t find(const struct ranges *ranges, uint32_t sequence)
{
    uint32_t low = 0, high = ranges->count;
    if (!high || ranges->items[high - 1].last < sequence)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranges->items[middle].last < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int insert(struct ranges *ranges, uint32_t at, uint32_t sequence)
{
    if (ranges->count == ranges->room) {
        uint32_t room = ranges->room ? ranges->room * 2 : 4;
        struct range *larger = reallocarray(ranges->items, room, sizeof *larger);
        if (!larger)
            return -1;
        ranges->items = larger;
        ranges->room = room;
    }
    memmove(ranges->items + at + 1, ranges->items + at, (ranges->count - at) * sizeof *ranges->items);
    ranges->items[at] = (struct range){sequence, sequence};
    ranges->count++;
    return 0;
}

int blockset_add(struct blockset *set, uint64_t section, uint32_t sequence)
{
    struct ranges *ranges = ranges_of(set, section);
    if (!ranges)
        return -1;
    uint32_t at = find(ranges, sequence);
    struct range *after = at < ranges->count ? &ranges->items[at] : NULL;
    struct range *before = at > 0 ? &ranges->items[at - 1] : NULL;
    if (after && after->first <= sequence)
        return 0;
    bool joins_before = before && before->last + 1 == sequence;
    bool joins_after = after && after->first - 1 == sequence;
    if (joins_before && joins_after) {
        before->last = after->last;
        memmove(after, after + 1, (ranges->count - at - 1) * sizeof *after);
        ranges->count--;
    } else if (joins_before) {
        before->last = sequence;
    } else if (joins_after) {
        after->first = sequence;
    } else if (insert(ranges, at, sequence) < 0) {
        return -1;
    }
    return 1;
}
