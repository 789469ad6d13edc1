/*
 * stream_list: what is in a stream, a line each, for tests
 *
 *     stream_list < stream > list
 *
 *     SECTION ID SEQUENCE PID FILTER…
 *     DEFS ID SEQUENCE
 *     SAMPLES ID SEQUENCE SAMPLES MISSED REMOVED
 *     run PID THREAD TIME ROUNDS FLAGS CPU STACK     after their SAMPLES; TIME is the first round's, times are in ns,
 *                                                    STACK is names, the outermost first, joined by ';'
 *     END ID SEQUENCE
 *     UNKNOWN ID SEQUENCE
 *     DAMAGE OFFSET SIZE WHY
 */
#include "stream_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static void print_track(const struct pyprof_section *section, const struct pyprof_samples *samples,
                        const struct pyprof_track *track)
{
    int64_t unit = (int64_t)pyprof_section_info(section)->unit;
    struct pyprof_thread thread = {0};
    uint32_t round = track->first_round;
    pyprof_section_thread(section, track->thread, &thread);
    for (uint32_t i = 0; i < track->runs; i++) {
        const struct pyprof_run *run = &samples->runs[track->first_run + i];
        printf("run %" PRIu64 " ", pyprof_section_info(section)->pid);
        print_text(thread.name);
        printf(" %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRId64 " ", samples->times[round] * unit, run->count,
               run->flags, run->cpu * unit);
        print_stack(section, run->node);
        putchar('\n');
        round += run->count;
    }
}

static void print_samples(struct pyprof_reader *reader, const struct pyprof_item *item)
{
    struct pyprof_samples samples = {0};
    struct pyprof_error error;
    if (pyprof_reader_samples(reader, PYPROF_WANT_TIMES | PYPROF_WANT_CPU, &samples, &error) < 0) {
        printf(" undecoded: %s\n", error.message);
    } else {
        printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", samples.samples, samples.missed, samples.removed);
        for (uint32_t i = 0; i < samples.ntracks; i++)
            print_track(item->section, &samples, &samples.tracks[i]);
    }
    pyprof_samples_free(&samples);
}

static void print_item(struct pyprof_reader *reader, const struct pyprof_item *item)
{
    static const char *const names[] = {"SECTION", "DEFS", "SAMPLES", "END", "UNKNOWN"};
    if (item->type == PYPROF_ITEM_DAMAGE) {
        printf("DAMAGE %" PRIu64 " %" PRIu64 " %s\n", item->offset, item->size, item->reason.message);
        return;
    }
    printf("%s %016" PRIx64 " %" PRIu32, names[item->type], pyprof_section_id(item->section), item->sequence);
    if (item->type == PYPROF_ITEM_SAMPLES) {
        print_samples(reader, item);
        return;
    }
    if (item->type == PYPROF_ITEM_SECTION) {
        const struct pyprof_info *info = pyprof_section_info(item->section);
        printf(" %" PRIu64, info->pid);
        for (size_t i = 0; i < info->filters.count; i++) {
            putchar(' ');
            print_text(info->filters.items[i]);
        }
    }
    putchar('\n');
}

int main(void)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_item item;
    struct pyprof_error error = {0};
    int got;
    while ((got = pyprof_reader_next(reader, &item, &error)) != PYPROF_DONE) {
        if (got == PYPROF_ITEM)
            print_item(reader, &item);
        if (got < 0 || (got == PYPROF_MORE && pyprof_reader_fill(reader, STDIN_FILENO, &error) < 0))
            break;
    }
    pyprof_reader_free(reader);
    if (error.code != PYPROF_OK)
        fprintf(stderr, "stream_list: %s\n", error.message);
    return error.code != PYPROF_OK;
}
