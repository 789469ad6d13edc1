/*
 * streams: streams in memory for the unit tests of format/, and what became of them
 *
 * A made stream is the same every time but for its section id.  Reading one gives an outcome to compare: what was read,
 * what was lost, and whether everything that was read is what was written.
 */
#ifndef PYREC_STREAMS_H
#define PYREC_STREAMS_H

#include "format/reader.h"
#include "format/writer.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    uint8_t *bytes;
    size_t size;
    size_t fail_at; /* a sink that fails once this many bytes were taken; 0: never */
};

static inline int stream_write(void *context, const void *bytes, size_t size)
{
    struct stream *stream = context;
    uint8_t *grown;

    if (stream->fail_at > 0 && stream->size + size > stream->fail_at) {
        errno = ENOSPC;
        return -1;
    }
    grown = realloc(stream->bytes, stream->size + size + 1);
    if (!grown)
        return -1;
    memcpy(grown + stream->size, bytes, size);
    stream->bytes = grown;
    stream->size += size;
    return 0;
}

static inline struct pyprof_sink stream_sink(struct stream *stream)
{
    return (struct pyprof_sink){.write = stream_write, .context = stream};
}

static inline void stream_free(struct stream *stream)
{
    free(stream->bytes);
    *stream = (struct stream){0};
}

static inline struct pyprof_text text_of(const char *string)
{
    return (struct pyprof_text){.bytes = string, .size = strlen(string)};
}

/* Numbers that look random and are the same in every run (xorshift64, Marsaglia 2003). */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct stream_plan {
    uint32_t rounds, threads, nodes;
    uint32_t flush_every; /* rounds */
    bool unended;
};

enum { STREAM_PERIOD = 1000000 };

/* The node of thread `t` in round `r`: about one in three rounds differs from the one before. */
static inline uint32_t stream_node(const struct stream_plan *plan, uint32_t t, uint32_t r)
{
    uint64_t state = (uint64_t)(r / (1 + t % 3)) * 2654435761u + t + 1;

    return 1 + (uint32_t)(next_random(&state) % plan->nodes);
}

/* Defines node `n` (and its function): a tree in which node n is below node n / 2. */
static inline uint32_t stream_define(struct pyprof_writer *writer, uint32_t n)
{
    char name[32];
    uint32_t function;

    snprintf(name, sizeof name, "function_%u", n % 7);
    function = pyprof_writer_function(writer, text_of("/usr/lib/program.py"), text_of(name), n % 7 * 10, 0);
    return pyprof_writer_node(writer, n / 2, function, n % 7 * 10 + n);
}

/* Writes as planned; 0, or -1 with the writer's error. */
static inline int stream_fill(struct stream *stream, const struct stream_plan *plan, struct pyprof_error *error)
{
    struct pyprof_info info = {.pid = 4711, .period = STREAM_PERIOD, .host = text_of("host"), .recording = {1, 2, 3}};
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED, .status_known = true, .time = 12345};
    struct pyprof_writer *writer = pyprof_writer_new(stream_sink(stream), &info, error);
    uint32_t defined = 0;
    int result = writer ? 0 : -1;

    for (uint32_t t = 1; result == 0 && t <= plan->threads; t++) {
        struct pyprof_thread thread = {.id = t, .tid = 100 + t, .name = text_of("thread"), .end = INT64_MAX};

        result = pyprof_writer_thread(writer, &thread, error);
    }
    for (uint32_t r = 0; result == 0 && r < plan->rounds; r++) {
        int64_t time = (int64_t)r * STREAM_PERIOD + r % 7 * 9000;

        for (; defined < plan->nodes && defined < r + 8; defined++)
            stream_define(writer, defined + 1);
        result = pyprof_writer_round(writer, time, 0, error);
        for (uint32_t t = 1; result == 0 && t <= plan->threads; t++) {
            uint32_t node = stream_node(plan, t, r);

            if ((r + t) % 50 == 49)
                result = pyprof_writer_missed(writer, t, error);
            else
                result = pyprof_writer_sample(writer, t, node <= defined ? node : 0, PYPROF_ON_CPU,
                                              (uint64_t)r * STREAM_PERIOD, error);
        }
        if (result == 0 && r % plan->flush_every == plan->flush_every - 1)
            result = pyprof_writer_flush(writer, error);
    }
    if (result == 0 && !plan->unended)
        result = pyprof_writer_end(writer, &end, error);
    pyprof_writer_free(writer);
    return result;
}

static inline struct stream stream_make(struct stream_plan plan)
{
    struct stream stream = {0};

    if (stream_fill(&stream, &plan, NULL) < 0)
        abort();
    return stream;
}

