#include "page_columns.h"

/* Sums in a coarser unit. */
struct rounding {
    int64_t exact, given;
};

/* What the unit's count grows by when `more` ns are added. */
static int64_t rounded(struct rounding *rounding, int64_t more, int64_t unit)
{
    int64_t before = rounding->given;

    rounding->exact = saturating_add(rounding->exact, more);
    rounding->given = rounding->exact / unit + (rounding->exact % unit >= (unit + 1) / 2);
    return rounding->given - before;
}

int64_t page_run_unit(uint64_t period)
{
    enum { STEPS = 16, LEAST = 1000 };

    return period > STEPS * LEAST && period < INT64_MAX ? (int64_t)period / STEPS : LEAST;
}

void page_put_nodes(struct pack *pack, const struct page_nodes *nodes)
{
    const struct model *model = nodes->model;

    pack_column(pack, "nodeParent");
    for (uint32_t i = 0; i < nodes->count; i++)
        pack_number(pack, i - nodes->parent[i]);
    pack_column(pack, "nodeFunction");
    for (uint32_t i = 0; i < nodes->count; i++)
        pack_number(pack, nodes->function[i]);
    pack_column(pack, "nodeLine");
    for (uint32_t i = 0; i < nodes->count; i++)
        pack_signed(pack, (int64_t)model->nodes[nodes->model_of[i]].line -
                              model->functions[nodes->functions[nodes->function[i]]].firstline);
    pack_column(pack, "nodeFolded");
    for (uint32_t i = 0; i < nodes->count; i++)
        pack_number(pack, nodes->folded[i]);
}

/* What cells and runs have in common. */
enum field { NODE, STATE, SAMPLES, TIME, CPU };

static void put_field(struct pack *pack, const struct track *track, enum field field, int64_t unit)
{
    struct rounding rounding = {0};
    uint32_t before = 0;

    for (size_t i = 0; i < track->count; i++) {
        const struct track_run *run = &track->runs[i];

        if (field == NODE)
            pack_signed(pack, (int64_t)run->node - before);
        else if (field == STATE)
            pack_number(pack, run->state);
        else if (field == SAMPLES)
            pack_number(pack, run->samples);
        else
            pack_signed(pack, rounded(&rounding, field == TIME ? run->time : run->cpu, unit));
        before = run->node;
    }
}

static void put_field_of_all(struct pack *pack, const struct page_runs *runs, const char *name, enum field field,
                             int64_t unit)
{
    pack_column(pack, name);
    for (size_t i = 0; i < runs->nthreads; i++)
        put_field(pack, &runs->threads[i], field, unit);
}

static void put_counts(struct pack *pack, const struct page_runs *runs, const char *name)
{
    pack_column(pack, name);
    for (size_t i = 0; i < runs->nthreads; i++)
        pack_number(pack, runs->threads[i].count);
}

void page_put_cells(struct pack *pack, const struct page_runs *cells)
{
    put_counts(pack, cells, "cellCount");
    put_field_of_all(pack, cells, "cellNode", NODE, 1);
    put_field_of_all(pack, cells, "cellState", STATE, 1);
    put_field_of_all(pack, cells, "cellSamples", SAMPLES, 1);
    put_field_of_all(pack, cells, "cellTime", TIME, PAGE_CELL_UNIT);
    put_field_of_all(pack, cells, "cellCpu", CPU, PAGE_CELL_UNIT);
}

/* Gaps and times as the runs are laid out: where one begins, less where the one before it ended. */
static void put_gaps(struct pack *pack, const struct track *track, int64_t unit, int64_t shift)
{
    struct rounding position = {0};
    int64_t end = 0;

    for (size_t i = 0; i < track->count; i++) {
        int64_t begin = i ? track_layout(track, i, end) : track->runs[i].begin;

        pack_signed(pack, rounded(&position, i ? begin - end : saturating_add(begin, shift), unit));
        rounded(&position, track->runs[i].time, unit);
        end = saturating_add(begin, track->runs[i].time);
    }
}

static void put_lengths(struct pack *pack, const struct track *track, int64_t unit, int64_t shift)
{
    struct rounding position = {0};
    int64_t end = 0;

    for (size_t i = 0; i < track->count; i++) {
        int64_t begin = i ? track_layout(track, i, end) : track->runs[i].begin;

        rounded(&position, i ? begin - end : saturating_add(begin, shift), unit);
        pack_signed(pack, rounded(&position, track->runs[i].time, unit));
        end = saturating_add(begin, track->runs[i].time);
    }
}

void page_put_runs(struct pack *pack, const struct page_runs *runs, int64_t unit, const int64_t *shifts)
{
    put_counts(pack, runs, "runCount");
    put_field_of_all(pack, runs, "runNode", NODE, 1);
    put_field_of_all(pack, runs, "runState", STATE, 1);
    put_field_of_all(pack, runs, "runSamples", SAMPLES, 1);
    put_field_of_all(pack, runs, "runCpu", CPU, unit);
    pack_column(pack, "runGap");
    for (size_t i = 0; i < runs->nthreads; i++)
        put_gaps(pack, &runs->threads[i], unit, shifts[i]);
    pack_column(pack, "runTime");
    for (size_t i = 0; i < runs->nthreads; i++)
        put_lengths(pack, &runs->threads[i], unit, shifts[i]);
}
