/* reader_test: what is special about reading: sections side by side, newer versions, lost facts and names, limits */
#include "format/block.h"
#include "format/column.h"
#include "format/defs.h"
#include "streams.h"
#include "tap.h"

#include <unistd.h>

static const struct stream_plan plan = {.rounds = 400, .threads = 2, .nodes = 50, .flush_every = 100};

static struct pyprof_error error;

/* The size of the block at `at` and, if `header` is not NULL, its header. */
static size_t block_at(const struct stream *stream, size_t at, struct block_header *header)
{
    struct block_header own;

    if (block_header_get(stream->bytes + at, at, header ? header : &own, &error) < 0)
        abort();
    return BLOCK_HEADER_SIZE + (size_t)(header ? header : &own)->length;
}

/* Appends the block at `at` of `from`, with its header changed to `header`. */
static void append(struct stream *to, const struct stream *from, size_t at, const struct block_header *header)
{
    struct buffer block = {0}, payload = {0};

    buffer_put(&payload, from->bytes + at + BLOCK_HEADER_SIZE, header->length);
    block_put_as(&block, header, &payload);
    stream_write(to, block.bytes, block.size);
    buffer_free(&block);
    buffer_free(&payload);
}

static void append_block(struct stream *to, enum block_type type, uint32_t sequence, const struct buffer *payload)
{
    struct buffer block = {0};

    block_put(&block, type, 42, sequence, payload);
    stream_write(to, block.bytes, block.size);
    buffer_free(&block);
}

static void test_sections(void)
{
    struct stream one = stream_make(plan), two = stream_make(plan), both = {0};
    struct outcome single = stream_read(one.bytes, one.size, one.size), read;
    size_t a = 0, b = 0;

    while (a < one.size || b < two.size) {
        size_t size = a < one.size ? block_at(&one, a, NULL) : 0;

        stream_write(&both, one.bytes + a, size);
        a += size;
        size = b < two.size ? block_at(&two, b, NULL) : 0;
        stream_write(&both, two.bytes + b, size);
        b += size;
    }
    read = stream_read(both.bytes, both.size, 333);
    ok(read.totals.sections == 2 && read.samples == 2 * single.samples && read.named == read.samples &&
           read.totals.damages == 0 && read.totals.lost_blocks == 0,
       "two sections side by side are read whole");
    stream_free(&both);
    stream_write(&both, one.bytes, one.size);
    stream_write(&both, two.bytes, two.size);
    read = stream_read(both.bytes, both.size, both.size);
    ok(read.totals.sections == 2 && read.samples == 2 * single.samples, "so are two, one after the other");
    stream_free(&one);
    stream_free(&two);
    stream_free(&both);
}

/* Reads a stream from a pipe. */
static void test_pipe(void)
{
    struct stream stream = stream_make(plan);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_item item;
    unsigned items = 0;
    int ends[2], got;

    if (pipe(ends) < 0 || write(ends[1], stream.bytes, stream.size) != (ssize_t)stream.size || close(ends[1]) < 0)
        abort();
    while ((got = pyprof_reader_next(reader, &item, &error)) != PYPROF_DONE)
        if (got == PYPROF_ITEM)
            items++;
        else if (got < 0 || pyprof_reader_fill(reader, ends[0], &error) < 0)
            break;
    ok(got == PYPROF_DONE && items == pyprof_reader_totals(reader).blocks && items > 5, "a pipe is read to its end");
    close(ends[0]);
    ok(pyprof_reader_fill(reader, ends[0], &error) < 0 && error.code == PYPROF_SYSTEM && error.system == EBADF,
       "a descriptor that cannot be read is an error");
    pyprof_reader_free(reader);
    stream_free(&stream);
}

/* The stream with the header of its block number `which` changed. */
static struct stream change(const struct stream *stream, unsigned which, uint8_t type, uint8_t flags, uint8_t major)
{
    struct stream changed = {0};
    unsigned i = 0;

