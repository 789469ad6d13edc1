/* writer_test: what a writer is told, a reader tells: names, facts, times and CPU times, within what is allowed */
#include "streams.h"
#include "tap.h"

#include <limits.h>

enum { PERIOD = 1000000 };

static struct pyprof_error error;

static bool equal(struct pyprof_text text, const char *string)
{
    return text.size == strlen(string) && memcmp(text.bytes, string, text.size) == 0;
}

/* What reading a stream of one section leaves: to be freed with the reader. */
static struct pyprof_section *read_all(const struct stream *stream, struct pyprof_reader **reader)
{
    struct pyprof_item item;
    int got;

    *reader = pyprof_reader_new(NULL);
    if (!*reader || pyprof_reader_feed(*reader, stream->bytes, stream->size, &error) < 0)
        abort();
    pyprof_reader_finish(*reader);
    while ((got = pyprof_reader_next(*reader, &item, &error)) == PYPROF_ITEM)
        ;
    return got == PYPROF_DONE ? pyprof_reader_section(*reader, 0) : NULL;
}

static void test_facts(void)
{
    struct pyprof_text argv[] = {text_of("python3"), text_of(""), text_of("a\nb")},
                       path[] = {text_of("/a"), {"x\0y", 3}};
    struct pyprof_info info = {.recording = {9, 8, 7},
                               .boot = {1},
                               .host = text_of("host"),
                               .pid = 1,
                               .ppid = UINT64_MAX,
                               .wall = 17,
                               .monotonic = 18,
                               .start = -5,
                               .period = 333333,
                               .python = text_of("3.13"),
                               .recorder = text_of("test 1"),
                               .argv = {argv, 3},
                               .path = {path, 2}};
    struct pyprof_end end = {.fate = PYPROF_FATE_EXEC, .status_known = true, .status = 0, .time = -7};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader;
    struct pyprof_section *section;
    const struct pyprof_info *got;

    ok(stream.size == 0 && pyprof_writer_end(writer, &end, &error) == 0, "nothing is written before a flush");
    section = read_all(&stream, &reader);
    got = pyprof_section_info(section);
    ok(got->recording[0] == 9 && got->boot[0] == 1 && equal(got->host, "host") && got->pid == 1 &&
           got->ppid == UINT64_MAX && got->wall == 17 && got->monotonic == 18 && got->start == -5 &&
           got->period == 333333 && got->unit == 10000 && equal(got->python, "3.13") &&
           equal(got->recorder, "test 1"),
       "facts are as they were told");
    ok(got->argv.count == 3 && equal(got->argv.items[0], "python3") && equal(got->argv.items[1], "") &&
           equal(got->argv.items[2], "a\nb") && got->path.count == 2 && got->path.items[1].size == 3 &&
           got->prefixes.count == 0,
       "so are lists, with empty strings and zero bytes in them");
    ok(pyprof_section_end(section)->fate == PYPROF_FATE_EXEC && pyprof_section_end(section)->status_known &&
           pyprof_section_end(section)->status == 0 && pyprof_section_end(section)->time == -7,
       "so is the end");
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

static void test_long_facts(void)
{
    enum { ITEMS = 100000 };
    struct pyprof_text *argv = malloc(ITEMS * sizeof *argv);
    char *string = malloc(100000);
    struct pyprof_info info = {.argv = {argv, ITEMS}, .python = {string, 100000}, .filters = {argv, 1}};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer;
    struct pyprof_reader *reader;
    const struct pyprof_info *got;

    if (!argv || !string)
        abort();
    memset(string, 'x', 100000);
    for (int i = 0; i < ITEMS; i++)
        argv[i] = (struct pyprof_text){string, 100};
    writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    ok(writer && pyprof_writer_end(writer, &end, &error) == 0, "a command line of 10 MB is written");
    got = pyprof_section_info(read_all(&stream, &reader));
    ok(got->argv.count > 1000 && got->argv.count < ITEMS && got->python.size == 65536 && got->filters.count == 1,
       "cut to what the format allows (%zu arguments)", got->argv.count);
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
    free(argv);
    free(string);
}

static void test_names(void)
{
    struct pyprof_info info = {.period = PERIOD};
    struct pyprof_thread thread = {.id = 2, .tid = 77, .name = text_of("worker"), .start = 5, .end = INT64_MAX}, got;
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader;
    struct pyprof_section *section;
    struct pyprof_function function = {0};
    struct pyprof_node node = {0};
    uint32_t f = pyprof_writer_function(writer, text_of("a.py"), text_of("A.f"), 10, PYPROF_FUNCTION_HIDDEN);
    uint32_t g = pyprof_writer_function(writer, text_of("a.py"), text_of("g"), 90, 0);
    uint32_t outer = pyprof_writer_node(writer, 0, f, 12), inner = pyprof_writer_node(writer, outer, g, 0);

    ok(f == 1 && g == 2 && outer == 1 && inner == 2 && pyprof_writer_node(writer, 0, f, 12) == outer,
       "ids are dense, equal values have one");
    pyprof_writer_thread(writer, &thread, &error);
    pyprof_writer_flush(writer, &error);
    thread.end = 2;
    thread.name = text_of("renamed");
    pyprof_writer_thread(writer, &thread, &error);
    pyprof_writer_end(writer, &end, &error);
    section = read_all(&stream, &reader);
    ok(pyprof_section_function(section, f, &function) && equal(function.file, "a.py") &&
           equal(function.name, "A.f") && function.firstline == 10 && function.flags == PYPROF_FUNCTION_HIDDEN &&
           pyprof_section_functions(section) == 2 && pyprof_section_function(section, g, &function) &&
           function.flags == 0,
       "functions are as they were told");
    ok(pyprof_section_node(section, outer, &node) && node.parent == 0 && node.function == f && node.line == 12,
       "so are nodes");
    ok(pyprof_section_node(section, inner, &node) && node.parent == outer && node.line == 0,
       "and a line before its function's first");
    ok(!pyprof_section_node(section, 0, &node) && !pyprof_section_node(section, 3, &node) &&
           !pyprof_section_node(section, UINT32_MAX, &node) && !pyprof_section_function(section, 3, &function),
       "what is not defined is not there");
    ok(pyprof_section_thread(section, 2, &got) && equal(got.name, "renamed") && got.start == 5 && got.end == 2 &&
           got.tid == 77 && !pyprof_section_thread(section, 1, &got),
       "a thread is as it was told last");
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

/* What one thread was told and what was read of it. */
struct life {
    int64_t true_times[6000];
    int64_t worst_time; /* ns off */
    int64_t worst_cpu;
    int64_t wall, cpu, rounds; /* sums that were read */
};

static struct life life;

/* CPU clock of the thread at `time`: busy in every second stretch of 50 ms, and slow to wake. */
static uint64_t cpu_at(int64_t time)
{
    int64_t stretch = time / 50000000, within = time % 50000000;

    return 1000000000u + (uint64_t)((stretch + 1) / 2 * 49000000 + (stretch % 2 ? 0 : within * 49 / 50));
}

static void write_life(struct stream *stream, uint64_t period)
{
    struct pyprof_info info = {.period = period};
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(stream), &info, &error);
    uint64_t random = 7, before = cpu_at(0);
    int64_t time = 0;

    for (uint32_t r = 0; r < 6000; r++) {
        int64_t due = (int64_t)((r + 1) * period), noise = (int64_t)(next_random(&random) % (period / 10));
        uint64_t cpu;

        if (next_random(&random) % 100 == 0)
            noise += (int64_t)(next_random(&random) % period);
        time = due + noise > time ? due + noise : time;
        cpu = cpu_at(time);
        life.true_times[r] = time;
        if (pyprof_writer_round(writer, time, 0, &error) < 0 ||
            pyprof_writer_sample(writer, 1, 0, cpu > before ? PYPROF_ON_CPU : 0, cpu, &error) < 0)
            abort();
        before = cpu;
        if (r % 2000 == 1999)
            pyprof_writer_flush(writer, &error);
    }
    pyprof_writer_end(writer, &end, &error);
    pyprof_writer_free(writer);
}

static void note(int64_t *worst, int64_t off)
{
    off = off < 0 ? -off : off;
    if (off > *worst)
        *worst = off;
}

static void read_life_block(const struct pyprof_samples *samples)
{
    const struct pyprof_track *track = &samples->tracks[0];
    int64_t unit = (int64_t)samples->unit;
    uint32_t r = 0;

    for (uint32_t k = 0; k < samples->rounds; k++)
        note(&life.worst_time, samples->times[k] * unit - life.true_times[life.rounds + k]);
    for (uint32_t j = 0; j < track->runs; j++) {
        const struct pyprof_run *run = &samples->runs[j];
        int64_t end;

        life.wall += pyprof_samples_duration(samples, track, r, run) * unit;
        life.cpu += run->cpu * unit;
        r += run->count;
        end = life.true_times[life.rounds + r - 1];
        note(&life.worst_cpu, life.cpu - (int64_t)(cpu_at(end) - cpu_at(0)));
    }
    life.rounds += samples->rounds;
}

static void test_times(uint64_t period)
{
    struct stream stream = {0};
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    int64_t unit = 0;

    memset(&life, 0, sizeof life);
    write_life(&stream, period);
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        if (item.type != PYPROF_ITEM_SAMPLES)
            continue;
        if (pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, &error) < 0)
            abort();
        unit = (int64_t)samples.unit;
        read_life_block(&samples);
    }
    ok(life.rounds == 6000 && life.worst_time <= unit, "period %llu: times are within a unit (%lld of %lld ns)",
       (unsigned long long)period, (long long)life.worst_time, (long long)unit);
    ok(life.wall - life.true_times[5999] <= unit && life.true_times[5999] - life.wall <= unit,
       "period %llu: weights add up to the life", (unsigned long long)period);
    ok(life.worst_cpu <= (int64_t)period / 5 + 2 * unit, "period %llu: CPU times are within a fifth of it (%lld ns)",
       (unsigned long long)period, (long long)life.worst_cpu);
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

