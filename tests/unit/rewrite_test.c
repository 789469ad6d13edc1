/* rewrite_test: a section passed on: as it is, with samples removed, with frames cut out */
#include "format/rewrite.h"
#include "streams.h"
#include "tap.h"

static const struct stream_plan plan = {.rounds = 400, .threads = 2, .nodes = 50, .flush_every = 100};

static struct pyprof_error error;

/* Cuts odd nodes out: what stands for one is its parent's. */
static uint32_t map_node(void *context, uint32_t node)
{
    (void)context;
    return node % 2 ? node / 2 : node;
}

enum change { NOTHING, REMOVE_THREAD_1, CUT_ODD_NODES };

static void remove_thread(struct pyprof_samples *samples, uint32_t thread)
{
    for (uint32_t i = 0; i < samples->ntracks; i++)
        for (uint32_t j = 0; samples->tracks[i].thread == thread && j < samples->tracks[i].runs; j++) {
            struct pyprof_run *run = &samples->runs[samples->tracks[i].first_run + j];

            run->node = 0;
            run->cpu = 0;
            run->flags = (run->flags & PYPROF_MISSED) | PYPROF_REMOVED;
        }
}

/* Passes `stream` on under a filter's text. */
static struct stream rewrite(const struct stream *stream, const char *text, enum change change)
{
    const struct pyprof_node_map map = {.map = map_node};
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct stream copy = {0};
    struct pyprof_sink sink = stream_sink(&copy);
    struct pyprof_item item;

    pyprof_reader_feed(reader, stream->bytes, stream->size, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        if (item.type == PYPROF_ITEM_SAMPLES && pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, &error) < 0)
            abort();
        if (change == REMOVE_THREAD_1)
            remove_thread(&samples, 1);
        for (uint32_t i = 0; change == CUT_ODD_NODES && i < samples.nruns; i++)
            samples.runs[i].node = map_node(NULL, samples.runs[i].node);
        if (pyprof_rewrite(&sink, &item, text_of(text), change == CUT_ODD_NODES ? &map : NULL, &samples, &error) <
                0 &&
            item.type != PYPROF_ITEM_DAMAGE)
            abort();
    }
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    return copy;
}

static struct pyprof_section *read_all(const struct stream *stream, struct pyprof_reader **reader)
{
    struct pyprof_item item;

    *reader = pyprof_reader_new(NULL);
    pyprof_reader_feed(*reader, stream->bytes, stream->size, &error);
    pyprof_reader_finish(*reader);
    while (pyprof_reader_next(*reader, &item, &error) == PYPROF_ITEM)
        ;
    return pyprof_reader_section(*reader, 0);
}

static void test_ids(void)
{
    ok(pyprof_rewrite_id(1, text_of("a")) == pyprof_rewrite_id(1, text_of("a")) &&
           pyprof_rewrite_id(1, text_of("a")) != pyprof_rewrite_id(2, text_of("a")) &&
           pyprof_rewrite_id(1, text_of("a")) != pyprof_rewrite_id(1, text_of("b")) &&
           pyprof_rewrite_id(1, text_of("")) != 1 &&
           pyprof_rewrite_id(1, text_of("ab")) != pyprof_rewrite_id(1, text_of("ba")),
       "an id follows from the section and the filter, and from nothing else");
}

static void test_nothing(const struct stream *stream, const struct outcome *whole)
{
    struct stream once = rewrite(stream, "--nothing", NOTHING), again = rewrite(stream, "--nothing", NOTHING);
    struct stream twice = rewrite(&once, "--more", NOTHING);
    struct outcome read = stream_read(once.bytes, once.size, once.size);
    struct pyprof_reader *reader;
    const struct pyprof_info *info = pyprof_section_info(read_all(&twice, &reader));

    ok(read.samples == whole->samples && read.named == read.samples && outcome_within(&read, whole) &&
           read.ndigests == whole->ndigests && read.totals.lost_samples == 0 && read.totals.damages == 0,
       "what is passed on as it is, is the same");
    ok(once.size == again.size && memcmp(once.bytes, again.bytes, once.size) == 0, "the same bytes each time");
    ok(info->filters.count == 2 && memcmp(info->filters.items[0].bytes, "--nothing", 9) == 0 &&
           memcmp(info->filters.items[1].bytes, "--more", 6) == 0 && info->pid == 4711,
       "filters are told in order, with the other facts");
    pyprof_reader_free(reader);
    stream_free(&once);
    stream_free(&again);
    stream_free(&twice);
}

static void test_removed(const struct stream *stream, const struct outcome *whole)
{
    struct stream copy = rewrite(stream, "--thread 2", REMOVE_THREAD_1);
    struct outcome read = stream_read(copy.bytes, copy.size, copy.size);

    ok(read.removed > 0 && read.samples + read.removed == whole->samples && read.missed == whole->missed,
       "removed samples are counted as such, and missed ones stay missed");
    ok(read.totals.lost_samples == 0 && read.totals.lost_blocks == 0, "and none is taken for lost");
    stream_free(&copy);
}

static void test_cut(const struct stream *stream, const struct outcome *whole)
{
    struct stream copy = rewrite(stream, "--exclude-path x", CUT_ODD_NODES);
    struct outcome read = stream_read(copy.bytes, copy.size, copy.size);
    struct pyprof_reader *reader;
    struct pyprof_section *section = read_all(&copy, &reader);
    struct pyprof_node node;
    unsigned wrong = 0;

    for (uint32_t i = 1; i <= plan.nodes; i++)
        wrong += !pyprof_section_node(section, i, &node) || node.parent != map_node(NULL, i / 2) ||
                 node.line != i % 7 * 10 + i;
    ok(wrong == 0, "nodes have the parents that the map says, and are else as they were");
    ok(read.samples == whole->samples && read.named == read.samples, "no sample is lost");
    pyprof_reader_free(reader);
    stream_free(&copy);
}

/* A gap in the original is a gap in the copy. */
static void test_gap(const struct stream *stream)
{
    struct stream damaged = {0}, copy;
    struct outcome of_damaged, of_copy;

    stream_write(&damaged, stream->bytes, stream->size);
    damaged.bytes[stream->size / 2] ^= 1;
    of_damaged = stream_read(damaged.bytes, damaged.size, damaged.size);
    copy = rewrite(&damaged, "x", NOTHING);
    of_copy = stream_read(copy.bytes, copy.size, copy.size);
    ok(of_damaged.totals.lost_blocks == 1 && of_copy.totals.lost_blocks == 1 &&
           of_copy.totals.lost_samples == of_damaged.totals.lost_samples && of_copy.samples == of_damaged.samples,
       "what was lost stays told");
    stream_free(&damaged);
    stream_free(&copy);
}

int main(void)
{
    struct stream stream = stream_make(plan);
    struct outcome whole = stream_read(stream.bytes, stream.size, stream.size);

    test_ids();
    test_nothing(&stream, &whole);
    test_removed(&stream, &whole);
    test_cut(&stream, &whole);
    test_gap(&stream);
    stream_free(&stream);
    return done_testing();
}
