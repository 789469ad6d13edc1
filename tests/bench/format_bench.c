/*
 * format_bench: bytes per sample of streams, and how fast they are written and read
 *
 *     format_bench FILE...
 *
 * A line a file: bytes per sample; nanoseconds to encode a sample (all samples written anew from memory, flushes every
 * two seconds of the recording included); million samples read per second, counted by node, without times and with times
 * and CPU times; the same as parts of the time that inflating the stream's gzip takes, which is what `gzip -dc` does.
 * Each is the best of several runs.
 */
#include "format/reader.h"
#include "format/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum { RUNS = 7, GZIP_LEVEL = 6, GZIP = 16 + 15 };

#define FLUSH_EVERY INT64_C(2000000000) /* ns */

struct bytes {
    uint8_t *at;
    size_t size, room;
};

/* What a stream has: for writing it anew. */
struct recording {
    struct pyprof_samples *blocks;
    size_t nblocks;
    struct pyprof_info info;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "format_bench: %s\n", what);
    exit(1);
}

static void *must(void *memory)
{
    if (!memory)
        die("no memory");
    return memory;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int append(void *context, const void *more, size_t size)
{
    struct bytes *bytes = context;

    if (size > bytes->room - bytes->size) {
        bytes->room = 2 * (bytes->room + size);
        bytes->at = must(realloc(bytes->at, bytes->room));
    }
    memcpy(bytes->at + bytes->size, more, size);
    bytes->size += size;
    return 0;
}

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes bytes = {0};
    char piece[65536];
    size_t got;

    if (!file)
        die(path);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        append(&bytes, piece, got);
    fclose(file);
    return bytes;
}

/* Reads the whole stream and counts its samples by node into `counts`; `recording` may be NULL. */
static uint64_t count(const struct bytes *bytes, unsigned want, uint64_t *counts, size_t room,
                      struct recording *recording)
{
    struct pyprof_reader *reader = must(pyprof_reader_new(NULL));
    struct pyprof_samples samples = {0};
    struct pyprof_error error;
    struct pyprof_item item;
    uint64_t sum = 0;

    if (pyprof_reader_feed(reader, bytes->at, bytes->size, &error) < 0)
        die(error.message);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM) {
        if (item.type != PYPROF_ITEM_SAMPLES)
            continue;
        if (pyprof_reader_samples(reader, want, &samples, &error) < 0)
            die(error.message);
        for (uint32_t i = 0; i < samples.nruns; i++)
            if (samples.runs[i].node < room)
                counts[samples.runs[i].node] += samples.runs[i].count;
        sum += samples.samples;
        if (recording) {
            size_t size = (recording->nblocks + 1) * sizeof *recording->blocks;

            recording->blocks = must(realloc(recording->blocks, size));
            recording->blocks[recording->nblocks++] = samples;
            samples = (struct pyprof_samples){0};
            recording->info.period = pyprof_section_info(item.section)->period;
        }
    }
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    return sum;
}

/* A track being written again, round by round. */
struct place {
    uint32_t run, round; /* within the track, within the run */
    uint64_t cpu;
};

/* Tells the writer of one round of a block. */
static void write_round(struct pyprof_writer *writer, const struct pyprof_samples *block, uint32_t round,
                        struct place *places, uint64_t *clocks, struct pyprof_error *error)
{
    if (pyprof_writer_round(writer, block->times[round] * (int64_t)block->unit, 0, error) < 0)
        die(error->message);
    for (uint32_t i = 0; i < block->ntracks; i++) {
        const struct pyprof_track *track = &block->tracks[i];
        const struct pyprof_run *run = &block->runs[track->first_run + places[i].run];

        if (round < track->first_round || round >= track->first_round + track->rounds)
            continue;
        if (places[i].round == 0)
            clocks[track->thread] += run->cpu > 0 ? (uint64_t)run->cpu * block->unit : 0;
        if (run->flags & PYPROF_NO_SAMPLE)
            pyprof_writer_missed(writer, track->thread, error);
        else
            pyprof_writer_sample(writer, track->thread, run->node, run->flags, clocks[track->thread], error);
        if (++places[i].round == run->count) {
            places[i].round = 0;
            places[i].run++;
        }
    }
}

