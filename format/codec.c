#include "codec.h"

int64_t samples_expected_cpu(const struct pyprof_samples *samples, const struct pyprof_track *track, uint32_t r,
                             const struct pyprof_run *run)
{
    return run->flags & PYPROF_ON_CPU ? pyprof_samples_duration(samples, track, r, run) : 0;
}

void samples_count(struct pyprof_samples *samples)
{
    samples->samples = samples->missed = samples->removed = 0;
    for (uint32_t i = 0; i < samples->nruns; i++) {
        const struct pyprof_run *run = &samples->runs[i];

        if (run->flags & PYPROF_MISSED)
            samples->missed += run->count;
        else if (run->flags & PYPROF_REMOVED)
            samples->removed += run->count;
        else
            samples->samples += run->count;
    }
}
