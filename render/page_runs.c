#include "page_runs.h"

#include "grow.h"

#include <string.h>

/* A run of the model as the page has it. */
static struct track_run placed(const struct page_nodes *nodes, const struct track_run *run)
{
    struct track_run mine = *run;
    struct page_place place = nodes->place_of[run->node];

    mine.node = place.node;
    mine.state = (uint8_t)(run->state | (place.other ? PAGE_OTHER : 0));
    return mine;
}

static int compare_cells(const void *first, const void *second)
{
    const struct track_run *a = first, *b = second;

    if (a->node != b->node)
        return a->node > b->node ? 1 : -1;
    return a->state - b->state;
}

/* Adds up the runs from `first` on by node and state, in order of these. */
static void add_up(struct track *track, size_t first)
{
    size_t to = first;

    if (track->count == first)
        return;
    qsort(track->runs + first, track->count - first, sizeof *track->runs, compare_cells);
    for (size_t i = first + 1; i < track->count; i++) {
        struct track_run *last = &track->runs[to], *run = &track->runs[i];

        if (compare_cells(last, run) == 0) {
            last->begin = run->begin < last->begin ? run->begin : last->begin;
            last->time += run->time;
            last->cpu += run->cpu;
            last->samples += run->samples;
        } else {
            track->runs[++to] = *run;
        }
    }
    track->count = to + 1;
}

/* Moves what has less than `least` to its caller.  Callers have smaller numbers: the greatest goes first. */
static void lift(const struct page_nodes *nodes, struct track *track, size_t first, int64_t least)
{
    bool moved = true;

    for (add_up(track, first); moved; add_up(track, first)) {
        moved = false;
        for (size_t i = first; i < track->count; i++) {
            struct track_run *run = &track->runs[i];

            if (run->time >= least || run->node == 0)
                continue;
            run->node = nodes->parent[run->node];
            run->state |= PAGE_OTHER;
            moved = true;
        }
    }
}

static int compare_begins(const void *first, const void *second)
{
    const struct track_run *a = first, *b = second;

    if (a->begin != b->begin)
        return a->begin > b->begin ? 1 : -1;
    return compare_cells(a, b);
}

/* The runs of one bin, at the end of `to`. */
static void close_bin(const struct page_nodes *nodes, struct track *to, size_t first)
{
    enum { TOLD_APART = 12 };
    int64_t sum = 0;

    for (size_t i = first; i < to->count; i++)
        sum += to->runs[i].time;
    if (to->count - first <= 1)
        return;
    lift(nodes, to, first, sum / TOLD_APART);
    qsort(to->runs + first, to->count - first, sizeof *to->runs, compare_begins);
}

static int64_t bin_of(int64_t time, int64_t width)
{
    return time / width - (time % width < 0);
}

/* `from` in bins of `width`, which is a multiple of its own bins; 0: as it is. */
static int reduce(const struct page_nodes *nodes, const struct track *from, int64_t width, struct track *to)
{
    size_t first = 0;

    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        struct track_run run = placed(nodes, &from->runs[i]);
        bool whole = width == 0 || (!run.merged && run.time >= width);

        if (width && i && (whole || bin_of(run.begin, width) != bin_of(from->runs[i - 1].begin, width))) {
            close_bin(nodes, to, first);
            first = to->count;
        }
        if (track_append(to, &run) < 0)
            return -1;
        if (whole)
            first = to->count;
    }
    close_bin(nodes, to, first);
    return 0;
}

static int init(struct page_runs *runs, const struct model *model)
{
    *runs = (struct page_runs){0};
    for (size_t i = 0; i < model->nprocesses; i++)
        runs->nthreads += model->processes[i].nthreads;
    runs->threads = calloc(runs->nthreads + 1, sizeof *runs->threads);
    return runs->threads ? 0 : -1;
}

static int reduce_all(struct page_runs *runs, const struct page_nodes *nodes)
{
    size_t n;
    const struct model_thread **threads = model_threads(nodes->model, &n);
    int result = threads ? 0 : -1;

    runs->count = 0;
    for (size_t i = 0; i < n && result == 0; i++) {
        result = reduce(nodes, &threads[i]->track, runs->width, &runs->threads[i]);
        runs->count += runs->threads[i].count;
    }
    free(threads);
    return result;
}

int page_runs_make(struct page_runs *runs, const struct page_nodes *nodes, size_t most, int64_t width)
{
    const struct model *model = nodes->model;

    if (init(runs, model) < 0)
        return -1;
    runs->width = width > model->width ? width : 0;
    if ((runs->width || model->nruns <= most) && reduce_all(runs, nodes) < 0)
        return -1;
    if (!runs->width) {
        runs->width = model->width;
        runs->count = model->nruns;
    }
    while (runs->count > most) {
        int64_t wider = track_wider(runs->width, model->period);

        if (wider == runs->width)
            return 0;
        runs->width = wider;
        if (reduce_all(runs, nodes) < 0)
            return -1;
    }
    return 0;
}

int page_cells_make(struct page_runs *runs, const struct page_nodes *nodes)
{
    if (init(runs, nodes->model) < 0 || reduce_all(runs, nodes) < 0)
        return -1;
    runs->count = 0;
    for (size_t i = 0; i < runs->nthreads; i++) {
        add_up(&runs->threads[i], 0);
        runs->count += runs->threads[i].count;
    }
    return 0;
}

void page_runs_free(struct page_runs *runs)
{
    for (size_t i = 0; i < runs->nthreads; i++)
        track_free(&runs->threads[i]);
    free(runs->threads);
    *runs = (struct page_runs){0};
}