static void test_unit(void)
{
    static const struct {
        uint64_t period, unit;
    } cases[] = {{1000000, 50000}, {100000, 5000}, {10000000, 500000}, {333333, 10000}, {19, 1}, {0, 1},
                 {20, 1},          {40, 2}};
    bool right = true;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pyprof_info info = {.period = cases[i].period};
        struct stream stream = {0};
        struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
        struct pyprof_reader *reader;

        pyprof_writer_flush(writer, &error);
        right &= pyprof_section_info(read_all(&stream, &reader))->unit == cases[i].unit;
        pyprof_writer_free(writer);
        pyprof_reader_free(reader);
        stream_free(&stream);
    }
    ok(right, "the unit follows from the period as specified");
}

/* More threads than fit: every round stays whole or is told as lost. */
static void test_many_threads(uint32_t threads, uint32_t rounds)
{
    struct pyprof_info info = {.period = PERIOD};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_writer_totals totals;
    struct outcome read;
    int result = 0;

    for (uint32_t r = 0; result == 0 && r < rounds; r++) {
        result = pyprof_writer_round(writer, (int64_t)r * PERIOD, 0, &error);
        for (uint32_t t = 1; result == 0 && t <= threads; t++)
            result = pyprof_writer_sample(writer, t, 0, t % 2, (uint64_t)r * t, &error);
    }
    if (result == 0)
        result = pyprof_writer_end(writer, &end, &error);
    totals = pyprof_writer_totals(writer);
    read = stream_read(stream.bytes, stream.size, stream.size);
    ok(result == 0 && read.samples == (uint64_t)threads * rounds && totals.samples == read.samples && !read.failed &&
           read.items[PYPROF_ITEM_DAMAGE] == 0 && totals.bytes == stream.size,
       "%u threads in %u rounds are %llu samples in %llu bytes", threads, rounds, (unsigned long long)read.samples,
       (unsigned long long)stream.size);
    pyprof_writer_free(writer);
    stream_free(&stream);
}

