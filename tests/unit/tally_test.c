/* tally: samples counted and weighed, run by run. */
#include "render/tally.h"
#include "tests/unit/tap.h"

#include <stdlib.h>

/* A block of one thread's runs, its rounds `step` units apart from `start`. */
struct block {
    struct pyprof_samples samples;
    struct pyprof_track track;
    int64_t times[64];
};

static void fill(struct block *block, uint32_t thread, int64_t start, int64_t step, struct pyprof_run *runs,
                 uint32_t n)
{
    uint32_t rounds = 0;

    *block = (struct block){0};
    for (uint32_t i = 0; i < n; i++) {
        rounds += runs[i].count;
        if (runs[i].flags & PYPROF_MISSED)
            block->samples.missed += runs[i].count;
        else if (runs[i].flags & PYPROF_REMOVED)
            block->samples.removed += runs[i].count;
        else
            block->samples.samples += runs[i].count;
    }
    for (uint32_t i = 0; i < rounds; i++)
        block->times[i] = start + step * (i + 1);
    block->track = (struct pyprof_track){.thread = thread, .rounds = rounds, .runs = n};
    block->samples.rounds = rounds;
    block->samples.start = start;
    block->samples.times = block->times;
    block->samples.tracks = &block->track;
    block->samples.ntracks = 1;
    block->samples.runs = runs;
    block->samples.nruns = n;
}

static struct counts counts_of(const struct tally *tally, uint32_t thread, uint32_t node)
{
    for (size_t i = 0; i < tally->ncells; i++)
        if (tally->cells[i].thread == thread && tally->cells[i].node == node)
            return tally->cells[i].counts;
    return (struct counts){0};
}

static void test_weights(void)
{
    struct tally *tally = tally_new();
    struct block block;
    struct pyprof_run first[] = {{.node = 1, .count = 3, .cpu = 2},
                                 {.flags = PYPROF_MISSED, .count = 2},
                                 {.node = 2, .count = 1, .cpu = 1},
                                 {.flags = PYPROF_REMOVED, .count = 4},
                                 {.flags = PYPROF_MISSED, .count = 1}};
    struct pyprof_run second[] = {{.node = 2, .flags = PYPROF_DOUBTED, .count = 2}};
    struct pyprof_run third[] = {
        {.flags = PYPROF_MISSED, .count = 1}, {.flags = PYPROF_REMOVED, .count = 1}, {.node = 3, .count = 1}};

    fill(&block, 7, 0, 10, first, 5);
    ok(tally_add(tally, &block.samples, 100, true) == 0, "a block is added");
    ok(counts_of(tally, 7, 1).samples == 3 && counts_of(tally, 7, 1).time == 3000, "a run weighs its rounds");
    ok(counts_of(tally, 7, 1).cpu == 200, "CPU time is in ns");
    ok(counts_of(tally, 7, 2).samples == 1 && counts_of(tally, 7, 2).time == 3000,
       "what was missed weighs on the next sample");
    fill(&block, 7, 110, 10, second, 1);
    tally_add(tally, &block.samples, 100, true);
    ok(counts_of(tally, 7, 2).samples == 3 && counts_of(tally, 7, 2).time == 6000,
       "in the next block too, and what was removed weighs on nothing");
    fill(&block, 7, 130, 10, third, 3);
    tally_add(tally, &block.samples, 100, true);
    ok(counts_of(tally, 7, 3).time == 1000, "a miss before a removed sample goes with it");
    ok(tally->sums.samples == 7 && tally->sums.missed == 4 && tally->sums.removed == 5 && tally->sums.doubted == 2,
       "samples, misses, removals and doubts are summed up");
    ok(tally->begin == 0 && tally->end == 16000, "so is the span");
    tally_free(tally);
}

static void test_untimed(void)
{
    struct tally *tally = tally_new();
    struct block block;
    struct pyprof_run runs[] = {
        {.node = 1, .count = 3}, {.flags = PYPROF_MISSED, .count = 2}, {.node = 1, .count = 1}};

    fill(&block, 1, 0, 10, runs, 3);
    block.samples.times = NULL;
    tally_add(tally, &block.samples, 100, false);
    ok(counts_of(tally, 1, 1).samples == 4 && counts_of(tally, 1, 1).time == 0, "without times, samples are counted");
    tally_free(tally);
}

static void test_many(void)
{
    struct tally *tally = tally_new();
    struct block block;
    bool right = true;

    for (uint32_t thread = 1; thread <= 300; thread++)
        for (uint32_t node = 0; node < 40; node++) {
            struct pyprof_run run = {.node = node, .count = thread % 5 + 1};

            fill(&block, thread, 0, 1, &run, 1);
            tally_add(tally, &block.samples, 1, true);
        }
    for (uint32_t thread = 1; thread <= 300; thread++)
        for (uint32_t node = 0; node < 40; node++)
            right = right && counts_of(tally, thread, node).samples == thread % 5 + 1;
    ok(tally->ncells == 300 * 40 && right, "threads and nodes are kept apart");
    tally_free(tally);
}

static void test_saturation(void)
{
    struct tally *tally = tally_new();
    struct block block;
    struct pyprof_run run = {.node = 1, .count = 1, .cpu = INT64_MAX};

    fill(&block, 1, 0, INT64_MAX, &run, 1);
    tally_add(tally, &block.samples, UINT64_MAX, true);
    tally_add(tally, &block.samples, UINT64_MAX, true);
    ok(counts_of(tally, 1, 1).time == INT64_MAX && counts_of(tally, 1, 1).cpu == INT64_MAX, "sums do not wrap");
    ok(saturating_add(INT64_MIN, -1) == INT64_MIN && saturating_add(2, 3) == 5, "nor do they below");
    tally_free(tally);
}

int main(void)
{
    test_weights();
    test_untimed();
    test_many();
    test_saturation();
    return done_testing();
}
