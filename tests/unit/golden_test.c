/*
 * golden_test: small streams, good and bad, that stay what they are
 *
 *     golden_test            reads tests/golden/NAME.prof and compares what comes of it
 *     golden_test --write    makes the files anew, after the format has changed
 *
 * The files were written by this program, which is also how they can be looked into: each case says how its stream came
 * to be.  A bug in reading becomes a case here.
 */
#include "format/block.h"
#include "format/codec.h"
#include "format/defs.h"
#include "format/facts.h"
#include "streams.h"
#include "tap.h"

#define FOLDER "tests/golden/"
#define SECTION_ID 0x1122334455667788

/* What a reader makes of a stream. */
struct expected {
    unsigned sections, defs, samples_blocks, ends, unknown, damages;
    uint64_t samples, lost_blocks, lost_samples;
};

/* Blocks of the good stream, by name; bad ones are made of them. */
enum part { PART_SECTION, PART_DEFS, PART_SAMPLES, PART_SAMPLES_AGAIN, PART_END, PARTS };

static struct buffer parts[PARTS];

static void make_section(struct buffer *payload)
{
    struct pyprof_info info = {.pid = 7, .period = 1000000, .unit = 20000};

    info_put(payload, &info);
}

static void make_defs(struct buffer *payload, struct packer *packer)
{
    struct pyprof_thread thread = {.id = 1, .tid = 7, .name = text_of("main"), .end = INT64_MAX};
    struct defs defs = {0};
    uint32_t main_function = defs_function(&defs, text_of("a.py"), text_of("main"), 1, 0);
    uint32_t function = defs_function(&defs, text_of("a.py"), text_of("f"), 10, 0);
    uint32_t outer = defs_node(&defs, 0, main_function, 5);

    defs_node(&defs, outer, function, 12);
    defs_thread(&defs, &thread);
    if (defs_put(&defs, packer, payload) < 0)
        abort();
    defs_free(&defs);
}

/* Four rounds on time but one: f, f, missed, main. */
static void make_samples(struct buffer *payload, struct packer *packer, uint64_t before)
{
    int64_t times[] = {50, 100, 153, 200};
    struct pyprof_run runs[] = {
        {.node = 2, .flags = PYPROF_ON_CPU | PYPROF_HOLDS_GIL, .count = 2, .cpu = 90},
        {.flags = PYPROF_MISSED, .count = 1},
        {.node = 1, .flags = PYPROF_ON_CPU, .count = 1, .cpu = 40},
    };
    struct pyprof_track track = {.thread = 1, .rounds = 4, .runs = 3};
    struct pyprof_samples samples = {.unit = 20000,
                                     .period = 1000000,
                                     .before = before,
                                     .rounds = 4,
                                     .times = times,
                                     .tracks = &track,
                                     .ntracks = 1,
                                     .runs = runs,
                                     .nruns = 3};

    if (before > 0) {
        samples.first_round = 4;
        samples.start = times[3];
        for (int k = 0; k < 4; k++)
            times[k] += 200;
    }
    if (samples_encode(&samples, packer, payload, NULL) < 0)
        abort();
}

static void make_end(struct buffer *payload)
{
    struct pyprof_end end = {
        .fate = PYPROF_FATE_EXITED, .status_known = true, .time = 8100000, .rounds = 8, .samples = 6, .missed = 2};

    end_put(payload, &end);
}

static void make_parts(void)
{
    static const enum block_type types[PARTS] = {BLOCK_SECTION, BLOCK_DEFS, BLOCK_SAMPLES, BLOCK_SAMPLES, BLOCK_END};
    struct buffer payloads[PARTS] = {0};
    struct packer packer;

    if (packer_init(&packer) < 0)
        abort();
    make_section(&payloads[PART_SECTION]);
    make_defs(&payloads[PART_DEFS], &packer);
    make_samples(&payloads[PART_SAMPLES], &packer, 0);
    make_samples(&payloads[PART_SAMPLES_AGAIN], &packer, 3);
    make_end(&payloads[PART_END]);
    packer_free(&packer);
    for (uint32_t i = 0; i < PARTS; i++) {
        block_put(&parts[i], types[i], SECTION_ID, i, &payloads[i]);
        buffer_free(&payloads[i]);
    }
}

