#include "seen.h"

#include <string.h>

enum { ROOM_AT_FIRST = 4 };

/* Index of the first range that does not end below `sequence`. */
static uint32_t find(const struct seen *seen, uint32_t sequence)
{
    uint32_t low = 0, high = seen->count;

    if (high > 0 && seen->ranges[high - 1].last < sequence)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (seen->ranges[middle].last < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool seen_has(const struct seen *seen, uint32_t sequence)
{
    uint32_t i = find(seen, sequence);

    return i < seen->count && seen->ranges[i].first <= sequence;
}

static void remove_range(struct seen *seen, uint32_t i)
{
    memmove(&seen->ranges[i], &seen->ranges[i + 1], (seen->count - i - 1) * sizeof *seen->ranges);
    seen->count--;
}

static int make_room(struct seen *seen, struct budget *budget)
{
    uint32_t room = seen->room ? seen->room * 2 : ROOM_AT_FIRST;
    struct seen_range *ranges;

    if (seen->count < seen->room)
        return 0;
    ranges = budget_alloc(budget, room * sizeof *ranges);
    if (!ranges)
        return -1;
    if (seen->count > 0)
        memcpy(ranges, seen->ranges, seen->count * sizeof *ranges);
    budget_free(budget, seen->ranges, seen->room * sizeof *ranges);
    seen->ranges = ranges;
    seen->room = room;
    return 0;
}

static int insert_range(struct seen *seen, struct budget *budget, uint32_t i, uint32_t sequence)
{
    if (make_room(seen, budget) < 0)
        return -1;
    memmove(&seen->ranges[i + 1], &seen->ranges[i], (seen->count - i) * sizeof *seen->ranges);
    seen->ranges[i] = (struct seen_range){.first = sequence, .last = sequence};
    seen->count++;
    if (seen->count > SEEN_MAX) {
        seen->ranges[1].first = seen->ranges[0].first;
        remove_range(seen, 0);
    }
    return 0;
}

int seen_add(struct seen *seen, struct budget *budget, uint32_t sequence)
{
    uint32_t i = find(seen, sequence);
    bool after = i > 0 && seen->ranges[i - 1].last + 1 == sequence;
    bool before = i < seen->count && sequence + 1 == seen->ranges[i].first && sequence != UINT32_MAX;

    if (i < seen->count && seen->ranges[i].first <= sequence)
        return 0;
    if (after && before) {
        seen->ranges[i - 1].last = seen->ranges[i].last;
        remove_range(seen, i);
    } else if (after) {
        seen->ranges[i - 1].last = sequence;
    } else if (before) {
        seen->ranges[i].first = sequence;
    } else if (insert_range(seen, budget, i, sequence) < 0) {
        return -1;
    }
    seen->numbers++;
    return 1;
}

uint64_t seen_missing(const struct seen *seen)
{
    return seen->count > 0 ? (uint64_t)seen->ranges[seen->count - 1].last + 1 - seen->numbers : 0;
}

void seen_free(struct seen *seen, struct budget *budget)
{
    budget_free(budget, seen->ranges, seen->room * sizeof *seen->ranges);
    *seen = (struct seen){0};
}
