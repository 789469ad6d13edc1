/*
 * reader_fuzz: any bytes, read as a stream
 *
 * With libFuzzer:  clang -DLIBFUZZER -fsanitize=fuzzer,address,undefined -I. tests/fuzz/reader_fuzz.c format/[a-z]*.c -lz
 * and then         ./a.out CORPUS tests/golden
 * Without: a program that reads the files it is given, each as the fuzzer would.
 *
 * Checksums keep random bytes out of most of the reader, so the input is read twice: as it is, and cut into blocks whose
 * headers are made to fit: a byte for the type, two for the length, the payload, and so on.
 */
#include "format/block.h"
#include "format/reader.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MEMORY = 64 << 20, BLOCK_TYPES = 6 };

/* Looks at everything that a section says. */
static void look_at_section(const struct pyprof_section *section)
{
    const struct pyprof_info *info = pyprof_section_info(section);
    volatile uint64_t sum = 0; /* so that no read is optimised away */

    for (size_t i = 0; i < info->argv.count; i++)
        for (size_t j = 0; j < info->argv.items[i].size; j++)
            sum += (unsigned char)info->argv.items[i].bytes[j];
    for (uint32_t id = 0; id <= pyprof_section_nodes(section) && id < 100000; id++) {
        struct pyprof_node node = {0};
        struct pyprof_function function;

        if (!pyprof_section_node(section, id, &node))
            continue;
        if (node.parent >= id ||
            (node.parent && !pyprof_section_node(section, node.parent, &(struct pyprof_node){0})))
            abort(); /* a node's parent is there, and before it */
        if (pyprof_section_function(section, node.function, &function))
            for (size_t j = 0; j < function.name.size; j++)
                sum += (unsigned char)function.name.bytes[j];
    }
    for (uint32_t id = 0; id <= pyprof_section_threads(section) && id < 100000; id++) {
        struct pyprof_thread thread;

        if (pyprof_section_thread(section, id, &thread) && thread.name.size > 0)
            sum += (unsigned char)thread.name.bytes[thread.name.size - 1];
    }
    (void)sum;
}

/* What samples promise: rounds add up, times do not decrease. */
static void check_samples(const struct pyprof_samples *samples)
{
    for (uint32_t k = 1; k < samples->rounds; k++)
        if (samples->times[k] < samples->times[k - 1])
            abort();
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint64_t rounds = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            const struct pyprof_run *run = &samples->runs[track->first_run + j];

            if (pyprof_samples_duration(samples, track, (uint32_t)rounds, run) < 0)
                abort();
            rounds += run->count;
        }
        if (rounds != track->rounds || track->first_round + rounds > samples->rounds)
            abort();
    }
}

static void read_stream(const uint8_t *bytes, size_t size)
{
    const struct pyprof_limits limits = {.memory = MEMORY};
    struct pyprof_reader *reader = pyprof_reader_new(&limits);
    struct pyprof_samples samples = {0};
    struct pyprof_error error;
    struct pyprof_item item;

    if (!reader || pyprof_reader_feed(reader, bytes, size, &error) < 0)
        abort();
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, &error) == PYPROF_ITEM)
        if (item.type == PYPROF_ITEM_SAMPLES && pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, &error) == 0)
            check_samples(&samples);
    for (size_t i = 0; pyprof_reader_section(reader, i); i++)
        look_at_section(pyprof_reader_section(reader, i));
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
}

/* The input cut into blocks of one section. */
static void read_as_blocks(const uint8_t *bytes, size_t size)
{
    struct buffer stream = {0}, payload = {0};

    for (uint32_t sequence = 0; size > 3; sequence++) {
        size_t length = (size_t)bytes[1] | (size_t)bytes[2] << 8;
        enum block_type type = (enum block_type)(bytes[0] % BLOCK_TYPES);

        bytes += 3;
        size -= 3;
        if (length > size)
            length = size;
        buffer_clear(&payload);
        buffer_put(&payload, bytes, length);
        block_put(&stream, type, 1, sequence, &payload);
        bytes += length;
        size -= length;
    }
    read_stream(stream.bytes, stream.size);
    buffer_free(&stream);
    buffer_free(&payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    read_stream(bytes, size);
    read_as_blocks(bytes, size);
    return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct buffer bytes = {0};
        FILE *file = fopen(argv[i], "rb");
        int byte;

        if (!file) {
            perror(argv[i]);
            return 1;
        }
        while ((byte = getc(file)) != EOF)
            buffer_byte(&bytes, (uint8_t)byte);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes.bytes, bytes.size);
        buffer_free(&bytes);
    }
    return 0;
}
#endif