/* Very many definitions in one flush are split over blocks. */
static void test_many_names(void)
{
    enum { COUNT = 40000 };
    struct pyprof_info info = {0};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader;
    struct pyprof_section *section;
    struct pyprof_function function;
    struct pyprof_node node;
    char name[2048];
    uint64_t random = 5;
    uint32_t parent = 0, named = 0;

    for (uint32_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j + 1 < sizeof name; j++)
            name[j] = (char)next_random(&random);
        parent = pyprof_writer_node(
            writer, parent, pyprof_writer_function(writer, text_of("f"), (struct pyprof_text){name, i % 2048}, i, 0),
            i);
    }
    ok(pyprof_writer_end(writer, &end, &error) == 0, "40,000 random names are written");
    section = read_all(&stream, &reader);
    for (uint32_t i = 1; i <= COUNT; i++)
        named += pyprof_section_node(section, i, &node) && node.line == i - 1 &&
                 pyprof_section_function(section, node.function, &function) && function.name.size == (i - 1) % 2048;
    ok(named == COUNT && pyprof_reader_totals(reader).damages == 0, "all of them are read");
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

static void test_failure(void)
{
    struct stream stream = {.fail_at = 1};
    struct pyprof_info info = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);

    ok(pyprof_writer_flush(writer, &error) < 0 && error.code == PYPROF_SYSTEM && error.system == ENOSPC,
       "a sink's failure is the writer's");
    stream.fail_at = 0;
    ok(pyprof_writer_flush(writer, &error) < 0 && error.system == ENOSPC && stream.size == 0 &&
           pyprof_writer_round(writer, 0, 0, &error) < 0,
       "which stays, and nothing more is written");
    pyprof_writer_free(writer);
}

