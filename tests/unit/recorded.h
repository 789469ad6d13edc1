/*
 * recorded: a model of what a test says was recorded, through a real stream
 *
 * For test programs of one file.  A recording is written by the writer into memory, read by the reader, tallied with
 * its order of time, and added to a model, as the tool does it.
 */
#ifndef PYRENDER_TESTS_RECORDED_H
#define PYRENDER_TESTS_RECORDED_H

#include "format/reader.h"
#include "format/writer.h"
#include "render/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `count` rounds, a millisecond each, with one sample of `thread`: frames "file:name" with bars between. */
struct recorded_run {
    uint32_t thread;
    uint32_t count;
    const char *stack;
};

struct recorded_bytes {
    char *bytes;
    size_t size;
};

static int recorded_write(void *context, const void *bytes, size_t size)
{
    struct recorded_bytes *to = context;

    to->bytes = realloc(to->bytes, to->size + size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    return 0;
}

static uint32_t recorded_stack(struct pyprof_writer *writer, const char *stack)
{
    char copy[1000], *rest = copy, *word;
    uint32_t node = 0;

    snprintf(copy, sizeof copy, "%s", stack);
    while ((word = strsep(&rest, "|"))) {
        char *file = strsep(&word, ":");

        if (word)
            node = pyprof_writer_node(writer, node,
                                      pyprof_writer_function(writer, text_of(file), text_of(word), 1, 0), 1);
    }
    return node;
}

/* The stream of one process with `threads` threads, named t1 and so on; thread 1 has the pid for its tid. */
static struct recorded_bytes recorded_stream(const struct pyprof_info *info, uint32_t threads,
                                             const struct recorded_run *runs, size_t nruns)
{
    struct recorded_bytes stream = {0};
    struct pyprof_error error;
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED};
    struct pyprof_writer *writer = pyprof_writer_new((struct pyprof_sink){recorded_write, &stream}, info, &error);
    int64_t time = 0;

    for (uint32_t i = 1; i <= threads; i++) {
        char name[20];
        struct pyprof_thread thread = {.id = i, .tid = info->pid + i - 1, .end = INT64_MAX};

        snprintf(name, sizeof name, "t%u", i);
        thread.name = text_of(name);
        pyprof_writer_thread(writer, &thread, &error);
    }
    for (size_t i = 0; i < nruns; i++) {
        uint32_t node = recorded_stack(writer, runs[i].stack);

        for (uint32_t k = 0; k < runs[i].count; k++) {
            pyprof_writer_round(writer, time += 1000000, 0, &error);
            pyprof_writer_sample(writer, runs[i].thread, node, 0, 0, &error);
        }
    }
    pyprof_writer_end(writer, &end, &error);
    pyprof_writer_free(writer);
    return stream;
}

/* Adds a stream to the model; false if anything of it could not be read. */
static bool recorded_add(struct model *model, const struct recorded_bytes *stream)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct tally *tally = tally_new();
    struct pyprof_error error;
    struct pyprof_item item;
    bool sound = (tally->tracks = tracks_new(1 << 20, 1000000)) &&
                 pyprof_reader_feed(reader, stream->bytes, stream->size, &error) == 0;

    pyprof_reader_finish(reader);
    while (sound && pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM)
        if (item.type == PYPROF_ITEM_DAMAGE)
            sound = false;
        else if (item.type == PYPROF_ITEM_SAMPLES)
            sound = pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, &error) == 0 &&
                    tally_add(tally, &samples, pyprof_section_info(item.section)->unit, true) == 0;
    sound = sound && model_add(model, pyprof_reader_section(reader, 0), tally) == 0;
    pyprof_samples_free(&samples);
    tally_free(tally);
    pyprof_reader_free(reader);
    return sound;
}

#endif
