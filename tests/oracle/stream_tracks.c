/*
 * stream_tracks: what each thread of a stream was seen to do, for the oracle; columns are separated by tabs
 *
 *     stream_tracks < stream
 *
 *     process PID PERIOD ROUNDS MISSED LATE OVERFLOW LONGEST
 *     thread  PID TID SCHEDULED DELIVERED MISSED NAME
 *     stack   PID TID COUNT WEIGHT CPU STACK
 *
 * Times are in ns.  LONGEST is the longest that a sample had to stand for, or none did: between two rounds, or from
 * the last one to the process's end.  SCHEDULED counts the deadlines from the thread's first round to its last, those
 * that passed without a round included.  WEIGHT is the time that the samples stand for, CPU what the thread used
 * meanwhile.  STACK is file:name:line for each frame, the outermost first, joined by ';'; it is empty where no Python
 * ran.
 *
 * Exit status 1 if anything was damaged or missing, or could not be read.
 */
#include "format/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What one thread's samples with one node add up to. */
struct stack {
    uint64_t count;
    int64_t weight, cpu; /* in units */
};

struct thread {
    uint64_t delivered, missed;
    int64_t first, last;               /* times of its first and last round, in units */
    int64_t missed_weight, missed_cpu; /* goes to the next sample */
    struct stack *stacks;              /* by node */
    uint32_t nstacks;
};

struct process {
    struct thread *threads; /* by id */
    uint32_t nthreads;
    uint64_t rounds, missed, late, overflow;
    int64_t longest, last; /* in units: longest time between rounds, and the last round's */
};

/* Makes room for index `at` in an array of zeroed items. */
static void *grow(void *items, uint32_t *n, uint32_t at, size_t size)
{
    if (at < *n)
        return items;
    uint32_t more = 2 * at + 16;
    char *grown = calloc(more, size);
    if (!grown)
        abort();
    for (size_t i = 0; i < *n * size; i++)
        grown[i] = ((char *)items)[i];
    free(items);
    *n = more;
    return grown;
}

static void free_process(void *user)
{
    struct process *process = user;

    for (uint32_t i = 0; i < process->nthreads; i++)
        free(process->threads[i].stacks);
    free(process->threads);
    free(process);
}

static struct process *process_of(struct pyprof_section *section)
{
    struct process *process = pyprof_section_user(section);

    if (!process) {
        process = calloc(1, sizeof *process);
        if (!process)
            abort();
        pyprof_section_set_user(section, process, free_process);
    }
    return process;
}

static void add_run(struct thread *thread, const struct pyprof_run *run, int64_t weight)
{
    if (run->flags & PYPROF_REMOVED && !(run->flags & PYPROF_MISSED)) {
        thread->missed_weight = thread->missed_cpu = 0; /* gone */
        return;
    }
    if (run->flags & PYPROF_MISSED) {
        thread->missed += run->count;
        thread->missed_weight += weight;
        thread->missed_cpu += run->cpu;
        return;
    }
    thread->stacks = grow(thread->stacks, &thread->nstacks, run->node, sizeof *thread->stacks);
    struct stack *stack = &thread->stacks[run->node];
    stack->count += run->count;
    stack->weight += weight + thread->missed_weight;
    stack->cpu += run->cpu + thread->missed_cpu;
    thread->delivered += run->count;
    thread->missed_weight = thread->missed_cpu = 0;
}

static void add_track(struct process *process, const struct pyprof_samples *samples, const struct pyprof_track *track)
{
    process->threads = grow(process->threads, &process->nthreads, track->thread, sizeof *process->threads);
    struct thread *thread = &process->threads[track->thread];
    uint32_t round = 0;

    if (thread->delivered + thread->missed == 0)
        thread->first = samples->times[track->first_round];
    for (uint32_t i = track->first_run; i < track->first_run + track->runs; i++) {
        const struct pyprof_run *run = &samples->runs[i];
        add_run(thread, run, pyprof_samples_duration(samples, track, round, run));
        round += run->count;
    }
    thread->last = samples->times[track->first_round + track->rounds - 1];
}

