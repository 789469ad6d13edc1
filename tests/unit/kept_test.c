/* kept_test: what is kept of streams is whole, recent and bounded */
#include "format/kept.h"
#include "streams.h"
#include "tap.h"

enum { PERIOD = 1000000, SECOND = 1000000000, ROUNDS = 100 };

static struct pyprof_error error;

/* A writer whose blocks are kept; `now` is the time of what it writes. */
struct source {
    struct pyprof_kept *kept;
    struct pyprof_writer *writer;
    uint64_t now;
    int64_t rounds;
    size_t bytes;
};

static int keep(void *context, const void *bytes, size_t size)
{
    struct source *source = context;

    source->bytes += size;
    return pyprof_kept_add(source->kept, bytes, size, source->now, &error);
}

static void begin(struct source *source, struct pyprof_kept *kept, uint64_t pid)
{
    struct pyprof_info info = {.period = PERIOD, .pid = pid};

    *source = (struct source){.kept = kept};
    source->writer = pyprof_writer_new((struct pyprof_sink){keep, source}, &info, &error);
    pyprof_writer_once(source->writer);
}

/* Another ROUNDS rounds in a function of that name, flushed at `now`. */
static void run(struct source *source, const char *name, uint64_t now)
{
    uint32_t function = pyprof_writer_function(source->writer, text_of("a.py"), text_of(name), 1, 0);
    uint32_t node = pyprof_writer_node(source->writer, 0, function, 2);

    for (int i = 0; i < ROUNDS; i++) {
        pyprof_writer_round(source->writer, ++source->rounds * PERIOD, 1, &error);
        pyprof_writer_sample(source->writer, 1, node, PYPROF_ON_CPU, (uint64_t)source->rounds * PERIOD, &error);
        pyprof_writer_removed(source->writer, 2, 0, 0, &error);
    }
    source->now = now;
    pyprof_writer_flush(source->writer, &error);
}

static void finish(struct source *source, uint64_t now)
{
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED, .status_known = true, .status = 9};

    source->now = now;
    pyprof_writer_end(source->writer, &end, &error);
    pyprof_writer_free(source->writer);
}

/* Reads what is kept now; `names` gets the functions of its samples, one letter a block. */
static struct pyprof_reader *read_kept(struct pyprof_kept *kept, struct stream *stream, char *names)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    const struct pyprof_sink sink = stream_sink(stream);
    struct pyprof_item item;

    if (!reader || pyprof_kept_write(kept, 5 * (int64_t)SECOND, &sink, &error) < 0 ||
        pyprof_reader_feed(reader, stream->bytes, stream->size, &error) < 0)
        abort();
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        struct pyprof_node node;
        struct pyprof_function function;
        if (item.type == PYPROF_ITEM_SAMPLES && pyprof_reader_samples(reader, 0, &samples, &error) == 0 &&
            pyprof_section_node(item.section, samples.runs[samples.tracks[0].first_run].node, &node) &&
            pyprof_section_function(item.section, node.function, &function))
            *names++ = function.name.bytes[0];
    }
    *names = '\0';
    pyprof_samples_free(&samples);
    return reader;
}

static void test_window(void)
{
    struct pyprof_kept *kept = pyprof_kept_new(2 * (uint64_t)SECOND);
    struct source source;
    struct stream stream = {0};
    char names[64];

    begin(&source, kept, 7);
    run(&source, "a", 1 * (uint64_t)SECOND);
    run(&source, "b", 2 * (uint64_t)SECOND);
    run(&source, "c", 3 * (uint64_t)SECOND);
    run(&source, "d", 4 * (uint64_t)SECOND + 1);
    struct pyprof_reader *reader = read_kept(kept, &stream, names);
    struct pyprof_section *section = pyprof_reader_section(reader, 0);
    const struct pyprof_end *end = pyprof_section_end(section);
    ok(strcmp(names, "cd") == 0, "what is older than two seconds is forgotten: '%s'", names);
    ok(pyprof_section_info(section)->pid == 7 && end->fate == PYPROF_FATE_RUNNING && end->time == 5 * (int64_t)SECOND,
       "the section runs on");
    ok(end->rounds == 2 * ROUNDS && end->samples == 4 * ROUNDS && end->late == 2 * ROUNDS,
       "its totals are of what is kept");
    ok(pyprof_section_loss(section).blocks == 0 && pyprof_section_loss(section).samples == 0 &&
           pyprof_reader_totals(reader).damages == 0,
       "nothing is lost");
    uint64_t id = pyprof_section_id(section);
    pyprof_reader_free(reader);
    stream_free(&stream);

    stream = (struct stream){0};
    finish(&source, 5 * (uint64_t)SECOND);
    reader = read_kept(kept, &stream, names);
    section = pyprof_reader_section(reader, 0);
    ok(strcmp(names, "cd") == 0 && pyprof_section_end(section)->fate == PYPROF_FATE_EXITED &&
           pyprof_section_end(section)->status == 9,
       "then it has ended");
    ok(pyprof_section_id(section) != id, "each stream has sections of its own");
    pyprof_reader_free(reader);
    stream_free(&stream);
    pyprof_kept_free(kept);
}

static void test_sections(void)
{
    struct pyprof_kept *kept = pyprof_kept_new(SECOND);
    struct source sources[3];
    struct stream stream = {0};
    char names[64];

    for (int i = 0; i < 3; i++) {
        begin(&sources[i], kept, (uint64_t)i + 1);
        run(&sources[i], (const char *[]){"x", "y", "z"}[i], SECOND);
    }
    finish(&sources[0], SECOND);
    run(&sources[1], "u", 3 * (uint64_t)SECOND);
    struct pyprof_reader *reader = read_kept(kept, &stream, names);
    ok(strcmp(names, "u") == 0 && pyprof_section_info(pyprof_reader_section(reader, 0))->pid == 2 &&
           pyprof_section_info(pyprof_reader_section(reader, 1))->pid == 3 && !pyprof_reader_section(reader, 2),
       "a section that has ended goes with its last samples, one that runs stays");
    pyprof_reader_free(reader);
    stream_free(&stream);
    finish(&sources[1], 3 * (uint64_t)SECOND);
    finish(&sources[2], 3 * (uint64_t)SECOND);
    pyprof_kept_free(kept);
    pyprof_kept_free(NULL);
}

static void test_bad(void)
{
    struct pyprof_kept *kept = pyprof_kept_new(SECOND);
    struct stream stream =
        stream_make((struct stream_plan){.threads = 1, .rounds = 10, .nodes = 3, .flush_every = 10});

    ok(pyprof_kept_add(kept, stream.bytes, stream.size - 1, 0, &error) < 0 && error.code == PYPROF_DAMAGED,
       "half a block is refused: %s", error.message);
    stream.bytes[1] ^= 1;
    ok(pyprof_kept_add(kept, stream.bytes, stream.size, 0, &error) < 0 && error.code == PYPROF_DAMAGED,
       "what is no block is refused: %s", error.message);
    stream_free(&stream);
    pyprof_kept_free(kept);
}

int main(void)
{
    test_window();
    test_sections();
    test_bad();
    return done_testing();
}
