#include "select.h"

#include <stdlib.h>

/* NULs within a name are matched over, as pymerge does it. */
static bool matches(struct pyprof_text name, const regex_t *regex)
{
    regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)name.size};

    return regexec(regex, name.bytes, 1, &whole, REG_STARTEND) == 0;
}

/* Of each node, whether it is a root or below one; roots lose their callers.  NULL: no memory. */
static bool *find_roots(struct model *model, const regex_t *regex)
{
    bool *below = calloc(model->nnodes + 1, sizeof *below);
    bool *wanted = calloc(model->nfunctions + 1, sizeof *wanted);

    for (size_t i = 1; wanted && i <= model->nfunctions; i++)
        wanted[i] = matches(model->functions[i].name, regex);
    for (uint32_t i = 1; below && wanted && i <= model->nnodes; i++) {
        below[i] = below[model->nodes[i].parent];
        if (below[i] || !wanted[model->nodes[i].function])
            continue;
        below[i] = true;
        model_uproot(model, i);
    }
    if (!wanted) {
        free(below);
        below = NULL;
    }
    free(wanted);
    return below;
}

static void keep_cells(struct model_thread *thread, const bool *below)
{
    size_t kept = 0;

    thread->counts = (struct counts){0};
    for (size_t i = 0; i < thread->ncells; i++) {
        if (!below[thread->cells[i].node])
            continue;
        counts_add(&thread->counts, &thread->cells[i].counts);
        thread->cells[kept++] = thread->cells[i];
    }
    thread->ncells = kept;
}

static void keep_runs(struct track *track, const bool *below)
{
    size_t kept = 0;

    for (size_t i = 0; i < track->count; i++)
        if (below[track->runs[i].node])
            track->runs[kept++] = track->runs[i];
    track->count = kept;
}

int select_root(struct model *model, const char *pattern, const regex_t *regex)
{
    bool *below = find_roots(model, regex);

    if (!below)
        return -1;
    model->root = pattern;
    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            struct model_thread *thread = &model->processes[i].threads[k];

            keep_cells(thread, below);
            keep_runs(&thread->track, below);
            counts_add(&model->root_counts, &thread->counts);
        }
    free(below);
    return model->root_counts.samples > 0;
}

/* A cell by its CPU time. */
static struct model_cell measured(const struct model_cell *cell)
{
    struct model_cell by_cpu = *cell;

    by_cpu.counts.time = cell->counts.cpu;
    by_cpu.counts.samples = cell->counts.on_cpu;
    /* A little time between samples that waited: some sample must stand for it. */
    if (!by_cpu.counts.samples && cell->counts.cpu > 0)
        by_cpu.counts.samples = 1;
    return by_cpu;
}

static bool measure_thread(struct model_thread *thread)
{
    size_t kept = 0;

    for (size_t i = 0; i < thread->ncells; i++) {
        struct model_cell cell = measured(&thread->cells[i]);

        if (cell.counts.samples)
            thread->cells[kept++] = cell;
    }
    thread->ncells = kept;
    return kept > 0;
}

bool select_cpu(struct model *model)
{
    bool any = false;

    model->cpu = true;
    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++)
            any = measure_thread(&model->processes[i].threads[k]) || any;
    return any;
}
