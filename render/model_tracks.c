#include "model_tracks.h"

/* Every thread's track in bins of the model's width, in order of time. */
static int bin_all(struct model *model)
{
    model->nruns = 0;
    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            struct track *track = &model->processes[i].threads[k].track;

            track_sort(track);
            if (model->width && track_bin(track, model->width) < 0)
                return -1;
            model->nruns += track->count;
        }
    return 0;
}

/* From the first run of all threads to the last one's end. */
static int64_t span_of(const struct model *model)
{
    int64_t begin = INT64_MAX, end = INT64_MIN;

    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            const struct track *track = &model->processes[i].threads[k].track;
            const struct track_run *last = track->count ? &track->runs[track->count - 1] : NULL;

            if (last && track->runs[0].begin < begin)
                begin = track->runs[0].begin;
            if (last && saturating_add(last->begin, last->time) > end)
                end = saturating_add(last->begin, last->time);
        }
    return begin < end ? saturating_add(end, -begin) : 0;
}

/* At most `limit` runs, as far as wider bins can do it. */
static int fit(struct model *model, size_t limit)
{
    while (model->nruns > limit && track_may_widen(model->width, span_of(model))) {
        model->width = track_wider(model->width, model->period);
        if (bin_all(model) < 0)
            return -1;
    }
    return 0;
}

/* Sections that follow fill it up again: looking each time would look at everything for every section. */
int model_tracks_added(struct model *model, const struct tracks *tracks)
{
    enum { SLACK = 4 };

    model->most_runs = tracks->most;
    if (tracks->width > model->width)
        model->width = tracks->width;
    return fit(model, tracks->most * SLACK);
}

int model_tracks_finish(struct model *model)
{
    if (!model->most_runs)
        return 0;
    return bin_all(model) < 0 ? -1 : fit(model, model->most_runs);
}
