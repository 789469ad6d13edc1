#include "writer.h"

#include "block.h"
#include "codec.h"
#include "defs.h"
#include "facts.h"
#include "gather.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* All tables are written again after as much output. */
enum { REPEAT_EVERY = 16 << 20 };

struct pyprof_writer {
    struct pyprof_sink sink;
    struct pyprof_writer_totals totals;
    uint64_t section;
    uint32_t sequence;
    uint64_t unit, period;
    uint8_t recording[16];
    struct buffer facts; /* payload of the SECTION block */
    bool facts_written;
    uint64_t since_repeat; /* bytes */
    bool once;             /* never repeat */
    struct defs defs;
    struct gather gather;
    struct buffer out;          /* blocks of the flush under way */
    struct pyprof_error failed; /* what it failed with, once */
};

/* 0, or -1 and the reason if the writer has failed. */
static int failed(const struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (writer->failed.code == PYPROF_OK)
        return 0;
    if (error)
        *error = writer->failed;
    return -1;
}

/* The writer fails, now and ever after, for the reason that came first. */
static int fail(struct pyprof_writer *writer, struct pyprof_error *error, enum pyprof_error_code code,
                const char *message)
{
    if (writer->failed.code == PYPROF_OK)
        pyprof_fail(&writer->failed, code, writer->totals.bytes, "%s", message);
    return failed(writer, error);
}

/* pyprof(5), Unit. */
static uint64_t choose_unit(uint64_t period)
{
    static const uint64_t steps[] = {5, 2, 1};

    for (uint64_t ten = UINT64_C(100000000000); ten > 0; ten /= 10)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (steps[i] * ten <= period / 20)
                return steps[i] * ten;
    return 1;
}

static uint64_t random_id(void)
{
    uint64_t id = 0;

    while (id == 0)
        if (getrandom(&id, sizeof id, 0) != sizeof id)
            id = 0;
    return id;
}

static int take_info(struct pyprof_writer *writer, const struct pyprof_info *info)
{
    struct pyprof_info own = *info;

    own.unit = writer->unit;
    own.period = writer->period;
    memcpy(own.recording, writer->recording, sizeof own.recording);
    buffer_clear(&writer->facts);
    info_put(&writer->facts, &own);
    writer->facts_written = false;
    return writer->facts.failed ? -1 : 0;
}

struct pyprof_writer *pyprof_writer_new(struct pyprof_sink sink, const struct pyprof_info *info,
                                        struct pyprof_error *error)
{
    struct pyprof_writer *writer = calloc(1, sizeof *writer);

    if (!writer) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "no memory for a writer");
        return NULL;
    }
    writer->sink = sink;
    writer->section = random_id();
    writer->period = info->period < LIMIT_UNIT ? info->period : LIMIT_UNIT;
    writer->unit = info->unit ? info->unit : choose_unit(writer->period);
    if (writer->unit > LIMIT_UNIT)
        writer->unit = LIMIT_UNIT;
    memcpy(writer->recording, info->recording, sizeof writer->recording);
    gather_init(&writer->gather, writer->unit, writer->period, info->start > 0 ? info->start : 0);
    if (take_info(writer, info) < 0) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "no memory for a writer");
        pyprof_writer_free(writer);
        return NULL;
    }
    return writer;
}

void pyprof_writer_free(struct pyprof_writer *writer)
{
    if (!writer)
        return;
    buffer_free(&writer->facts);
    buffer_free(&writer->out);
    defs_free(&writer->defs);
    gather_free(&writer->gather);
    free(writer);
}

void pyprof_writer_once(struct pyprof_writer *writer)
{
    writer->once = true;
}

int pyprof_writer_info(struct pyprof_writer *writer, const struct pyprof_info *info, struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    return take_info(writer, info) < 0 ? fail(writer, error, PYPROF_MEMORY, "no memory for facts") : 0;
}

uint32_t pyprof_writer_function(struct pyprof_writer *writer, struct pyprof_text file, struct pyprof_text name,
                                uint32_t firstline, uint32_t flags)
{
    uint32_t id = defs_function(&writer->defs, file, name, firstline, flags);

    if (id == 0)
        fail(writer, NULL, PYPROF_MEMORY, "no memory for a function");
    return id;
}

uint32_t pyprof_writer_node(struct pyprof_writer *writer, uint32_t parent, uint32_t function, uint32_t line)
{
    uint32_t id = defs_node(&writer->defs, parent, function, line);

    if (id == 0)
        fail(writer, NULL, PYPROF_MEMORY, "no memory for a node");
    return id;
}

int pyprof_writer_thread(struct pyprof_writer *writer, const struct pyprof_thread *thread, struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    return defs_thread(&writer->defs, thread) < 0 ? fail(writer, error, PYPROF_MEMORY, "no memory for a thread") : 0;
}

