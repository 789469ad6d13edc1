/*
 * stream_large SAMPLES THREADS NODES: a large stream to standard output, the same for the same arguments
 *
 * Threads wander through one tree of calls: they stay where they are half of the time, move on nearby mostly, and now and
 * then somewhere else, so that in time every node is seen, as in a real program with much code.
 */
#include "format/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PERIOD = 1000000, FUNCTIONS = 3000, FILES = 300, DEEPEST = 40 };

/* xorshift64, Marsaglia 2003. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int write_stdout(void *context, const void *bytes, size_t size)
{
    (void)context;
    return fwrite(bytes, 1, size, stdout) == size ? 0 : -1;
}

static struct pyprof_text text_of(const char *string)
{
    return (struct pyprof_text){string, strlen(string)};
}

static uint32_t define_function(struct pyprof_writer *writer, uint64_t number)
{
    char file[64], name[64];

    snprintf(file, sizeof file, "%s/package_%d/module_%d.py",
             number % FILES < FILES / 3 ? "/home/me/app" : "/usr/lib/python3", (int)(number % FILES % 20),
             (int)(number % FILES));
    snprintf(name, sizeof name, "Class%d.method_%d", (int)(number / 7 % 97), (int)number);
    return pyprof_writer_function(writer, text_of(file), text_of(name), (uint32_t)(1 + number / FILES * 40), 0);
}

/* A node below one that came not long before, not too deep. */
static void define_nodes(struct pyprof_writer *writer, uint32_t *ids, uint32_t nodes, uint64_t *state)
{
    uint32_t *parents = calloc(nodes, sizeof *parents), *depths = calloc(nodes, sizeof *depths);

    if (!parents || !depths)
        exit(1);
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t back = 1 + (uint32_t)(next_random(state) % 8);
        uint32_t parent = i >= back ? i - back : 0;
        uint64_t function = next_random(state) % FUNCTIONS;

        while (depths[parent] > DEEPEST)
            parent = parents[parent];
        if (i % 500 == 0)
            parent = 0;
        depths[i] = depths[parent] + 1;
        parents[i] = parent;
        ids[i] = pyprof_writer_node(writer, i ? ids[parent] : 0, define_function(writer, function),
                                    (uint32_t)(1 + function / FILES * 40 + next_random(state) % 30));
    }
    free(parents);
    free(depths);
}

static uint32_t wander(uint32_t node, uint32_t nodes, uint64_t *state)
{
    uint64_t chance = next_random(state) % 100;

    if (chance < 50)
        return node;
    if (chance < 96)
        return (uint32_t)((node + nodes + next_random(state) % 16 - 8) % nodes);
    return (uint32_t)(next_random(state) % nodes);
}

static void write_samples(struct pyprof_writer *writer, const uint32_t *ids, uint64_t samples, uint32_t threads,
                          uint32_t nodes)
{
    uint32_t *at = calloc(threads, sizeof *at);
    uint64_t *cpu = calloc(threads, sizeof *cpu), state = 88172645463325252u;
    struct pyprof_error error;

    if (!at || !cpu)
        exit(1);
    for (uint64_t round = 0; round < samples / threads; round++) {
        int64_t time = (int64_t)(round * PERIOD + next_random(&state) % 20000);

        if (pyprof_writer_round(writer, time, 0, &error) < 0)
            exit(1);
        for (uint32_t t = 0; t < threads; t++) {
            bool runs = next_random(&state) % threads < 2;

            at[t] = wander(at[t], nodes, &state);
            cpu[t] += runs ? PERIOD / 2 + next_random(&state) % 1000 : 0;
            if (pyprof_writer_sample(writer, t + 1, ids[at[t]], runs ? PYPROF_ON_CPU | PYPROF_HOLDS_GIL : 0, cpu[t],
                                     &error) < 0)
                exit(1);
        }
    }
    free(at);
    free(cpu);
}

int main(int argc, char **argv)
{
    uint64_t samples = argc == 4 ? strtoull(argv[1], NULL, 10) : 0, state = 1;
    uint32_t threads = argc == 4 ? (uint32_t)atoi(argv[2]) : 0, nodes = argc == 4 ? (uint32_t)atoi(argv[3]) : 0;
    struct pyprof_text argument = text_of("large.py");
    struct pyprof_info info = {
        .pid = 1, .period = PERIOD, .argv = {&argument, 1}, .prefixes = {(struct pyprof_text[]){text_of("/usr")}, 1}};
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED};
    struct pyprof_error error;
    struct pyprof_writer *writer;
    uint32_t *ids = calloc(nodes + 1, sizeof *ids);

    if (!threads || !nodes || !ids) {
        fputs("usage: stream_large samples threads nodes\n", stderr);
        return 2;
    }
    writer = pyprof_writer_new((struct pyprof_sink){.write = write_stdout}, &info, &error);
    for (uint32_t t = 1; writer && t <= threads; t++)
        pyprof_writer_thread(writer, &(struct pyprof_thread){.id = t, .tid = t, .end = INT64_MAX}, &error);
    if (!writer)
        return 1;
    define_nodes(writer, ids, nodes, &state);
    write_samples(writer, ids, samples, threads, nodes);
    if (pyprof_writer_end(writer, &end, &error) < 0)
        return 1;
    pyprof_writer_free(writer);
    free(ids);
    return 0;
}