    for (size_t at = 0; at < stream->size; i++) {
        struct block_header header;
        size_t size = block_at(stream, at, &header);

        if (i == which) {
            header.type = type;
            header.flags = flags;
            header.major = major;
        }
        append(&changed, stream, at, &header);
        at += size;
    }
    return changed;
}

static void test_newer(void)
{
    struct stream stream = stream_make(plan), changed;
    struct outcome whole = stream_read(stream.bytes, stream.size, stream.size), read;

    changed = change(&stream, 3, 200, 0, 1);
    read = stream_read(changed.bytes, changed.size, changed.size);
    ok(read.items[PYPROF_ITEM_UNKNOWN] == 1 && read.items[PYPROF_ITEM_DAMAGE] == 0 &&
           read.totals.blocks == whole.totals.blocks && read.totals.lost_blocks == 0,
       "a block of an unknown type is passed over");
    stream_free(&changed);
    changed = change(&stream, 3, 200, BLOCK_CRITICAL, 1);
    read = stream_read(changed.bytes, changed.size, changed.size);
    ok(read.items[PYPROF_ITEM_UNKNOWN] == whole.totals.blocks - 3 && read.items[PYPROF_ITEM_SAMPLES] == 1,
       "a critical one ends the section");
    stream_free(&changed);
    changed = change(&stream, 0, BLOCK_SECTION, 0, 2);
    read = stream_read(changed.bytes, changed.size, changed.size);
    ok(read.items[PYPROF_ITEM_UNKNOWN] == whole.totals.blocks && read.samples == 0, "so does a newer major version");
    stream_free(&changed);
    stream_free(&stream);
}

static void test_refusal(void)
{
    struct stream stream = stream_make(plan), changed = change(&stream, 0, BLOCK_SECTION, 0, 2);
    struct stream other = stream_make(plan);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_item item;
    unsigned told = 0, samples = 0;

    stream_write(&changed, other.bytes, other.size);
    pyprof_reader_feed(reader, changed.bytes, changed.size, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        told += item.type == PYPROF_ITEM_UNKNOWN && item.reason.code == PYPROF_UNSUPPORTED;
        samples += item.type == PYPROF_ITEM_SAMPLES;
    }
    ok(told == 1 && samples == 4, "a refusal is told once, and other sections are read");
    pyprof_reader_free(reader);
    stream_free(&stream);
    stream_free(&changed);
    stream_free(&other);
}