static void put_part(struct buffer *out, enum part part)
{
    buffer_put(out, parts[part].bytes, parts[part].size);
}

static void put_all(struct buffer *out)
{
    for (int part = 0; part < PARTS; part++)
        put_part(out, (enum part)part);
}

/* Where a part begins in the good stream. */
static size_t start_of(enum part part)
{
    size_t at = 0;

    for (int i = 0; i < (int)part; i++)
        at += parts[i].size;
    return at;
}

static void make_good(struct buffer *out)
{
    put_all(out);
}

static void make_example(struct buffer *out)
{
    put_part(out, PART_SECTION);
    put_part(out, PART_DEFS);
    put_part(out, PART_SAMPLES);
}

static void make_empty(struct buffer *out)
{
    (void)out;
}

static void make_text(struct buffer *out)
{
    static const char text[] = "main;f 2\nmain 1\n";

    buffer_put(out, text, sizeof text - 1);
}

static void make_twice(struct buffer *out)
{
    put_all(out);
    put_all(out);
}

static void make_cut_in_header(struct buffer *out)
{
    put_all(out);
    out->size = start_of(PART_SAMPLES_AGAIN) + 20;
}

static void make_cut_in_payload(struct buffer *out)
{
    put_all(out);
    out->size = start_of(PART_SAMPLES_AGAIN) + 40;
}

static void make_cut_between_blocks(struct buffer *out)
{
    put_all(out);
    out->size = start_of(PART_SAMPLES_AGAIN);
}

static void make_garbage_in_front(struct buffer *out)
{
    make_text(out);
    put_all(out);
}

static void make_garbage_between(struct buffer *out)
{
    for (int part = 0; part < PARTS; part++) {
        if (part == PART_SAMPLES_AGAIN)
            buffer_put(out, "\x89pyp garbage that begins like a block", 38);
        put_part(out, (enum part)part);
    }
}

static void make_flipped_header(struct buffer *out)
{
    put_all(out);
    out->bytes[start_of(PART_SAMPLES) + 9] ^= 0x10;
}

static void make_flipped_payload(struct buffer *out)
{
    put_all(out);
    out->bytes[start_of(PART_SAMPLES) + 50] ^= 0x10;
}

static void make_flipped_definitions(struct buffer *out)
{
    put_all(out);
    out->bytes[start_of(PART_DEFS) + 50] ^= 0x10;
}

static void make_byte_missing(struct buffer *out)
{
    size_t at = start_of(PART_SAMPLES) + 60;

    put_all(out);
    memmove(out->bytes + at, out->bytes + at + 1, out->size - at - 1);
    out->size--;
}

static void make_block_missing(struct buffer *out)
{
    for (int part = 0; part < PARTS; part++)
        if (part != PART_SAMPLES)
            put_part(out, (enum part)part);
}

static void make_blocks_out_of_order(struct buffer *out)
{
    put_part(out, PART_SECTION);
    put_part(out, PART_DEFS);
    put_part(out, PART_SAMPLES_AGAIN);
    put_part(out, PART_SAMPLES);
    put_part(out, PART_END);
}

/* The good stream with one block's header changed and made sound again. */
static void put_changed(struct buffer *out, enum part which, uint8_t type, uint8_t flags, uint8_t major)
{
    for (int part = 0; part < PARTS; part++) {
        struct block_header header;
        struct buffer payload = {0};

        if (block_header_get(parts[part].bytes, 0, &header, NULL) < 0)
            abort();
        if (part == (int)which) {
            header.type = type;
            header.flags = flags;
            header.major = major;
        }
        buffer_put(&payload, parts[part].bytes + BLOCK_HEADER_SIZE, header.length);
        block_put_as(out, &header, &payload);
        buffer_free(&payload);
    }
}

