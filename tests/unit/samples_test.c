/* samples_test: samples of every kind through the codec and back, and what they weigh */
#include "format/codec.h"
#include "streams.h"
#include "tap.h"

static struct packer packer;
static struct unpacker unpacker;
static struct pyprof_error error;

/* Samples that own nothing: the arrays are the caller's. */
struct made {
    struct pyprof_samples samples;
    int64_t times[5000];
    struct pyprof_track tracks[64];
    struct pyprof_run runs[20000];
};

static struct made made;

static void add_run(struct pyprof_track *track, uint32_t node, uint32_t flags, uint32_t count, int64_t cpu)
{
    made.runs[made.samples.nruns++] = (struct pyprof_run){.node = node, .flags = flags, .count = count, .cpu = cpu};
    track->runs++;
    track->rounds += count;
}

static struct pyprof_track *add_track(uint32_t thread, uint32_t first_round)
{
    struct pyprof_track *track = &made.tracks[made.samples.ntracks++];

    *track = (struct pyprof_track){.thread = thread, .first_round = first_round, .first_run = made.samples.nruns};
    return track;
}

static void begin(uint64_t unit, uint64_t period, uint32_t rounds)
{
    memset(&made, 0, sizeof made);
    made.samples.unit = unit;
    made.samples.period = period;
    made.samples.rounds = rounds;
    made.samples.times = made.times;
    made.samples.tracks = made.tracks;
    made.samples.runs = made.runs;
}

static bool same_arrays(const struct pyprof_samples *a, const struct pyprof_samples *b)
{
    if (a->rounds != b->rounds || a->ntracks != b->ntracks || a->nruns != b->nruns)
        return false;
    for (uint32_t i = 0; i < a->nruns; i++)
        if (a->runs[i].node != b->runs[i].node || a->runs[i].flags != b->runs[i].flags ||
            a->runs[i].count != b->runs[i].count || a->runs[i].cpu != b->runs[i].cpu)
            return false;
    return memcmp(a->times, b->times, a->rounds * sizeof *a->times) == 0 &&
           memcmp(a->tracks, b->tracks, a->ntracks * sizeof *a->tracks) == 0;
}

/* Encodes what was made and decodes it again; true if it is the same. */
static bool round_trip(size_t *size)
{
    struct pyprof_samples got = {0};
    struct buffer payload = {0};
    struct samples_head head;
    bool same;

    same = samples_encode(&made.samples, &packer, &payload, &error) == 0 &&
           samples_head_get(&head, cursor_over(payload.bytes, payload.size), 0, &error) == 0 &&
           samples_decode(&head, &unpacker, PYPROF_WANT_CPU, &got, &error) == 0 && same_arrays(&made.samples, &got) &&
           got.start == made.samples.start && got.before == made.samples.before && got.late == made.samples.late &&
           got.overflow == made.samples.overflow && got.first_round == made.samples.first_round;
    *size = payload.size;
    if (!same)
        printf("# %s\n", error.message);
    pyprof_samples_free(&got);
    buffer_free(&payload);
    return same;
}

static void test_empty(void)
{
    size_t size = 0;

    begin(1, 0, 0);
    made.samples.overflow = 5;
    made.samples.start = -3;
    ok(round_trip(&size), "a block without rounds carries its counts");
}

static void test_small(void)
{
    struct pyprof_track *track;
    size_t size = 0;

    begin(20000, 1000000, 4);
    made.samples.start = 100;
    for (int k = 0; k < 4; k++)
        made.times[k] = 150 + 50 * k;
    track = add_track(1, 0);
    add_run(track, 3, PYPROF_ON_CPU, 2, 90);
    add_run(track, 0, PYPROF_MISSED, 1, 0);
    add_run(track, 3, PYPROF_ON_CPU | PYPROF_HOLDS_GIL, 1, 110);
    track = add_track(7, 1);
    add_run(track, 0, PYPROF_REMOVED, 1, 0);
    track = add_track(7, 3);
    add_run(track, 5, 0, 1, 2);
    made.samples.before = 1000;
    made.samples.first_round = 500;
    made.samples.late = 3;
    ok(round_trip(&size), "samples, missed and removed ones, and a thread that was absent, come back");
    ok(pyprof_samples_weight(&made.samples, &made.tracks[0], 0) == 50 &&
           pyprof_samples_weight(&made.samples, &made.tracks[2], 0) == 50,
       "a sample weighs the time since the round before");
    ok(pyprof_samples_duration(&made.samples, &made.tracks[0], 0, &made.runs[0]) == 100, "a run, that of its rounds");
}