/* Without the first SECTION and DEFS blocks: times are still read, and the end brings facts and names. */
static void test_lost_start(void)
{
    struct stream stream = stream_make(plan);
    size_t first = block_at(&stream, 0, NULL), second = block_at(&stream, first, NULL), skip = first + second;
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    struct pyprof_node node;
    struct pyprof_function function;
    uint32_t named = 0, early = UINT32_MAX;
    uint64_t unit = 0;

    pyprof_reader_feed(reader, stream.bytes + skip, stream.size - skip, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        if (item.type != PYPROF_ITEM_SAMPLES || early != UINT32_MAX)
            continue;
        early = pyprof_section_node(item.section, 1, &node);
        if (pyprof_reader_samples(reader, PYPROF_WANT_TIMES, &samples, &error) == 0 && samples.times[99] > 98 * 20)
            unit = pyprof_section_info(item.section)->unit;
    }
    for (uint32_t i = 1; i <= plan.nodes; i++)
        named += pyprof_section_node(pyprof_reader_section(reader, 0), i, &node) &&
                 pyprof_section_function(pyprof_reader_section(reader, 0), node.function, &function) &&
                 function.file.size > 0;
    ok(early == 0 && unit == 50000, "without its first blocks, samples still have times");
    ok(named == plan.nodes && pyprof_section_info(pyprof_reader_section(reader, 0))->pid == 4711,
       "and the end brings facts and names again");
    ok(pyprof_section_loss(pyprof_reader_section(reader, 0)).blocks == 2 &&
           pyprof_section_loss(pyprof_reader_section(reader, 0)).samples == 0,
       "two blocks are lost, and no sample");
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

/* A payload of DEFS with a head of these numbers and no columns but one. */
static void put_defs(struct buffer *payload, const uint64_t head[7], uint32_t column, const char *bytes, size_t size)
{
    struct buffer numbers = {0}, values = {0};
    struct packer packer;

    if (packer_init(&packer) < 0)
        abort();
    buffer_clear(payload);
    for (int i = 0; i < 7; i++)
        buffer_varint(&numbers, head[i]);
    buffer_put(&values, bytes, size);
    column_put_head(payload, &numbers);
    column_put(&packer, payload, column, &values);
    packer_free(&packer);
    buffer_free(&numbers);
    buffer_free(&values);
}

static void test_hostile_definitions(void)
{
    static const struct {
        const char *what;
        uint64_t head[7];
        uint32_t column;
        const char *bytes;
        size_t size;
    } cases[] = {
        {"an id over the limit", {0, 0, 1 << 26, 1}, 3, "\0", 1},
        {"a range over the limit", {0, 0, 5, (1 << 26) - 1}, 3, "\0", 1},
        {"id 0", {0, 1}, 1, "\1", 1},
        {"a node that is its own parent", {0, 0, 0, 0, 5, 1}, 6, "\0", 1},
        {"a node with a parent below 0", {0, 0, 0, 0, 5, 1}, 6, "\6", 1},
        {"more strings than there are bytes", {1, 2}, 1, "\1\1", 2},
        {"fewer parents than nodes", {0, 0, 0, 0, 1, 3}, 6, "\1\1", 2},
        {"more parents than nodes", {0, 0, 0, 0, 1, 1}, 6, "\1\1", 2},
        {"a thread that is cut", {0, 0, 0, 0, 0, 0, 1}, 9, "\1\1\1", 3},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer payload = {0};
        struct stream stream = {0};
        struct outcome read;

        put_defs(&payload, cases[i].head, cases[i].column, cases[i].bytes, cases[i].size);
        append_block(&stream, BLOCK_DEFS, 0, &payload);
        read = stream_read(stream.bytes, stream.size, stream.size);
        ok(read.items[PYPROF_ITEM_DAMAGE] == 1 && read.items[PYPROF_ITEM_DEFS] == 0 && !read.failed,
           "%s is damage: %s", cases[i].what, read.first_damage.message);
        buffer_free(&payload);
        stream_free(&stream);
    }
}

/* A chain of nodes, each below the one before: as deep as allowed, and one deeper. */
static void test_depth(void)
{
    struct pyprof_info info = {0};
    struct pyprof_end end = {0};
    struct stream stream = {0};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(&stream), &info, &error);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_item item;
    struct pyprof_node node;
    unsigned damages = 0;
    uint32_t parent = 0;

    for (uint32_t i = 0; i <= LIMIT_DEPTH; i++)
        parent = pyprof_writer_node(writer, parent, 0, 1);
    pyprof_writer_end(writer, &end, &error);
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM)
        damages += item.type == PYPROF_ITEM_DAMAGE;
    ok(pyprof_section_node(pyprof_reader_section(reader, 0), LIMIT_DEPTH, &node) &&
           !pyprof_section_node(pyprof_reader_section(reader, 0), LIMIT_DEPTH + 1, &node) && damages > 0,
       "a node is as deep as the limit, and no deeper");
    pyprof_writer_free(writer);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