static void make_unknown_type(struct buffer *out)
{
    put_changed(out, PART_SAMPLES, 77, 0, BLOCK_MAJOR);
}

static void make_unknown_critical_type(struct buffer *out)
{
    put_changed(out, PART_SAMPLES, 77, BLOCK_CRITICAL, BLOCK_MAJOR);
}

static void make_newer_version(struct buffer *out)
{
    put_changed(out, PART_SECTION, BLOCK_SECTION, 0, 2);
}

/* Samples whose sums are right and whose columns are those of definitions. */
static void make_wrong_columns(struct buffer *out)
{
    put_changed(out, PART_DEFS, BLOCK_SAMPLES, 0, BLOCK_MAJOR);
}

/* A head that says three samples before columns that hold two runs: only decoding shows. */
static void make_wrong_count(struct buffer *out)
{
    struct buffer payload = {0};
    struct block_header header;

    if (block_header_get(parts[PART_SAMPLES].bytes, 0, &header, NULL) < 0)
        abort();
    buffer_put(&payload, parts[PART_SAMPLES].bytes + BLOCK_HEADER_SIZE, header.length);
    for (size_t i = 1; i < payload.size; i++)
        if (payload.bytes[i] == 4) {  /* rounds */
            payload.bytes[i + 1] = 2; /* samples, which were 3 */
            payload.bytes[i + 2] = 2; /* missed, which was 1 */
            break;
        }
    put_part(out, PART_SECTION);
    put_part(out, PART_DEFS);
    block_put_as(out, &header, &payload);
    put_part(out, PART_SAMPLES_AGAIN);
    put_part(out, PART_END);
    buffer_free(&payload);
}

static const struct golden {
    const char *name;
    void (*make)(struct buffer *);
    struct expected
        expected; /* sections, defs, samples blocks, ends, unknown, damages; samples, lost blocks, samples */
} goldens[] = {
    {"good", make_good, {1, 1, 2, 1, 0, 0, 6, 0, 0}},
    {"example", make_example, {1, 1, 1, 0, 0, 0, 3, 0, 0}},
    {"empty", make_empty, {0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"text", make_text, {0, 0, 0, 0, 0, 1, 0, 0, 0}},
    {"twice", make_twice, {1, 1, 2, 1, 0, 0, 6, 0, 0}},
    {"cut-in-header", make_cut_in_header, {1, 1, 1, 0, 0, 1, 3, 0, 0}},
    {"cut-in-payload", make_cut_in_payload, {1, 1, 1, 0, 0, 1, 3, 0, 0}},
    {"cut-between-blocks", make_cut_between_blocks, {1, 1, 1, 0, 0, 0, 3, 0, 0}},
    {"garbage-in-front", make_garbage_in_front, {1, 1, 2, 1, 0, 1, 6, 0, 0}},
    {"garbage-between", make_garbage_between, {1, 1, 2, 1, 0, 1, 6, 0, 0}},
    {"flipped-header", make_flipped_header, {1, 1, 1, 1, 0, 1, 3, 1, 3}},
    {"flipped-payload", make_flipped_payload, {1, 1, 1, 1, 0, 1, 3, 1, 3}},
    {"flipped-definitions", make_flipped_definitions, {1, 0, 2, 1, 0, 1, 6, 1, 0}},
    {"byte-missing", make_byte_missing, {1, 1, 1, 1, 0, 1, 3, 1, 3}},
    {"block-missing", make_block_missing, {1, 1, 1, 1, 0, 0, 3, 1, 3}},
    {"blocks-out-of-order", make_blocks_out_of_order, {1, 1, 2, 1, 0, 0, 6, 0, 0}},
    {"unknown-type", make_unknown_type, {1, 1, 1, 1, 1, 0, 3, 0, 3}},
    {"unknown-critical-type", make_unknown_critical_type, {1, 1, 0, 0, 3, 0, 0, 0, 0}},
    {"newer-version", make_newer_version, {0, 0, 0, 0, 5, 0, 0, 0, 0}},
    {"wrong-columns", make_wrong_columns, {1, 0, 2, 1, 0, 1, 6, 1, 0}},
    {"wrong-count", make_wrong_count, {1, 1, 2, 1, 0, 0, 3, 1, 3}},
};

enum { GOLDENS = sizeof goldens / sizeof goldens[0] };

static bool read_golden(const char *name, struct buffer *bytes)
{
    char path[128];
    FILE *file;
    int byte;

    snprintf(path, sizeof path, FOLDER "%s.prof", name);
    file = fopen(path, "rb");
    if (!file)
        return false;
    while ((byte = getc(file)) != EOF)
        buffer_byte(bytes, (uint8_t)byte);
    return fclose(file) == 0;
}

static int write_golden(const char *name, const struct buffer *bytes)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, FOLDER "%s.prof", name);
    file = fopen(path, "wb");
    if (!file)
        return -1;
    fwrite(bytes->bytes, 1, bytes->size, file);
    return fclose(file);
}