int pyprof_writer_round(struct pyprof_writer *writer, int64_t time, uint64_t late, struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    if (gather_full(&writer->gather) && pyprof_writer_flush(writer, error) < 0)
        return -1;
    if (gather_round(&writer->gather, time, late) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory for a round");
    writer->totals.rounds++;
    writer->totals.late += late;
    return 0;
}

int pyprof_writer_sample(struct pyprof_writer *writer, uint32_t thread, uint32_t node, uint32_t flags, uint64_t cpu,
                         struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    if (gather_sample(&writer->gather, thread, node, flags, cpu) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory for a sample");
    return 0;
}

int pyprof_writer_missed(struct pyprof_writer *writer, uint32_t thread, struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    if (gather_missed(&writer->gather, thread) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory for a missed sample");
    return 0;
}

int pyprof_writer_removed(struct pyprof_writer *writer, uint32_t thread, uint32_t why, uint64_t cpu,
                          struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    if (gather_removed(&writer->gather, thread, why, cpu) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory for a removed sample");
    return 0;
}

void pyprof_writer_paused(struct pyprof_writer *writer, uint64_t time)
{
    writer->gather.block.paused += time / writer->gather.block.unit;
}

void pyprof_writer_overflow(struct pyprof_writer *writer, uint64_t samples)
{
    writer->gather.block.overflow += samples;
}

/* Adds a block to the flush under way. */
static void add_block(struct pyprof_writer *writer, enum block_type type, const struct buffer *payload)
{
    writer->out.failed |= payload->failed;
    block_put(&writer->out, type, writer->section, writer->sequence++, payload);
}

static int add_defs(struct pyprof_writer *writer, struct packer *packer)
{
    struct buffer payload = {0};
    int result = 0;

    while (result == 0 && defs_pending(&writer->defs)) {
        buffer_clear(&payload);
        result = defs_put(&writer->defs, packer, &payload);
        add_block(writer, BLOCK_DEFS, &payload);
    }
    buffer_free(&payload);
    return result;
}

static bool samples_pending(const struct pyprof_writer *writer)
{
    const struct pyprof_samples *block = &writer->gather.block;

    return block->rounds > 0 || block->overflow > 0;
}

static int add_samples(struct pyprof_writer *writer, struct packer *packer)
{
    const struct pyprof_samples *block = &writer->gather.block;
    struct buffer payload = {0};
    int result = -1;

    if (!samples_pending(writer))
        return 0;
    if (gather_complete(&writer->gather) == 0 && samples_encode(block, packer, &payload, NULL) == 0) {
        add_block(writer, BLOCK_SAMPLES, &payload);
        writer->totals.samples += block->samples;
        writer->totals.missed += block->missed;
        writer->totals.removed += block->removed;
        writer->totals.overflow += block->overflow;
        gather_next(&writer->gather);
        result = 0;
    }
    buffer_free(&payload);
    return result;
}

/* Adds facts and definitions that have not gone out, and samples. */
static int add_all(struct pyprof_writer *writer)
{
    struct packer packer;
    int result;

    if (packer_init(&packer) < 0)
        return -1;
    if (!writer->facts_written)
        add_block(writer, BLOCK_SECTION, &writer->facts);
    writer->facts_written = true;
    result = add_defs(writer, &packer);
    if (result == 0)
        result = add_samples(writer, &packer);
    packer_free(&packer);
    return result;
}

/* Hands the flush under way to the sink. */
static int write_out(struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (writer->out.failed)
        return fail(writer, error, PYPROF_MEMORY, "no memory to write");
    if (writer->sink.write(writer->sink.context, writer->out.bytes, writer->out.size) < 0)
        return fail(writer, error, PYPROF_SYSTEM, "cannot write");
    writer->totals.bytes += writer->out.size;
    writer->since_repeat += writer->out.size;
    buffer_clear(&writer->out);
    return 0;
}

/* Lets facts and all definitions go out once more. */
static void repeat(struct pyprof_writer *writer)
{
    if (writer->once)
        return;
    writer->facts_written = false;
    defs_repeat(&writer->defs);
    writer->since_repeat = 0;
}

int pyprof_writer_flush(struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (failed(writer, error) < 0)
        return -1;
    if (writer->facts_written && !defs_pending(&writer->defs) && !samples_pending(writer))
        return 0;
    if (writer->since_repeat >= REPEAT_EVERY)
        repeat(writer);
    if (add_all(writer) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory to write");
    return write_out(writer, error);
}

int pyprof_writer_end(struct pyprof_writer *writer, const struct pyprof_end *end, struct pyprof_error *error)
{
    struct buffer payload = {0};
    struct pyprof_end own = *end;

    if (pyprof_writer_flush(writer, error) < 0)
        return -1;
    repeat(writer);
    if (add_all(writer) < 0)
        return fail(writer, error, PYPROF_MEMORY, "no memory to write");
    own.rounds = writer->totals.rounds;
    own.samples = writer->totals.samples + writer->totals.removed;
    own.missed = writer->totals.missed;
    own.late = writer->totals.late;
    own.overflow = writer->totals.overflow;
    end_put(&payload, &own);
    add_block(writer, BLOCK_END, &payload);
    buffer_free(&payload);
    return write_out(writer, error);
}

struct pyprof_writer_totals pyprof_writer_totals(const struct pyprof_writer *writer)
{
    struct pyprof_writer_totals totals = writer->totals;

    totals.samples += writer->gather.block.samples;
    totals.missed += writer->gather.block.missed;
    totals.removed += writer->gather.block.removed;
    totals.overflow += writer->gather.block.overflow;
    return totals;
}
