#include "merge/order.h"

#include "format/rewrite.h"
#include "merge/ids.h"

#include <stdlib.h>
#include <string.h>

/* What sections are sorted by, in this order. */
struct key {
    uint64_t wall;
    uint8_t recording[16];
    uint8_t boot[16];
    uint64_t pid;
    int64_t start;
    uint64_t id; /* in the result */
};

struct section {
    struct key key;
    uint64_t id;       /* in the input */
    uint32_t sequence; /* of the SECTION block that the key is from */
    bool known;        /* there was one */
    uint32_t rank;     /* place among the sections; once they are sorted */
};

struct order {
    struct ids *ids;
    struct section *sections; /* by number */
    uint32_t sections_room;
    struct order_block *blocks;
    size_t count, room;
};

struct order *order_new(void)
{
    struct order *order = calloc(1, sizeof *order);
    if (!order)
        return NULL;
    order->ids = ids_new();
    if (!order->ids) {
        free(order);
        return NULL;
    }
    return order;
}

void order_free(struct order *order)
{
    if (!order)
        return;
    ids_free(order->ids);
    free(order->sections);
    free(order->blocks);
    free(order);
}

uint64_t order_sum(const uint8_t *bytes, size_t size)
{
    /* FNV-1a, eight bytes at a step.  Not the CRC-32 of zlib: blocks hold theirs, and that makes sums of it constant.
     */
    uint64_t sum = 0xcbf29ce484222325U ^ size;
    while (size > 0) {
        uint64_t word = 0;
        size_t step = size < sizeof word ? size : sizeof word;
        memcpy(&word, bytes, step);
        sum = (sum ^ word) * 0x100000001b3U;
        sum ^= sum >> 32;
        bytes += step;
        size -= step;
    }
    return sum;
}

/* The section's entry, a new one if need be; NULL: no memory. */
static struct section *section_of(struct order *order, uint64_t id)
{
    uint32_t number = ids_number(order->ids, id);
    if (number == IDS_NONE)
        return NULL;
    if (number >= order->sections_room) {
        uint32_t room = number < 8 ? 16 : number * 2;
        struct section *larger = reallocarray(order->sections, room, sizeof *larger);
        if (!larger)
            return NULL;
        memset(larger + order->sections_room, 0, (room - order->sections_room) * sizeof *larger);
        order->sections = larger;
        order->sections_room = room;
    }
    order->sections[number].id = id;
    return &order->sections[number];
}

int order_block(struct order *order, uint64_t id, const struct order_block *block)
{
    const struct section *section = section_of(order, id);
    if (!section)
        return -1;
    if (order->count == order->room) {
        size_t room = order->room ? order->room * 2 : 256;
        struct order_block *larger = reallocarray(order->blocks, room, sizeof *larger);
        if (!larger)
            return -1;
        order->blocks = larger;
        order->room = room;
    }
    order->blocks[order->count] = *block;
    order->blocks[order->count].section = (uint32_t)(section - order->sections);
    order->count++;
    return 0;
}

int order_facts(struct order *order, uint64_t id, uint32_t sequence, const struct pyprof_info *info)
{
    struct section *section = section_of(order, id);
    if (!section)
        return -1;
    if (section->known && section->sequence <= sequence)
        return 0;
    section->known = true;
    section->sequence = sequence;
    section->key = (struct key){.wall = info->wall, .pid = info->pid, .start = info->start};
    memcpy(section->key.recording, info->recording, sizeof section->key.recording);
    memcpy(section->key.boot, info->boot, sizeof section->key.boot);
    return 0;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_keys(const struct key *a, const struct key *b)
{
    int by = COMPARE(a->wall, b->wall);
    if (!by)
        by = memcmp(a->recording, b->recording, sizeof a->recording);
    if (!by)
        by = memcmp(a->boot, b->boot, sizeof a->boot);
    if (!by)
        by = COMPARE(a->pid, b->pid);
    if (!by)
        by = COMPARE(a->start, b->start);
    return by ? by : COMPARE(a->id, b->id);
}

static int compare_sections(const void *a, const void *b, void *context)
{
    const struct section *sections = context;
    return compare_keys(&sections[*(const uint32_t *)a].key, &sections[*(const uint32_t *)b].key);
}

static int compare_blocks(const void *left, const void *right, void *context)
{
    const struct section *sections = context;
    const struct order_block *a = left, *b = right;
    int by = COMPARE(sections[a->section].rank, sections[b->section].rank);
    if (!by)
        by = COMPARE(a->sequence, b->sequence);
    /* Blocks that claim to be the same one but differ: the bytes decide, so that the files' order does not. */
    if (!by)
        by = COMPARE(a->sum, b->sum);
    if (!by)
        by = COMPARE(a->input, b->input);
    return by ? by : COMPARE(a->offset, b->offset);
}

static int rank_sections(struct order *order)
{
    uint32_t count = ids_count(order->ids);
    uint32_t *numbers = reallocarray(NULL, count, sizeof *numbers);
    if (!numbers)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = i;
    qsort_r(numbers, count, sizeof *numbers, compare_sections, order->sections);
    for (uint32_t i = 0; i < count; i++)
        order->sections[numbers[i]].rank = i;
    free(numbers);
    return 0;
}

int order_sort(struct order *order, const struct pyprof_text *text)
{
    if (!order->count)
        return 0;
    for (uint32_t i = 0; i < ids_count(order->ids); i++) {
        struct section *section = &order->sections[i];
        section->key.id = text ? pyprof_rewrite_id(section->id, *text) : section->id;
    }
    if (rank_sections(order) < 0)
        return -1;
    qsort_r(order->blocks, order->count, sizeof *order->blocks, compare_blocks, order->sections);
    size_t kept = 1;
    for (size_t i = 1; i < order->count; i++) {
        const struct order_block *last = &order->blocks[kept - 1], *block = &order->blocks[i];
        if (block->section != last->section || block->sequence != last->sequence)
            order->blocks[kept++] = *block;
    }
    order->count = kept;
    return 0;
}

const struct order_block *order_at(const struct order *order, size_t i)
{
    return i < order->count ? &order->blocks[i] : NULL;
}