static void test_golden(const struct golden *golden)
{
    const struct expected *expected = &golden->expected;
    struct buffer bytes = {0};
    struct outcome read;

    if (!ok(read_golden(golden->name, &bytes), "%s: there is such a file", golden->name))
        return;
    read = stream_read(bytes.bytes, bytes.size, 11);
    ok(!read.failed && read.items[PYPROF_ITEM_SECTION] == expected->sections &&
           read.items[PYPROF_ITEM_DEFS] == expected->defs &&
           read.items[PYPROF_ITEM_SAMPLES] == expected->samples_blocks &&
           read.items[PYPROF_ITEM_END] == expected->ends && read.items[PYPROF_ITEM_UNKNOWN] == expected->unknown &&
           read.items[PYPROF_ITEM_DAMAGE] == expected->damages,
       "%s: blocks are read as expected", golden->name);
    ok(read.samples == expected->samples && read.totals.lost_blocks == expected->lost_blocks &&
           read.totals.lost_samples == expected->lost_samples,
       "%s: %llu samples are read, %llu blocks and %llu samples are lost", golden->name,
       (unsigned long long)read.samples, (unsigned long long)read.totals.lost_blocks,
       (unsigned long long)read.totals.lost_samples);
    buffer_free(&bytes);
}

/* The hexadecimal bytes of the page's example: the lines of its display that begin with two digits. */
static bool read_page(struct buffer *bytes)
{
    FILE *page = fopen("man/pyprof.5", "r");
    bool section = false, display = false;
    char line[256];

    if (!page)
        return false;
    while (fgets(line, sizeof line, page)) {
        unsigned byte;
        int length;

        if (strncmp(line, ".Sh ", 4) == 0)
            section = strcmp(line, ".Sh EXAMPLES\n") == 0;
        display = section && (display ? strcmp(line, ".Ed\n") != 0 : strcmp(line, ".Bd -literal\n") == 0);
        for (const char *at = line;
             display && at - line < 30 && sscanf(at, "%2x%n", &byte, &length) == 1 && length == 2; at += 3) {
            buffer_byte(bytes, (uint8_t)byte);
            if (at[2] != ' ' || at[3] == ' ')
                break;
        }
    }
    return fclose(page) == 0;
}

static void test_page(void)
{
    struct buffer page = {0}, golden = {0};

    ok(read_page(&page) && read_golden("example", &golden), "pyprof(5) has an example");
    ok(page.size == golden.size && memcmp(page.bytes, golden.bytes, page.size) == 0,
       "its bytes are those of example.prof (%zu and %zu)", page.size, golden.size);
    buffer_free(&page);
    buffer_free(&golden);
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;

    make_parts();
    for (int i = 0; i < GOLDENS; i++) {
        struct buffer bytes = {0};

        goldens[i].make(&bytes);
        if (write && write_golden(goldens[i].name, &bytes) < 0)
            return 1;
        buffer_free(&bytes);
        test_golden(&goldens[i]);
    }
    test_page();
    for (int i = 0; i < PARTS; i++)
        buffer_free(&parts[i]);
    return done_testing();
}