/* A number for what a SAMPLES block says: equal for equal contents. */
static inline uint64_t samples_digest(const struct pyprof_samples *samples)
{
    uint64_t digest = 14695981039346656037u; /* FNV-1a */

#define ADD(value) digest = (digest ^ (uint64_t)(value)) * 1099511628211u
    ADD(samples->before);
    ADD(samples->samples);
    ADD(samples->start);
    for (uint32_t i = 0; i < samples->rounds; i++)
        ADD(samples->times[i]);
    for (uint32_t i = 0; i < samples->ntracks; i++)
        ADD(samples->tracks[i].thread);
    for (uint32_t i = 0; i < samples->nruns; i++) {
        ADD(samples->runs[i].node);
        ADD(samples->runs[i].flags);
        ADD(samples->runs[i].count);
        ADD(samples->runs[i].cpu);
    }
#undef ADD
    return digest;
}

enum { OUTCOME_BLOCKS = 256 };

struct outcome {
    bool failed; /* -1 of a function that should not fail */
    struct pyprof_error error;
    unsigned items[PYPROF_ITEM_DAMAGE + 1]; /* by type */
    unsigned undecoded;
    uint64_t samples, missed, removed;
    uint64_t named; /* rounds of samples whose node, or 0, was defined at the end */
    struct pyprof_reader_totals totals;
    struct pyprof_error first_damage;
    uint64_t first_damage_size;
    enum pyprof_fate fate; /* of the first section */
    uint64_t digests[OUTCOME_BLOCKS];
    unsigned ndigests;
};

static inline void outcome_item(struct outcome *outcome, struct pyprof_reader *reader, const struct pyprof_item *item,
                                struct pyprof_samples *samples)
{
    struct pyprof_error error;

    outcome->items[item->type]++;
    if (item->type == PYPROF_ITEM_DAMAGE && outcome->items[PYPROF_ITEM_DAMAGE] == 1) {
        outcome->first_damage = item->reason;
        outcome->first_damage_size = item->size;
    }
    if (item->type != PYPROF_ITEM_SAMPLES)
        return;
    if (pyprof_reader_samples(reader, PYPROF_WANT_CPU, samples, &error) < 0) {
        outcome->undecoded++;
        return;
    }
    outcome->samples += samples->samples;
    outcome->missed += samples->missed;
    outcome->removed += samples->removed;
    if (outcome->ndigests < OUTCOME_BLOCKS)
        outcome->digests[outcome->ndigests++] = samples_digest(samples);
    for (uint32_t i = 0; i < samples->nruns; i++) {
        const struct pyprof_run *run = &samples->runs[i];
        struct pyprof_node node;

        if (!(run->flags & PYPROF_NO_SAMPLE) &&
            (run->node == 0 || pyprof_section_node(item->section, run->node, &node)))
            outcome->named += run->count;
    }
}

/* Reads `size` bytes, fed in pieces of `piece`. */
static inline struct outcome stream_read(const uint8_t *bytes, size_t size, size_t piece)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct outcome outcome = {0};
    struct pyprof_item item;
    size_t at = 0;
    int got;

    if (!reader)
        abort();
    while ((got = pyprof_reader_next(reader, &item, &outcome.error)) != PYPROF_DONE && got >= 0) {
        if (got == PYPROF_ITEM) {
            outcome_item(&outcome, reader, &item, &samples);
        } else if (at == size) {
            pyprof_reader_finish(reader);
        } else {
            size_t more = size - at < piece ? size - at : piece;

            outcome.failed |= pyprof_reader_feed(reader, bytes + at, more, &outcome.error) < 0;
            at += more;
        }
    }
    outcome.failed |= got < 0;
    outcome.totals = pyprof_reader_totals(reader);
    if (pyprof_reader_section(reader, 0))
        outcome.fate = pyprof_section_end(pyprof_reader_section(reader, 0))->fate;
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    return outcome;
}

/* True if every block of samples that `read` has is one that `whole` has. */
static inline bool outcome_within(const struct outcome *read, const struct outcome *whole)
{
    for (unsigned i = 0; i < read->ndigests; i++) {
        unsigned j = 0;

        while (j < whole->ndigests && whole->digests[j] != read->digests[i])
            j++;
        if (j == whole->ndigests)
            return false;
    }
    return true;
}

/* True if less was read than `whole` has, and nothing says so. */
static inline bool outcome_silent(const struct outcome *read, const struct outcome *whole)
{
    return read->samples < whole->samples && read->totals.damages == 0 && read->totals.lost_blocks == 0 &&
           read->totals.lost_samples == 0 && read->fate != PYPROF_FATE_UNKNOWN;
}

#endif