/* Writes all samples again; seconds. */
static double encode(const struct recording *recording)
{
    uint64_t *clocks = must(calloc(1 << 20, sizeof *clocks));
    struct bytes out = {0};
    struct pyprof_sink sink = {.write = append, .context = &out};
    struct pyprof_error error = {0};
    double start = now(), took;
    struct pyprof_writer *writer = must(pyprof_writer_new(sink, &recording->info, &error));
    int64_t flushed = 0;

    for (size_t b = 0; b < recording->nblocks; b++) {
        const struct pyprof_samples *block = &recording->blocks[b];
        struct place *places = must(calloc(block->ntracks + 1, sizeof *places));

        for (uint32_t round = 0; round < block->rounds; round++) {
            int64_t time = block->times[round] * (int64_t)block->unit;

            write_round(writer, block, round, places, clocks, &error);
            if (time < flushed + FLUSH_EVERY)
                continue;
            flushed = time;
            if (pyprof_writer_flush(writer, &error) < 0)
                die(error.message);
        }
        free(places);
    }
    if (pyprof_writer_end(writer, &(struct pyprof_end){0}, &error) < 0)
        die(error.message);
    took = now() - start;
    pyprof_writer_free(writer);
    free(out.at);
    free(clocks);
    return took;
}

static struct bytes gzip(const struct bytes *bytes)
{
    z_stream z = {0};
    struct bytes out = {0};

    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die("no memory");
    out.room = deflateBound(&z, bytes->size);
    out.at = must(malloc(out.room));
    z.next_in = bytes->at;
    z.avail_in = (uInt)bytes->size;
    z.next_out = out.at;
    z.avail_out = (uInt)out.room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("cannot deflate");
    out.size = out.room - z.avail_out;
    deflateEnd(&z);
    return out;
}

/* Seconds to inflate. */
static double gunzip(const struct bytes *zipped, size_t size)
{
    uint8_t *into = must(malloc(size + 1));
    double start = now();
    z_stream z = {
        .next_in = zipped->at, .avail_in = (uInt)zipped->size, .next_out = into, .avail_out = (uInt)size + 1};

    if (inflateInit2(&z, GZIP) != Z_OK || inflate(&z, Z_FINISH) != Z_STREAM_END)
        die("cannot inflate");
    inflateEnd(&z);
    free(into);
    return now() - start;
}

static double best(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

static void report(const char *path)
{
    struct bytes bytes = read_file(path), zipped = gzip(&bytes);
    struct recording recording = {0};
    size_t room = 1 << 20;
    uint64_t *counts = must(calloc(room, sizeof *counts));
    uint64_t samples = count(&bytes, PYPROF_WANT_CPU, counts, room, &recording);
    double encoding = 0, counting = 0, timing = 0, inflating = 0;

    if (samples == 0)
        die("no samples");
    for (int i = 0; i < RUNS; i++) {
        double start = now();

        count(&bytes, 0, counts, room, NULL);
        counting = best(counting, now() - start);
        start = now();
        count(&bytes, PYPROF_WANT_CPU, counts, room, NULL);
        timing = best(timing, now() - start);
        inflating = best(inflating, gunzip(&zipped, bytes.size));
        encoding = best(encoding, encode(&recording));
    }
    printf("%s: %llu samples, %.3f B a sample; encode %.0f ns a sample; count %.0f M/s (%.2f of gunzip), "
           "with times %.0f M/s (%.2f)\n",
           path, (unsigned long long)samples, (double)bytes.size / (double)samples, encoding * 1e9 / (double)samples,
           (double)samples / counting / 1e6, counting / inflating, (double)samples / timing / 1e6,
           timing / inflating);
    for (size_t i = 0; i < recording.nblocks; i++)
        pyprof_samples_free(&recording.blocks[i]);
    free(recording.blocks);
    free(counts);
    free(bytes.at);
    free(zipped.at);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: format_bench FILE...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        report(argv[i]);
    return 0;
}
