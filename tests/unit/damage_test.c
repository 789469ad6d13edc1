/*
 * damage_test: what a reader makes of a stream that was cut, flipped or patched, at every place
 *
 * Whatever was done to the bytes: nothing is read that was not written, what is intact is read, and a loss is told.
 */
#include "streams.h"
#include "tap.h"

/* Several blocks of samples, small enough to try every bit. */
static const struct stream_plan small = {.rounds = 60, .threads = 2, .nodes = 12, .flush_every = 15};
/* More blocks, for damage at random places. */
static const struct stream_plan larger = {.rounds = 1500, .threads = 3, .nodes = 200, .flush_every = 100};

struct tally {
    unsigned tries, wrong, silent, failed;
    uint64_t fewest; /* samples blocks that were read */
};

static struct outcome try(struct tally *tally, const uint8_t *bytes, size_t size, const struct outcome *whole)
{
    struct outcome read = stream_read(bytes, size, size ? size : 1);

    tally->tries++;
    tally->failed += read.failed;
    tally->wrong += !outcome_within(&read, whole) || read.samples > whole->samples;
    tally->silent += outcome_silent(&read, whole);
    if (tally->tries == 1 || read.items[PYPROF_ITEM_SAMPLES] < tally->fewest)
        tally->fewest = read.items[PYPROF_ITEM_SAMPLES];
    return read;
}

static void judge(const struct tally *tally, const char *what)
{
    ok(tally->failed == 0, "%s: %u readings end without an error of the reader", what, tally->tries);
    ok(tally->wrong == 0, "%s: nothing is read that was not written (%u times it was)", what, tally->wrong);
    ok(tally->silent == 0, "%s: no loss goes untold (%u times it did)", what, tally->silent);
}

static void judge_fewest(const struct tally *tally, const char *what, uint64_t fewest)
{
    ok(tally->fewest >= fewest, "%s: never fewer than %llu blocks of samples are read (%llu)", what,
       (unsigned long long)fewest, (unsigned long long)tally->fewest);
}

static void test_whole(const struct stream *stream, const struct outcome *whole)
{
    struct outcome bytewise = stream_read(stream->bytes, stream->size, 1);

    ok(!whole->failed && whole->items[PYPROF_ITEM_DAMAGE] == 0 && whole->totals.lost_samples == 0,
       "a whole stream has no damage");
    ok(whole->named == whole->samples, "all its samples have names");
    ok(bytewise.samples == whole->samples && outcome_within(&bytewise, whole) && bytewise.ndigests == whole->ndigests,
       "fed byte by byte it is the same");
}

/* Size of the block at `at`, whose header is sound. */
static size_t block_size(const struct stream *stream, size_t at)
{
    uint32_t length;

    memcpy(&length, stream->bytes + at + 20, sizeof length);
    return 32 + le32toh(length);
}

/* Blocks that are whole within the first `size` bytes. */
static unsigned blocks_within(const struct stream *stream, size_t size)
{
    unsigned blocks = 0;

    for (size_t at = 0; at < stream->size && at + block_size(stream, at) <= size; at += block_size(stream, at))
        blocks++;
    return blocks;
}

static void test_truncation(const struct stream *stream, const struct outcome *whole)
{
    struct tally tally = {0};
    unsigned unread = 0;

    for (size_t size = 0; size < stream->size; size++) {
        uint8_t *copy = malloc(size + 1); /* of just this size, so that a sanitizer sees what is read past it */

        if (!copy)
            abort();
        memcpy(copy, stream->bytes, size);
        unread += try(&tally, copy, size, whole).totals.blocks != blocks_within(stream, size);
        free(copy);
    }
    judge(&tally, "cut at every byte");
    ok(unread == 0, "all blocks before the cut are read (%u times they were not)", unread);
}

