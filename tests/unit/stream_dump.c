/*
 * stream_dump [FILE]: what a stream holds, for tests to grep; columns are separated by tabs
 *
 *     section PID PPID FATE STATUS ARGV    STATUS as wait(2) has it, - if unknown; arguments separated by spaces
 *     totals  PID ROUNDS SAMPLES MISSED LATE OVERFLOW    of the END block
 *     thread  PID TID NAME
 *     stack   PID THREAD COUNT STACK       delivered samples; STACK is names, the outermost first, joined by ';'
 *     damage  OFFSET SIZE REASON
 *
 * Exit status 1 if anything was damaged or missing, or could not be read.
 */
#include "stream_text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Samples by thread and node, of one section. */
struct counts {
    struct count {
        uint32_t thread, node;
        uint64_t n;
    } * items;
    size_t n, room;
};

static void free_counts(void *user)
{
    struct counts *counts = user;

    free(counts->items);
    free(counts);
}

static void add(struct counts *counts, uint32_t thread, uint32_t node, uint64_t n)
{
    for (size_t i = 0; i < counts->n; i++) {
        if (counts->items[i].thread == thread && counts->items[i].node == node) {
            counts->items[i].n += n;
            return;
        }
    }
    if (counts->n == counts->room) {
        counts->room = counts->room ? 2 * counts->room : 256;
        counts->items = reallocarray(counts->items, counts->room, sizeof *counts->items);
        if (!counts->items)
            abort();
    }
    counts->items[counts->n++] = (struct count){thread, node, n};
}

static void count(struct pyprof_section *section, const struct pyprof_samples *samples)
{
    struct counts *counts = pyprof_section_user(section);

    if (!counts) {
        counts = calloc(1, sizeof *counts);
        if (!counts)
            abort();
        pyprof_section_set_user(section, counts, free_counts);
    }
    for (uint32_t t = 0; t < samples->ntracks; t++) {
        const struct pyprof_track *track = &samples->tracks[t];
        for (uint32_t r = track->first_run; r < track->first_run + track->runs; r++) {
            if (!(samples->runs[r].flags & PYPROF_NO_SAMPLE))
                add(counts, track->thread, samples->runs[r].node, samples->runs[r].count);
        }
    }
}

static void print_section(const struct pyprof_section *section)
{
    static const char *const fates[] = {"unknown", "exited", "exec", "running"};
    const struct pyprof_info *info = pyprof_section_info(section);
    const struct pyprof_end *end = pyprof_section_end(section);
    const struct counts *counts = pyprof_section_user(section);
    struct pyprof_thread thread;

    printf("section\t%" PRIu64 "\t%" PRIu64 "\t%s\t", info->pid, info->ppid, fates[end ? end->fate & 3 : 0]);
    if (end && end->status_known)
        printf("%" PRIu32 "\t", end->status);
    else
        printf("-\t");
    for (size_t i = 0; i < info->argv.count; i++) {
        printf("%s", i ? " " : "");
        print_text(info->argv.items[i]);
    }
    printf("\n");
    if (end)
        printf("totals\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", info->pid,
               end->rounds, end->samples, end->missed, end->late, end->overflow);
    for (uint32_t id = 1; id <= pyprof_section_threads(section); id++) {
        if (!pyprof_section_thread(section, id, &thread))
            continue;
        printf("thread\t%" PRIu64 "\t%" PRIu64 "\t", info->pid, thread.tid);
        print_text(thread.name);
        printf("\n");
    }
    for (size_t i = 0; counts && i < counts->n; i++) {
        printf("stack\t%" PRIu64 "\t", info->pid);
        if (pyprof_section_thread(section, counts->items[i].thread, &thread))
            print_text(thread.name);
        printf("\t%" PRIu64 "\t", counts->items[i].n);
        print_stack(section, counts->items[i].node);
        printf("\n");
    }
}

/* Reads all of `fd`; 0, or -1 if the reader or the system failed. */
static int read_all(struct pyprof_reader *reader, int fd, struct pyprof_error *error)
{
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    int got;

    while ((got = pyprof_reader_next(reader, &item, error)) >= 0 && got != PYPROF_DONE) {
        if (got == PYPROF_MORE) {
            if (pyprof_reader_fill(reader, fd, error) < 0)
                break;
        } else if (item.type == PYPROF_ITEM_DAMAGE) {
            printf("damage\t%" PRIu64 "\t%" PRIu64 "\t%s\n", item.offset, item.size, item.reason.message);
        } else if (item.type == PYPROF_ITEM_SAMPLES) {
            if (pyprof_reader_samples(reader, 0, &samples, error) < 0)
                break;
            count(item.section, &samples);
        }
    }
    pyprof_samples_free(&samples);
    return got == PYPROF_DONE ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct pyprof_error error = {0};
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : STDIN_FILENO;
    const struct pyprof_section *section;

    if (!reader || fd < 0 || read_all(reader, fd, &error) < 0) {
        fprintf(stderr, "stream_dump: %s\n", fd < 0 ? "cannot open" : error.message);
        return 1;
    }
    for (size_t i = 0; (section = pyprof_reader_section(reader, i)); i++)
        print_section(section);
    struct pyprof_reader_totals totals = pyprof_reader_totals(reader);
    pyprof_reader_free(reader);
    return totals.damages || totals.lost_blocks ? 1 : 0;
}