/* Many nodes: symbols of one byte, of two, and escaped ones. */
static void test_random(uint32_t nodes)
{
    struct pyprof_track *track = NULL;
    uint64_t random = nodes;
    size_t size = 0;

    begin(2000, 100000, 5000);
    made.samples.start = 0;
    for (int64_t k = 0, time = 20; k < 5000; k++) {
        uint64_t late = next_random(&random) % 100 == 0 ? next_random(&random) % 300 : 0;

        time += 50 + (int64_t)late;
        made.times[k] = time + (int64_t)(next_random(&random) % 5);
    }
    for (uint32_t thread = 1; thread <= 4; thread++) {
        track = add_track(thread * 10, 0);
        while (track->rounds < 5000)
            add_run(track, 1 + (uint32_t)(next_random(&random) % nodes), (uint32_t)(next_random(&random) % 4), 1,
                    (int64_t)(next_random(&random) % 60));
    }
    ok(round_trip(&size), "samples of %u nodes come back", nodes);
}

/* A quiet thread costs next to nothing, however long. */
static void test_idle(void)
{
    struct pyprof_track *track;
    size_t size = 0;

    begin(20000, 1000000, 5000);
    for (int k = 0; k < 5000; k++)
        made.times[k] = 50 * k;
    track = add_track(1, 0);
    add_run(track, 9, 0, 5000, 0);
    ok(round_trip(&size) && size < 60, "5000 rounds of an idle thread take %zu bytes", size);
}

/* A period that is no multiple of the unit, times before the recording, and deadlines skipped by the thousand. */
static void test_odd_times(void)
{
    static const int64_t odd[] = {-1000000, -1000000, -999998, -1, 0, 3, 4, 4, 1000000, 1000001, 1000001, 2000000000};
    enum { COUNT = sizeof odd / sizeof odd[0] };
    static const uint64_t periods[] = {0, 1, 7, 333333, 1000000007};
    bool same = true;
    size_t size = 0;

    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        begin(100, periods[i], COUNT);
        memcpy(made.times, odd, sizeof odd);
        made.samples.start = -2000000;
        add_run(add_track(1, 0), 1, PYPROF_ON_CPU, COUNT, 5);
        same &= round_trip(&size);
    }
    ok(same, "any times come back, whatever the period");
}

/* One number of a sound head, changed: nothing of it is believed that the columns do not bear out. */
static void test_heads(void)
{
    struct buffer payload = {0};
    unsigned taken = 0, tries = 0;

    begin(20000, 1000000, 3);
    for (int k = 0; k < 3; k++)
        made.times[k] = 50 * k;
    add_run(add_track(1, 0), 1, 0, 3, 0);
    if (samples_encode(&made.samples, &packer, &payload, &error) < 0)
        abort();
    for (size_t byte = 1; byte <= payload.bytes[0]; byte++) {
        struct pyprof_samples got = {0};
        struct samples_head head;
        bool count = byte > 8 + 2; /* past unit, period, first round and before, which may be anything */

        payload.bytes[byte] ^= 2;
        if (samples_head_get(&head, cursor_over(payload.bytes, payload.size), 0, &error) == 0 &&
            samples_decode(&head, &unpacker, PYPROF_WANT_CPU, &got, &error) == 0)
            taken += count && got.samples != 3;
        tries++;
        payload.bytes[byte] ^= 2;
        pyprof_samples_free(&got);
    }
    ok(taken == 0 && tries > 10, "no head with another number gives other samples");
    buffer_free(&payload);
}

int main(void)
{
    if (packer_init(&packer) < 0)
        return 1;
    test_empty();
    test_small();
    test_random(100);
    test_random(3000);
    test_random(60000);
    test_idle();
    test_odd_times();
    test_heads();
    packer_free(&packer);
    unpacker_free(&unpacker);
    return done_testing();
}