static void test_bit_flips(const struct stream *stream, const struct outcome *whole)
{
    struct tally tally = {0};

    for (size_t bit = 0; bit < 8 * stream->size; bit++) {
        stream->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        try(&tally, stream->bytes, stream->size, whole);
        stream->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    judge(&tally, "every bit flipped");
    judge_fewest(&tally, "every bit flipped", whole->items[PYPROF_ITEM_SAMPLES] - 1);
}

/* Puts up to 40 random bytes in, or takes as many out, at a random place. */
static size_t patch(const struct stream *stream, uint8_t *copy, uint64_t *random)
{
    size_t at = next_random(random) % stream->size, count = 1 + next_random(random) % 40;
    size_t out = next_random(random) % 2 ? count : 0, in = out ? 0 : count;

    if (out > stream->size - at)
        out = stream->size - at;
    memcpy(copy, stream->bytes, at);
    for (size_t i = 0; i < in; i++)
        copy[at + i] = (uint8_t)next_random(random);
    memcpy(copy + at + in, stream->bytes + at + out, stream->size - at - out);
    return stream->size + in - out;
}

static void test_patches(const struct stream *stream, const struct outcome *whole)
{
    uint8_t *copy = malloc(stream->size + 64);
    uint64_t random = 20240229;
    struct tally tally = {0};

    if (!copy)
        abort();
    for (int i = 0; i < 1000; i++)
        try(&tally, copy, patch(stream, copy, &random), whole);
    free(copy);
    judge(&tally, "bytes put in and taken out");
    /* What is taken out over a border hits two blocks. */
    judge_fewest(&tally, "bytes put in and taken out", whole->items[PYPROF_ITEM_SAMPLES] - 2);
}

static void test_garbage_in_front(const struct stream *stream, const struct outcome *whole)
{
    static const char garbage[] = "#!/bin/sh\necho this is no stream\n\x89pyp\x89py";
    size_t size = sizeof garbage - 1;
    uint8_t *copy = malloc(stream->size + size);
    struct outcome read;

    if (!copy)
        abort();
    memcpy(copy, garbage, size);
    memcpy(copy + size, stream->bytes, stream->size);
    read = stream_read(copy, stream->size + size, 7);
    ok(read.samples == whole->samples && read.items[PYPROF_ITEM_DAMAGE] == 1 && read.first_damage_size == size &&
           read.first_damage.offset == 0,
       "garbage in front is one damage, and the rest is read");
    free(copy);
}

static void test_repeated(const struct stream *stream, const struct outcome *whole)
{
    uint8_t *copy = malloc(2 * stream->size);
    struct outcome read;

    if (!copy)
        abort();
    memcpy(copy, stream->bytes, stream->size);
    memcpy(copy + stream->size, stream->bytes, stream->size);
    read = stream_read(copy, 2 * stream->size, 1000);
    ok(read.samples == whole->samples && read.totals.repeated == whole->totals.blocks && read.totals.damages == 0,
       "a stream twice counts once");
    free(copy);
}

/* A block taken out leaves a gap of one, and its samples are known to be lost; names come again at the end. */
static void test_lost_blocks(const struct stream *stream, const struct outcome *whole)
{
    size_t at = 0;
    unsigned wrong = 0, blocks = 0;

    while (at < stream->size) {
        size_t whole_block = block_size(stream, at);
        uint8_t *copy = malloc(stream->size);
        struct outcome read;

        if (!copy)
            abort();
        memcpy(copy, stream->bytes, at);
        memcpy(copy + at, stream->bytes + at + whole_block, stream->size - at - whole_block);
        read = stream_read(copy, stream->size - whole_block, stream->size);
        if (at + whole_block < stream->size)
            wrong += read.totals.lost_blocks != 1 || read.totals.lost_samples != whole->samples - read.samples ||
                     read.totals.damages != 0;
        else
            wrong += read.fate != PYPROF_FATE_UNKNOWN;
        at += whole_block;
        blocks++;
        free(copy);
    }
    ok(wrong == 0 && blocks == whole->totals.blocks, "each of %u blocks taken out is told, with its samples", blocks);
}

int main(void)
{
    struct stream stream = stream_make(small), long_stream = stream_make(larger);
    struct outcome whole = stream_read(stream.bytes, stream.size, stream.size);
    struct outcome long_whole = stream_read(long_stream.bytes, long_stream.size, long_stream.size);

    test_whole(&stream, &whole);
    test_whole(&long_stream, &long_whole);
    test_truncation(&stream, &whole);
    test_bit_flips(&stream, &whole);
    test_patches(&long_stream, &long_whole);
    test_garbage_in_front(&stream, &whole);
    test_repeated(&stream, &whole);
    test_lost_blocks(&stream, &whole);
    stream_free(&stream);
    stream_free(&long_stream);
    return done_testing();
}
