/* model: sections become processes and threads, in an order that is theirs alone. */
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

enum { STREAMS = 4 };

static void make_streams(struct recorded_bytes streams[STREAMS])
{
    const struct pyprof_text argv[] = {text_of("python"), text_of("x.py")};
    const struct recorded_run runs[] = {{1, 10, "/x.py:main|/x.py:f"}, {2, 5, "/x.py:g"}, {3, 4, ""}};
    struct pyprof_info info = {.pid = 10, .period = 1000000, .wall = 5000, .argv = {argv, 2}};

    memset(info.recording, 1, sizeof info.recording);
    streams[0] = recorded_stream(&info, 3, runs, 3);
    streams[1] = recorded_stream(&info, 3, runs, 2); /* of the same process */
    info.argv.count = 1;
    streams[2] = recorded_stream(&info, 3, runs, 1); /* became another program */
    info.wall = 4000;
    memset(info.recording, 2, sizeof info.recording);
    streams[3] = recorded_stream(&info, 3, runs, 3); /* of an earlier recording */
}

/* A model of the streams in the order of `order`. */
static struct model *model_of(const struct recorded_bytes *streams, const int order[STREAMS])
{
    struct model *model = model_new();
    struct model_patterns patterns = {0};

    for (size_t i = 0; i < STREAMS; i++)
        if (!recorded_add(model, &streams[order[i]]))
            abort();
    if (model_finish(model, &patterns) < 0)
        abort();
    return model;
}

static void test_identity(const struct recorded_bytes *streams)
{
    struct model *model = model_of(streams, (int[]){0, 1, 2, 3});
    const struct model_process *processes = model->processes;

    ok(model->nprocesses == 3, "sections of one process are one");
    ok(processes[0].info.wall == 4000 && processes[1].info.argv.count == 1 && processes[2].info.argv.count == 2,
       "processes are in order of time and command line");
    ok(model->nrecordings == 2, "recordings are counted");
    ok(processes[2].nthreads == 3 && processes[2].threads[0].main && processes[2].threads[0].counts.samples == 20,
       "threads of one process are one, the main thread first");
    ok(text_equal(processes[2].threads[1].name, text_of("t2")) && processes[2].threads[1].counts.time == 10000000,
       "threads have names and time");
    ok(!processes[2].threads[0].idle && processes[2].threads[2].idle, "a thread without any frame is idle");
    ok(model->counts.samples == 19 + 15 + 10 + 19 && model->counts.time == 63000000, "sums are over all of them");
    ok(model->nfunctions == 3 + 1 && model->nnodes == 3, "functions and nodes are one for all processes");
    ok(model->duration == 38000000 && model->sampled == 63000000, "durations are by recording and by process");
    ok(model->period == 1000000 && !model->cut && !model->running, "nothing is said to be missing");
    model_free(model);
}

static bool same_thread(const struct model_thread *a, const struct model_thread *b)
{
    return a->id == b->id && a->tid == b->tid && text_equal(a->name, b->name) && a->idle == b->idle &&
           memcmp(&a->counts, &b->counts, sizeof a->counts) == 0;
}

static bool same(const struct model *a, const struct model *b)
{
    bool equal = a->nprocesses == b->nprocesses && memcmp(&a->sums, &b->sums, sizeof a->sums) == 0 &&
                 a->duration == b->duration;

    for (size_t i = 0; equal && i < a->nprocesses; i++) {
        const struct model_process *one = &a->processes[i], *other = &b->processes[i];

        equal = one->info.wall == other->info.wall && one->info.argv.count == other->info.argv.count &&
                one->nthreads == other->nthreads && one->end == other->end;
        for (size_t k = 0; equal && k < one->nthreads; k++)
            equal = same_thread(&one->threads[k], &other->threads[k]);
    }
    return equal;
}

static void test_order(const struct recorded_bytes *streams)
{
    static const int orders[][STREAMS] = {{3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 3, 1, 2}};
    struct model *model = model_of(streams, (int[]){0, 1, 2, 3});

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct model *other = model_of(streams, orders[i]);

        ok(same(model, other), "order %d%d%d%d gives the same model", orders[i][0], orders[i][1], orders[i][2],
           orders[i][3]);
        model_free(other);
    }
    model_free(model);
}

int main(void)
{
    struct recorded_bytes streams[STREAMS];

    make_streams(streams);
    test_identity(streams);
    test_order(streams);
    for (size_t i = 0; i < STREAMS; i++)
        free(streams[i].bytes);
    return done_testing();
}
