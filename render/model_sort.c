#include "model_sort.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_argv(struct pyprof_texts a, struct pyprof_texts b)
{
    int order = 0;

    for (size_t i = 0; i < a.count && i < b.count && !order; i++)
        order = text_compare(a.items[i], b.items[i]);
    return order ? order : (a.count > b.count) - (a.count < b.count);
}

int model_compare_infos(const struct pyprof_info *a, const struct pyprof_info *b)
{
    int order;

    if (a->wall != b->wall)
        return a->wall > b->wall ? 1 : -1;
    if ((order = memcmp(a->recording, b->recording, sizeof a->recording)))
        return order;
    if ((order = memcmp(a->boot, b->boot, sizeof a->boot)) || (order = text_compare(a->host, b->host)))
        return order;
    if ((order = compare_numbers(a->start, b->start)))
        return order;
    if (a->pid != b->pid)
        return a->pid > b->pid ? 1 : -1;
    return compare_argv(a->argv, b->argv);
}

static int compare_processes(const void *a, const void *b)
{
    return model_compare_infos(&((const struct model_process *)a)->info, &((const struct model_process *)b)->info);
}

static int compare_threads(const void *first, const void *second)
{
    const struct model_thread *a = first, *b = second;

    if (a->main != b->main)
        return a->main ? -1 : 1;
    if (a->start != b->start)
        return compare_numbers(a->start, b->start);
    if (a->tid != b->tid)
        return a->tid > b->tid ? 1 : -1;
    return text_compare(a->name, b->name) ?: (a->id > b->id) - (a->id < b->id);
}

static void sum_up_process(struct model *model, struct model_process *process)
{
    uint64_t period = process->info.period;

    for (size_t i = 0; i < process->nthreads; i++)
        counts_add(&process->counts, &process->threads[i].counts);
    counts_add(&model->counts, &process->counts);
    if (period && (!model->period || period < model->period))
        model->period = period;
    model->cut += process->cut;
    model->running += process->fate == PYPROF_FATE_RUNNING;
}

/* Processes are sorted, so that those of one recording are neighbours. */
static void sum_up_recordings(struct model *model)
{
    int64_t begin = 0, end = 0;

    for (size_t i = 0; i < model->nprocesses; i++) {
        const struct model_process *process = &model->processes[i];

        if (i == 0 || memcmp(process->info.recording, process[-1].info.recording, sizeof process->info.recording)) {
            model->nrecordings++;
            model->duration = saturating_add(model->duration, saturating_add(end, -begin));
            begin = process->begin;
            end = process->end;
        }
        if (process->rounds && process->begin < begin)
            begin = process->begin;
        if (process->rounds && process->end > end)
            end = process->end;
    }
    model->duration = saturating_add(model->duration, saturating_add(end, -begin));
}

void model_sort(struct model *model)
{
    /* Empty arrays have no address to sort. */
    if (model->nprocesses)
        qsort(model->processes, model->nprocesses, sizeof *model->processes, compare_processes);
    for (size_t i = 0; i < model->nprocesses; i++) {
        struct model_process *process = &model->processes[i];

        if (process->nthreads)
            qsort(process->threads, process->nthreads, sizeof *process->threads, compare_threads);
        sum_up_process(model, process);
    }
    sum_up_recordings(model);
}

int model_compare_functions(const struct model *model, uint32_t a, uint32_t b)
{
    const struct model_function *one = &model->functions[a], *other = &model->functions[b];
    int order = text_compare(one->name, other->name);

    if (!order)
        order = text_compare(one->file, other->file);
    return order ? order : (one->firstline > other->firstline) - (one->firstline < other->firstline);
}

const struct model_thread **model_threads(const struct model *model, size_t *n)
{
    const struct model_thread **threads;
    size_t at = 0;

    *n = 0;
    for (size_t i = 0; i < model->nprocesses; i++)
        *n += model->processes[i].nthreads;
    threads = calloc(*n + 1, sizeof(*threads));
    for (size_t i = 0; threads && i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++)
            threads[at++] = &model->processes[i].threads[k];
    return threads;
}
