/* track: what threads did in order of time, joined, binned and bounded. */
#include "render/model.h"
#include "render/tally.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static struct track_run run(int64_t begin, int64_t time, uint32_t node, uint8_t state)
{
    return (struct track_run){
        .begin = begin, .time = time, .cpu = time / 2, .node = node, .samples = 1, .state = state};
}

static void append(struct track *track, struct track_run more)
{
    if (track_append(track, &more) < 0)
        abort();
}

static void test_joining(void)
{
    struct track track = {0};

    append(&track, run(0, 10, 1, PYPROF_ON_CPU));
    append(&track, run(10, 10, 1, PYPROF_ON_CPU));
    ok(track.count == 1 && track.runs[0].time == 20 && track.runs[0].samples == 2 && track.runs[0].cpu == 10,
       "equal neighbours are one run");
    append(&track, run(20, 5, 1, PYPROF_WAITS_GIL));
    append(&track, run(25, 5, 2, PYPROF_WAITS_GIL));
    ok(track.count == 3, "another state or node begins another");
    append(&track, run(40, 5, 2, PYPROF_WAITS_GIL));
    ok(track.count == 4 && track.runs[3].begin == 40, "so does a gap");
    ok(track_layout(&track, 3, 30) == 40 && track_layout(&track, 3, 42) == 42,
       "a run is drawn after the one before it");
    track_free(&track);
    ok(track.count == 0 && !track.runs, "a freed track is an empty one");
}

static void test_bins(void)
{
    struct track track = {0};

    for (int64_t i = 0; i < 16; i++)
        append(&track, run(i * 4, 4, 1 + (uint32_t)(i % 2), 0));
    append(&track, run(64, 100, 3, 0));
    append(&track, run(164, 4, 1, 0));
    append(&track, run(168, 4, 2, 0));
    append(&track, run(172, 4, 1, 0));
    track_bin(&track, 32);
    ok(track.count == 2 + 2 + 1 + 2, "a bin has one run for each node");
    ok(track.runs[0].begin == 0 && track.runs[0].time == 16 && track.runs[0].samples == 4 && track.runs[0].merged,
       "where the node came first, with all of its time");
    ok(track.runs[2].begin == 32 && track.runs[3].begin == 36, "the next bin begins anew");
    ok(track.runs[4].begin == 64 && track.runs[4].time == 100 && !track.runs[4].merged, "a long run stays whole");
    ok(track.runs[5].begin == 164 && track.runs[5].time == 8 && track.runs[6].time == 4,
       "and nothing is merged across it");
    track_free(&track);
}

/* A track of runs that look random: some long, some after a gap, some before zero. */
static struct track random_track(size_t count)
{
    struct track track = {0};
    uint64_t state = 88172645463325252u;
    int64_t time = -1000;

    for (size_t i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        time += state % 11 ? 0 : 500;
        append(&track, run(time, state % 13 ? (int64_t)(state % 17) : 900, (uint32_t)(1 + state % 5),
                           state % 3 ? PYPROF_ON_CPU : 0));
        time += state % 13 ? (int64_t)(state % 17) : 900;
    }
    return track;
}

static bool same_runs(const struct track *a, const struct track *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++) {
        const struct track_run *one = &a->runs[i], *other = &b->runs[i];

        same = one->begin == other->begin && one->time == other->time && one->cpu == other->cpu &&
               one->node == other->node && one->samples == other->samples && one->state == other->state;
    }
    return same;
}

static void sum(const struct track *track, int64_t sums[6])
{
    memset(sums, 0, 6 * sizeof *sums);
    for (size_t i = 0; i < track->count; i++)
        sums[track->runs[i].node % 6] += track->runs[i].time * 1000 + track->runs[i].samples;
}

static void test_conservation(void)
{
    struct track stepwise = random_track(5000), at_once = random_track(5000);
    int64_t before[6], after[6];
    bool sorted = true;

    sum(&stepwise, before);
    for (int64_t width = 16; width <= 4096; width *= 2)
        track_bin(&stepwise, width);
    sum(&stepwise, after);
    track_bin(&at_once, 4096);
    ok(stepwise.count < 3000 && memcmp(before, after, sizeof before) == 0,
       "binning keeps each node's time and samples");
    ok(same_runs(&stepwise, &at_once), "stepwise is as at once");
    track_bin(&at_once, 4096);
    ok(same_runs(&stepwise, &at_once), "and twice is as once");
    for (size_t i = 1; i < at_once.count; i++)
        sorted = sorted && at_once.runs[i - 1].begin <= at_once.runs[i].begin;
    ok(sorted, "runs stay in order");
    track_free(&stepwise);
    track_free(&at_once);
}

static void test_bound(void)
{
    struct tracks *tracks = tracks_new(4000, 1000);
    int64_t time = 0;
    size_t most = 0;

    for (uint32_t i = 0; i < 200000; i++) {
        struct track_run more = run((int64_t)i * 1000, 1000, 1 + i % 3, 0);

        if (tracks_add(tracks, 1 + i % 2, &more) < 0)
            abort();
        most = tracks->runs > most ? tracks->runs : most;
    }
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->items[i].count; k++)
            time += tracks->items[i].runs[k].time;
    ok(tracks->count == 2 && most <= 4001 && tracks->width > 0 && tracks->width < 10000000,
       "time gets coarser as runs come");
    ok(time == 200000000, "and none of it is lost");
    ok(track_wider(8, 0) == 16 && track_wider(0, 1000) == 4096 &&
           track_wider(INT64_C(1) << 62, 1) == INT64_C(1) << 62,
       "widths are powers of two and end somewhere");
    tracks_free(tracks);
    tracks = tracks_new(10, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        tracks_add(tracks, 1, &(struct track_run){.begin = i, .time = 1, .node = i});
    ok(tracks->runs == 1000, "nodes are never merged with others, whatever the bound");
    tracks_free(tracks);
    tracks_free(NULL);
}

/* One block of thread 1, rounds 10 units apart. */
static void test_tally(void)
{
    struct pyprof_run runs[] = {{.node = 1, .flags = PYPROF_ON_CPU, .count = 3, .cpu = 2},
                                {.flags = PYPROF_MISSED, .count = 2},
                                {.node = 2, .flags = PYPROF_DOUBTED, .count = 1, .cpu = 1},
                                {.flags = PYPROF_REMOVED, .count = 4},
                                {.node = 2, .count = 1}};
    struct pyprof_track one = {.thread = 1, .rounds = 11, .runs = 5};
    int64_t times[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110};
    struct pyprof_samples samples = {
        .rounds = 11, .times = times, .tracks = &one, .ntracks = 1, .runs = runs, .nruns = 5};
    struct tally *tally = tally_new();
    const struct track *track;

    tally->tracks = tracks_new(1000, 1000);
    tally_add(tally, &samples, 100, true);
    track = &tally->tracks->items[0];
    ok(track->count == 3 && track->runs[0].begin == 0 && track->runs[0].time == 3000 && track->runs[0].cpu == 200 &&
           track->runs[0].samples == 3 && track->runs[0].state == PYPROF_ON_CPU,
       "a tally fills its tracks");
    ok(track->runs[1].begin == 3000 && track->runs[1].time == 3000 && track->runs[1].samples == 1,
       "a run reaches back over what was missed");
    ok(track->runs[1].state == 0, "doubt is no state");
    ok(track->runs[2].begin == 10000 && track->runs[2].time == 1000, "what was removed is a gap");
    tally_free(tally);
}

int main(void)
{
    test_joining();
    test_bins();
    test_conservation();
    test_bound();
    test_tally();
    return done_testing();
}
