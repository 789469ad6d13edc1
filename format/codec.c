#include "codec.h"

int64_t samples_expected_cpu(const struct pyprof_run *run, int64_t duration, uint32_t lack)
{
    int64_t expected = duration - (int64_t)lack * run->count;

    return run->flags & PYPROF_ON_CPU && expected > 0 ? expected : 0;
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
