#include "schedule.h"

bool schedule_next(struct schedule *schedule, int64_t *due)
{
    uint64_t ns;

    if (schedule->period == 0) {
        *due = schedule->last;
        return true;
    }
    if (__builtin_mul_overflow(++schedule->n, schedule->period, &ns) || ns > 2 * (uint64_t)LIMIT_NS)
        return false;
    *due = schedule->first + (int64_t)(ns / schedule->unit);
    return true;
}

void schedule_step(struct schedule *schedule, int64_t x, int64_t time)
{
    uint64_t distance = x < 0 ? 0 - (uint64_t)x : (uint64_t)x, ns;

    schedule->last = time;
    if (schedule->period == 0)
        return;
    if (__builtin_mul_overflow(distance, 4 * schedule->unit, &ns) || ns >= schedule->period) {
        schedule->first = time;
        schedule->n = 0;
    }
}