static void test_memory(void)
{
    static const uint64_t head[7] = {0, 0, 0, 0, 60000000, 1};
    struct pyprof_limits limits = {.memory = 60000};
    struct pyprof_reader *reader = pyprof_reader_new(&limits);
    struct stream stream =
        stream_make((struct stream_plan){.rounds = 3000, .threads = 1, .nodes = 100000, .flush_every = 9});
    struct buffer payload = {0};
    struct pyprof_item item;
    int got;

    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    while ((got = pyprof_reader_next(reader, &item, &error)) == PYPROF_ITEM)
        ;
    ok(got == -1 && error.code == PYPROF_MEMORY, "tables over the limit are an error: %s", error.message);
    pyprof_reader_free(reader);
    stream_free(&stream);

    limits.memory = 2 << 20;
    reader = pyprof_reader_new(&limits);
    put_defs(&payload, head, 6, "\1", 1);
    append_block(&stream, BLOCK_DEFS, 0, &payload);
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    got = pyprof_reader_next(reader, &item, &error);
    ok(got == PYPROF_ITEM && item.type == PYPROF_ITEM_DAMAGE, "a far id alone costs little");
    pyprof_reader_free(reader);
    buffer_free(&payload);
    stream_free(&stream);
}

static unsigned freed;

static void free_user(void *user)
{
    freed += *(unsigned *)user;
}

static void test_users_and_forgetting(void)
{
    struct stream stream = stream_make(plan);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_section *section = NULL;
    struct pyprof_item item;
    struct pyprof_node node;
    unsigned one = 1, items = 0;

    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM)
        section = item.section;
    pyprof_section_set_user(section, &one, free_user);
    ok(pyprof_section_user(section) == &one && pyprof_section_node(section, 1, &node),
       "a section keeps its user's data");
    pyprof_reader_forget(reader, section);
    ok(freed == 1 && !pyprof_section_node(section, 1, &node) && pyprof_section_info(section)->argv.count == 0,
       "forgotten, it has none, and no names");
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM)
        items++;
    ok(items == 0 && pyprof_reader_totals(reader).repeated == pyprof_reader_totals(reader).blocks,
       "but what was seen stays seen");
    pyprof_reader_free(reader);
    ok(freed == 1, "and its user's data is freed once");
    stream_free(&stream);
}

/* Samples can be decoded until the reader is given more. */
static void test_lifetime(void)
{
    struct stream stream = stream_make(plan);
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct pyprof_item item = {0};

    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM && item.type != PYPROF_ITEM_SAMPLES)
        ;
    ok(pyprof_reader_samples(reader, 0, &samples, &error) == 0 && samples.samples > 0 &&
           pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, &error) == 0 &&
           samples.times[1] > samples.times[0],
       "samples are decoded as often as one likes");
    pyprof_reader_feed(reader, stream.bytes, stream.size, &error);
    ok(pyprof_reader_samples(reader, 0, &samples, &error) < 0, "but not once the reader was fed");
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    stream_free(&stream);
}

/* Headers that are sound, one every 32 bytes, of payloads that are not: each reaches over all that follow. */
static void test_nested_headers(void)
{
    enum { COUNT = 60000, CLAIMED = 1000000 };
    struct buffer block = {0}, payload = {0};
    struct stream stream = {0};
    struct outcome read;

    if (!buffer_reserve(&payload, CLAIMED))
        abort();
    memset(payload.bytes, 0, CLAIMED);
    payload.size = CLAIMED;
    block_put(&block, BLOCK_SAMPLES, 5, 0, &payload);
    for (uint32_t i = 0; i < COUNT; i++)
        stream_write(&stream, block.bytes, BLOCK_HEADER_SIZE);
    read = stream_read(stream.bytes, stream.size, stream.size);
    ok(read.totals.blocks == 0 && read.totals.damaged_bytes == stream.size && read.items[PYPROF_ITEM_DAMAGE] == 1,
       "a stream of headers that lie is one damage, found in reasonable time");
    buffer_free(&block);
    buffer_free(&payload);
    stream_free(&stream);
}

int main(void)
{
    test_sections();
    test_pipe();
    test_newer();
    test_refusal();
    test_lost_start();
    test_hostile_definitions();
    test_depth();
    test_memory();
    test_users_and_forgetting();
    test_lifetime();
    test_nested_headers();
    return done_testing();
}
