/*
 * order_test: the canonical order does not depend on the order in which blocks are told
 */
#include "merge/order.h"

#include "format/rewrite.h"
#include "merge/blockset.h"
#include "merge/ids.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

struct told {
    uint64_t section;
    uint32_t sequence;
    uint64_t wall, pid;
    int64_t start;
    uint64_t sum; /* 0: made from the section and the sequence number */
};

/* Two recordings; in the first, a process with two sections, and another process; a block that came twice; one that
 * came with two contents; a section without facts. */
static const struct told blocks[] = {
    {70, 0, 1000, 12, 5, 0}, {70, 1, 0, 0, 0, 0},      {60, 0, 1000, 12, 90, 0}, {60, 2, 0, 0, 0, 0},
    {60, 1, 0, 0, 0, 0},     {50, 0, 1000, 11, 50, 0}, {40, 0, 900, 99, 0, 0},   {40, 1, 0, 0, 0, 0},
    {40, 1, 0, 0, 0, 0},     {40, 2, 0, 0, 0, 7},      {40, 2, 0, 0, 0, 3},      {30, 8, 0, 0, 0, 0},
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static const struct {
    uint64_t section;
    uint32_t sequence;
} sorted[] = {{30, 8}, {40, 0}, {40, 1}, {40, 2}, {50, 0}, {70, 0}, {70, 1}, {60, 0}, {60, 1}, {60, 2}};
enum { SORTED = sizeof sorted / sizeof *sorted };

static uint64_t sum_of(const struct told *block)
{
    return block->sum ? block->sum : block->section << 32 | block->sequence;
}

static struct order *tell(const int places[BLOCKS])
{
    struct order *order = order_new();
    for (int i = 0; i < BLOCKS; i++) {
        const struct told *told = &blocks[places[i]];
        struct pyprof_info info = {.wall = told->wall, .pid = told->pid, .start = told->start};
        struct order_block block = {.offset = (uint64_t)i, .sum = sum_of(told), .sequence = told->sequence};
        if (told->wall)
            order_facts(order, told->section, told->sequence, &info);
        order_block(order, told->section, &block);
    }
    return order;
}

static bool is_sorted(const struct order *order)
{
    for (size_t i = 0; i < SORTED; i++) {
        const struct order_block *block = order_at(order, i);
        struct told is = {.section = sorted[i].section, .sequence = sorted[i].sequence};
        if (is.section == 40 && is.sequence == 2)
            is.sum = 3;
        if (!block || block->sequence != is.sequence || block->sum != sum_of(&is))
            return false;
    }
    return !order_at(order, SORTED);
}

static void test_any_order(void)
{
    int places[BLOCKS], good = 0;
    enum { TIMES = 200 };
    for (int i = 0; i < BLOCKS; i++)
        places[i] = i;
    srandom(1);
    for (int time = 0; time < TIMES; time++) {
        struct order *order = tell(places);
        good += order_sort(order, NULL) == 0 && is_sorted(order);
        order_free(order);
        for (int i = BLOCKS - 1; i > 0; i--) {
            int other = (int)(random() % (i + 1)), place = places[i];
            places[i] = places[other];
            places[other] = place;
        }
    }
    ok(good == TIMES, "%d shuffles of %d blocks sort alike (%d)", TIMES, (int)BLOCKS, good);
}

/* Sections that differ in nothing but their ids go by the ids that they will have. */
static void test_filtered_ids(void)
{
    struct pyprof_text text = {.bytes = "--pid 7", .size = 7};
    struct order *order = order_new();
    struct order_block block = {0};
    bool ascending = true;
    for (uint64_t id = 1; id <= 64; id++) {
        block.sum = id;
        order_block(order, id, &block);
    }
    ok(order_sort(order, &text) == 0, "sections without facts are sorted");
    for (size_t i = 1; i < 64; i++)
        ascending &=
            pyprof_rewrite_id(order_at(order, i - 1)->sum, text) < pyprof_rewrite_id(order_at(order, i)->sum, text);
    ok(ascending, "by the ids that the filter gives them");
    order_free(order);
}

static void test_first_facts(void)
{
    struct order *order = order_new();
    struct order_block early = {.sum = 1}, late = {.sum = 2};
    order_facts(order, 1, 9, &(struct pyprof_info){.wall = 10});
    order_facts(order, 1, 0, &(struct pyprof_info){.wall = 30});
    order_facts(order, 1, 5, &(struct pyprof_info){.wall = 10});
    order_facts(order, 2, 0, &(struct pyprof_info){.wall = 20});
    order_block(order, 1, &late);
    order_block(order, 2, &early);
    order_sort(order, NULL);
    ok(order_at(order, 0)->sum == 1, "the facts of the lowest sequence number decide");
    order_free(order);

    order = order_new();
    ok(order_sort(order, NULL) == 0 && !order_at(order, 0), "nothing sorts to nothing");
    order_free(order);
}

static void test_sums(void)
{
    uint8_t bytes[64] = {0};
    uint64_t sum = order_sum(bytes, sizeof bytes);
    int same = 0;
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        same += order_sum(bytes, sizeof bytes) == sum;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ok(!same, "a sum sees every bit");
    ok(order_sum(bytes, 63) != sum && order_sum(bytes, 9) != order_sum(bytes, 10), "and the size");
}

static void test_ids(void)
{
    struct ids *ids = ids_new();
    bool good = true;
    for (uint64_t id = 0; id < 5000; id++)
        good &= ids_number(ids, id << 40) == id;
    for (uint64_t id = 0; id < 5000; id++)
        good &= ids_number(ids, id << 40) == id;
    ok(good && ids_count(ids) == 5000, "ids are numbered as they come, once");
    ids_free(ids);
}

/* Against a plain array of what was added. */
static void test_blockset(void)
{
    enum { SECTIONS = 3, SEQUENCES = 500 };
    static bool added[SECTIONS][SEQUENCES];
    struct blockset *set = blockset_new();
    int wrong = 0;
    for (int i = 0; i < 5000; i++) {
        int section = (int)(random() % SECTIONS), sequence = (int)(random() % SEQUENCES);
        wrong += blockset_add(set, (uint64_t)section, (uint32_t)sequence) != !added[section][sequence];
        added[section][sequence] = true;
    }
    ok(!wrong, "a set of blocks knows what was added (%d wrong)", wrong);
    ok(blockset_add(set, 9, UINT32_MAX) == 1 && blockset_add(set, 9, 0) == 1 && blockset_add(set, 9, UINT32_MAX) == 0,
       "up to the ends of the sequence numbers");
    blockset_free(set);
}

int main(void)
{
    test_any_order();
    test_filtered_ids();
    test_first_facts();
    test_sums();
    test_ids();
    test_blockset();
    return done_testing();
}
