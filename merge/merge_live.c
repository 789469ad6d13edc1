#include "merge/merge.h"

#include "merge/blockset.h"
#include "merge/sift.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct live {
    struct input *inputs;
    size_t count;
    size_t turn; /* the file being read, or the next one to look at */
    struct pollfd *polls;
    struct input **polled; /* whose they are */
    struct output *output;
    struct pyprof_sink sink;
    struct blockset *seen; /* NULL with a single input, whose reader knows */
    struct sift *sift;     /* NULL without a filter */
};

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int pass(struct live *live, struct input *input, const struct pyprof_item *item, struct pyprof_error *error)
{
    int new = live->seen ? blockset_add(live->seen, pyprof_section_id(item->section), item->sequence) : 1;
    if (new < 0)
        return no_memory(error);
    if (!new)
        return 0;
    if (!live->sift) {
        if (live->sink.write(live->sink.context, item->block, (size_t)item->size) < 0)
            return pyprof_fail(error, PYPROF_SYSTEM, 0, "the output failed");
        return 0;
    }
    uint64_t unknown = sift_unknown(live->sift);
    if (sift_item(live->sift, input->reader, item, &live->sink, error) == 0) {
        input->unknown += sift_unknown(live->sift) - unknown;
        return 0;
    }
    if (!sift_goes_on(error))
        return -1;
    input_add_unfiltered(input, error);
    return 0;
}

/* Reads once from an input and passes on what that completes; closes the input at its end. */
static int serve(struct live *live, struct input *input, struct pyprof_error *error)
{
    struct pyprof_item item;
    enum input_result got;
    input_fill(input);
    while ((got = input_next(input, &item)) == INPUT_ITEM)
        if (pass(live, input, &item, error) < 0)
            return -1;
    if (got == INPUT_END)
        input_close(input);
    return 0;
}

/* The file whose turn it is, open; NULL if all were read. */
static struct input *next_file(struct live *live)
{
    for (; live->turn < live->count; live->turn++) {
        struct input *input = &live->inputs[live->turn];
        if (!input->usable || !input_is_file(input))
            continue;
        if (input->reader || input_open(input) == 0)
            return input;
    }
    return NULL;
}

/* Lists the open inputs that are no files; how many there are. */
static nfds_t list_pipes(struct live *live)
{
    nfds_t count = 0;
    for (size_t i = 0; i < live->count; i++) {
        struct input *input = &live->inputs[i];
        if (!input->reader || input_is_file(input))
            continue;
        live->polls[count] = (struct pollfd){.fd = input->fd, .events = POLLIN};
        live->polled[count++] = input;
    }
    return count;
}

/* Which of the pipes have something: waits for one, with everything written, unless there is a file to go on with. */
static int wait_for_pipes(struct live *live, nfds_t pipes, bool wait, struct pyprof_error *error)
{
    int ready = poll(live->polls, pipes, 0);
    if (ready == 0 && wait) {
        if (output_flush(live->output) < 0)
            return pyprof_fail(error, PYPROF_SYSTEM, 0, "the output failed");
        ready = poll(live->polls, pipes, -1);
    }
    if (ready >= 0)
        return 0;
    for (nfds_t i = 0; i < pipes; i++)
        live->polls[i].revents = 0;
    return errno == EINTR ? 0 : pyprof_fail(error, PYPROF_SYSTEM, 0, "poll: %s", strerror(errno));
}

static int run(struct live *live, struct pyprof_error *error)
{
    for (;;) {
        struct input *file = next_file(live);
        nfds_t pipes = list_pipes(live);
        if (!file && !pipes)
            return 0;
        if (pipes && wait_for_pipes(live, pipes, !file, error) < 0)
            return -1;
        for (nfds_t i = 0; i < pipes; i++)
            if (live->polls[i].revents && serve(live, live->polled[i], error) < 0)
                return -1;
        if (file && serve(live, file, error) < 0)
            return -1;
        if (file && !file->reader)
            live->turn++;
    }
}

static int start(struct live *live, const struct filter *filter)
{
    live->polls = calloc(live->count, sizeof *live->polls);
    live->polled = calloc(live->count, sizeof *live->polled);
    if (live->count > 1)
        live->seen = blockset_new();
    if (!filter_empty(filter))
        live->sift = sift_new(filter);
    if (!live->polls || !live->polled || (live->count > 1 && !live->seen) || (!filter_empty(filter) && !live->sift))
        return -1;
    for (size_t i = 0; i < live->count; i++)
        if (live->inputs[i].usable && !input_is_file(&live->inputs[i]))
            input_open(&live->inputs[i]);
    return 0;
}

int merge_live(struct input *inputs, size_t count, const struct filter *filter, struct output *output,
               struct pyprof_error *error)
{
    struct live live = {.inputs = inputs, .count = count, .output = output, .sink = output_sink(output)};
    int status = start(&live, filter) < 0 ? no_memory(error) : run(&live, error);
    for (size_t i = 0; i < count; i++)
        if (inputs[i].usable)
            input_close(&inputs[i]);
    sift_free(live.sift);
    blockset_free(live.seen);
    free(live.polls);
    free(live.polled);
    return status;
}
