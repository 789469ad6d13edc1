/* seen_test: which sequence numbers came, in any order */
#include "format/seen.h"
#include "tap.h"

static struct budget budget = {.limit = 1 << 20};

static void test_in_order(void)
{
    struct seen seen = {0};
    bool fresh = true;

    for (uint32_t i = 0; i < 1000; i++)
        fresh &= seen_add(&seen, &budget, i) == 1;
    ok(fresh && seen.count == 1 && seen_missing(&seen) == 0, "numbers in order are one range");
    ok(seen_add(&seen, &budget, 500) == 0 && seen_has(&seen, 999) && !seen_has(&seen, 1000), "they have been seen");
    seen_free(&seen, &budget);
}

static void test_any_order(void)
{
    struct seen seen = {0};
    uint32_t number = 0;
    bool fresh = true;

    for (int i = 0; i < 1009; i++, number = (number + 353) % 1009)
        fresh &= seen_add(&seen, &budget, number) == 1;
    ok(fresh && seen.count == 1 && seen_missing(&seen) == 0, "numbers in any order come to one range");
    seen_free(&seen, &budget);
}

static void test_gaps(void)
{
    struct seen seen = {0};

    seen_add(&seen, &budget, 2);
    seen_add(&seen, &budget, 7);
    ok(seen_missing(&seen) == 6, "what is missing is counted, in front too");
    seen_add(&seen, &budget, UINT32_MAX);
    ok(seen_missing(&seen) == (uint64_t)UINT32_MAX + 1 - 3 && seen_has(&seen, UINT32_MAX), "up to the last number");
    ok(seen_add(&seen, &budget, UINT32_MAX - 1) == 1 && seen.count == 3, "which has a neighbour");
    seen_free(&seen, &budget);
}

static void test_bound(void)
{
    struct seen seen = {0};

    for (uint32_t i = 0; i < 2 * SEEN_MAX; i++)
        seen_add(&seen, &budget, 2 * i);
    ok(seen.count == SEEN_MAX && seen_missing(&seen) == 2 * SEEN_MAX - 1,
       "ranges are bounded, the count stays right");
    seen_free(&seen, &budget);
    ok(budget.used == 0, "all memory is given back");
}

int main(void)
{
    test_in_order();
    test_any_order();
    test_gaps();
    test_bound();
    return done_testing();
}