static void test_counts(void)
{
    struct pyprof_info info = {.period = PERIOD};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader;
    const struct pyprof_end *got;

    pyprof_writer_round(writer, PERIOD, 3, &error);
    pyprof_writer_sample(writer, 1, 0, 0, 0, &error);
    pyprof_writer_missed(writer, 2, &error);
    pyprof_writer_overflow(writer, 11);
    pyprof_writer_flush(writer, &error);
    pyprof_writer_overflow(writer, 2);
    pyprof_writer_end(writer, &end, &error);
    got = pyprof_section_end(read_all(&stream, &reader));
    ok(got->rounds == 1 && got->samples == 1 && got->missed == 1 && got->late == 3 && got->overflow == 13,
       "the end has the totals");
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

/* Every other run of two rounds is removed, and its time and CPU time with it. */
static void test_removed(void)
{
    struct pyprof_info info = {.period = PERIOD};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    uint64_t cpu = 0;
    int64_t kept = 0;

    for (int i = 0; i < 400; i++) {
        cpu += i % 4 < 2 ? PERIOD / 2 : PERIOD;
        pyprof_writer_round(writer, (i + 1) * (int64_t)PERIOD, 0, &error);
        if (i % 4 < 2)
            pyprof_writer_sample(writer, 1, 0, PYPROF_ON_CPU, cpu, &error);
        else
            pyprof_writer_removed(writer, 1, 0, cpu, &error);
        if (i == 200)
            pyprof_writer_flush(writer, &error);
    }
    ok(pyprof_writer_totals(writer).samples == 200 && pyprof_writer_totals(writer).removed == 200,
       "removed samples are counted");
    pyprof_writer_end(writer, &end, &error);
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    uint64_t counts[2] = {0};
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        if (item.type != PYPROF_ITEM_SAMPLES ||
            pyprof_reader_samples(reader, PYPROF_WANT_TIMES | PYPROF_WANT_CPU, &samples, &error) < 0)
            continue;
        counts[0] += samples.samples;
        counts[1] += samples.removed;
        for (uint32_t i = 0; i < samples.nruns; i++)
            kept += samples.runs[i].flags & PYPROF_REMOVED ? 0 : samples.runs[i].cpu * (int64_t)samples.unit;
    }
    struct pyprof_section *section = pyprof_reader_section(reader, 0);
    ok(counts[0] == 200 && counts[1] == 200 && pyprof_section_loss(section).samples == 0,
       "they are in the blocks, and are no loss");
    ok(kept > 99 * PERIOD && kept < 102 * PERIOD, "their CPU time is nobody's: %lld ns of 100 ms", (long long)kept);
    pyprof_samples_free(&samples);
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

int main(void)
{
    test_facts();
    test_long_facts();
    test_names();
    test_times(1000000);
    test_times(100000);
    test_times(333333);
    test_unit();
    test_counts();
    test_removed();
    test_many_threads(10000, 250);
    test_many_threads(60000, 3);
    test_many_names();
    test_failure();
    return done_testing();
}
