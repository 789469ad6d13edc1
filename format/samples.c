#include "samples.h"

#include <stdlib.h>

void pyprof_samples_clear(struct pyprof_samples *samples)
{
    struct pyprof_samples empty = {
        .times = samples->times,
        .tracks = samples->tracks,
        .runs = samples->runs,
        .times_room = samples->times_room,
        .tracks_room = samples->tracks_room,
        .runs_room = samples->runs_room,
    };

    *samples = empty;
}

void pyprof_samples_free(struct pyprof_samples *samples)
{
    free(samples->times);
    free(samples->tracks);
    free(samples->runs);
    *samples = (struct pyprof_samples){0};
}

/* Time of the round before round `round` of the block. */
static int64_t time_before(const struct pyprof_samples *samples, uint32_t round)
{
    return round > 0 ? samples->times[round - 1] : samples->start;
}

int64_t pyprof_samples_weight(const struct pyprof_samples *samples, const struct pyprof_track *track, uint32_t r)
{
    uint32_t round = track->first_round + r;

    return samples->times[round] - time_before(samples, round);
}

int64_t pyprof_samples_duration(const struct pyprof_samples *samples, const struct pyprof_track *track, uint32_t r,
                                const struct pyprof_run *run)
{
    uint32_t round = track->first_round + r;

    return samples->times[round + run->count - 1] - time_before(samples, round);
}