static void add_samples(struct pyprof_section *section, const struct pyprof_samples *samples)
{
    struct process *process = process_of(section);

    process->rounds += samples->rounds;
    process->missed += samples->missed;
    process->late += samples->late;
    process->overflow += samples->overflow;
    for (uint32_t i = 0; i < samples->rounds; i++) {
        int64_t gap = samples->times[i] - (i ? samples->times[i - 1] : samples->start);
        process->longest = gap > process->longest ? gap : process->longest;
        process->last = samples->times[i];
    }
    for (uint32_t i = 0; i < samples->ntracks; i++)
        add_track(process, samples, &samples->tracks[i]);
}

static void print_text(struct pyprof_text text)
{
    if (text.size)
        fwrite(text.bytes, 1, text.size, stdout);
}

static void print_stack(const struct pyprof_section *section, uint32_t id)
{
    struct pyprof_node node = {0};
    struct pyprof_function function = {0};

    if (!id)
        return;
    pyprof_section_node(section, id, &node);
    pyprof_section_function(section, node.function, &function);
    if (node.parent) {
        print_stack(section, node.parent);
        putchar(';');
    }
    print_text(function.file);
    putchar(':');
    print_text(function.name);
    printf(":%" PRIu32, node.line);
}

static void print_thread(const struct pyprof_section *section, const struct thread *thread, uint32_t id)
{
    const struct pyprof_info *info = pyprof_section_info(section);
    struct pyprof_thread known = {0};
    int64_t unit = (int64_t)info->unit, period = (int64_t)info->period;

    pyprof_section_thread(section, id, &known);
    printf("thread\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t", info->pid, known.tid,
           ((thread->last - thread->first) * unit + period / 2) / period + 1, thread->delivered, thread->missed);
    print_text(known.name);
    printf("\n");
    for (uint32_t node = 0; node < thread->nstacks; node++) {
        const struct stack *stack = &thread->stacks[node];
        if (!stack->count)
            continue;
        printf("stack\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t", info->pid, known.tid,
               stack->count, stack->weight * unit, stack->cpu * unit);
        print_stack(section, node);
        printf("\n");
    }
}

static void print_process(struct pyprof_section *section)
{
    const struct process *process = process_of(section);
    const struct pyprof_info *info = pyprof_section_info(section);

    const struct pyprof_end *end = pyprof_section_end(section);
    int64_t unit = (int64_t)info->unit, longest = process->longest * unit;

    if (end && end->time - process->last * unit > longest)
        longest = end->time - process->last * unit;
    printf("process\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\n",
           info->pid, info->period, process->rounds, process->missed, process->late, process->overflow, longest);
    for (uint32_t id = 0; id < process->nthreads; id++) {
        if (process->threads[id].delivered + process->threads[id].missed)
            print_thread(section, &process->threads[id], id);
    }
}

/* Reads all of stdin; 0, or -1 if the reader or the system failed. */
static int read_all(struct pyprof_reader *reader, struct pyprof_error *error)
{
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    int got;

    while ((got = pyprof_reader_next(reader, &item, error)) >= 0 && got != PYPROF_DONE) {
        if (got == PYPROF_MORE) {
            if (pyprof_reader_fill(reader, STDIN_FILENO, error) < 0)
                break;
        } else if (item.type == PYPROF_ITEM_SAMPLES) {
            if (pyprof_reader_samples(reader, PYPROF_WANT_TIMES | PYPROF_WANT_CPU, &samples, error) < 0)
                break;
            add_samples(item.section, &samples);
        }
    }
    pyprof_samples_free(&samples);
    return got == PYPROF_DONE ? 0 : -1;
}

int main(void)
{
    struct pyprof_error error = {0};
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_section *section;

    if (!reader || read_all(reader, &error) < 0) {
        fprintf(stderr, "stream_tracks: %s\n", error.message);
        return 1;
    }
    for (size_t i = 0; (section = pyprof_reader_section(reader, i)); i++)
        print_process(section);
    struct pyprof_reader_totals totals = pyprof_reader_totals(reader);
    pyprof_reader_free(reader);
    return totals.damages || totals.lost_blocks ? 1 : 0;
}
