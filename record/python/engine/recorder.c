#include "recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t FLUSH_AGE = 1000000000u; /* ns */

/* A thread that was told of: its id is its index + 1. */
struct known {
    uint64_t ident;
    uint64_t cpu; /* as it was last; 0 before */
};

struct recorder {
    struct pyprof_writer *writer;
    struct buffer stream;
    uint64_t begin, period, due;
    uint64_t round, elapsed; /* when the last round was, and how long after the one before */
    uint64_t flushed;
    struct known *threads;
    uint32_t nthreads, room;
};

static int put_bytes(void *context, const void *bytes, size_t size)
{
    struct recorder *recorder = context;

    buffer_put(&recorder->stream, bytes, size);
    if (!recorder->stream.failed)
        return 0;
    errno = ENOMEM;
    return -1;
}

struct recorder *recorder_new(const struct pyprof_info *info)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    struct pyprof_error error;

    if (!recorder)
        return NULL;
    recorder->begin = recorder->flushed = recorder->round = info->monotonic;
    recorder->period = info->period;
    recorder->due = recorder->begin + recorder->period;
    recorder->writer = pyprof_writer_new((struct pyprof_sink){put_bytes, recorder}, info, &error);
    if (!recorder->writer) {
        recorder_free(recorder);
        return NULL;
    }
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    pyprof_writer_free(recorder->writer);
    buffer_free(&recorder->stream);
    free(recorder->threads);
    free(recorder);
}

struct pyprof_writer *recorder_writer(struct recorder *recorder)
{
    return recorder->writer;
}

uint64_t recorder_due(const struct recorder *recorder)
{
    return recorder->due;
}

int recorder_round(struct recorder *recorder, uint64_t now)
{
    uint64_t late = now < recorder->due ? 0 : (now - recorder->due) / recorder->period;
    struct pyprof_error error;

    recorder->due += (late + 1) * recorder->period;
    recorder->elapsed = now - recorder->round;
    recorder->round = now;
    if (now - recorder->flushed > FLUSH_AGE) {
        recorder->flushed = now;
        if (pyprof_writer_flush(recorder->writer, &error) < 0)
            return -1;
    }
    return pyprof_writer_round(recorder->writer, (int64_t)(now - recorder->begin), late, &error);
}

uint32_t recorder_thread(const struct recorder *recorder, uint64_t ident)
{
    for (uint32_t i = recorder->nthreads; i > 0; i--) { /* idents are used again: the youngest counts */
        if (recorder->threads[i - 1].ident == ident)
            return i;
    }
    return 0;
}

uint32_t recorder_add_thread(struct recorder *recorder, uint64_t ident, uint64_t tid, struct pyprof_text name)
{
    struct pyprof_thread thread = {.id = recorder->nthreads + 1, .tid = tid, .name = name, .end = INT64_MAX};
    struct pyprof_error error;

    if (recorder->nthreads == recorder->room) {
        uint32_t room = recorder->room ? 2 * recorder->room : 4;
        struct known *grown = reallocarray(recorder->threads, room, sizeof *grown);
        if (!grown)
            return 0;
        recorder->threads = grown;
        recorder->room = room;
    }
    if (pyprof_writer_thread(recorder->writer, &thread, &error) < 0)
        return 0;
    recorder->threads[recorder->nthreads++] = (struct known){.ident = ident};
    return recorder->nthreads;
}

int recorder_sample(struct recorder *recorder, uint32_t thread, uint32_t node, uint64_t cpu)
{
    struct known *known = &recorder->threads[thread - 1];
    uint32_t flags = cpu ? PYPROF_HOLDS_GIL : 0;
    struct pyprof_error error;

    if (cpu > known->cpu) {
        if (known->cpu && cpu - known->cpu >= recorder->elapsed / 2)
            flags |= PYPROF_ON_CPU;
        known->cpu = cpu;
    }
    return pyprof_writer_sample(recorder->writer, thread, node, flags, known->cpu, &error);
}

int recorder_end(struct recorder *recorder, uint64_t now)
{
    const struct pyprof_end end = {.fate = PYPROF_FATE_RUNNING, .time = (int64_t)(now - recorder->begin)};
    struct pyprof_error error;

    return pyprof_writer_end(recorder->writer, &end, &error);
}

const struct buffer *recorder_bytes(const struct recorder *recorder)
{
    return &recorder->stream;
}
