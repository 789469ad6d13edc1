#include "diff.h"
#include "summary.h"

#include <math.h>

/* Two standard deviations: about one row in twenty goes beyond them by chance. */
static const double SURE = 2;

static int64_t mean(const struct diff *diff, const struct diff_measure *measure, enum diff_side side)
{
    int64_t runs = (int64_t)diff->runs[side], time = measure->side[side].time;

    return runs ? time / runs + (time % runs >= runs - runs / 2 && runs > 1) : 0;
}

/* Between the runs of a side, of which there are two or more. */
static double deviation(const struct diff *diff, const struct diff_measure *measure, enum diff_side side)
{
    long double runs = (long double)diff->runs[side], time = (long double)measure->side[side].time;
    long double variance = ((long double)measure->side[side].squares - time * time / runs) / (runs - 1);

    return variance > 0 ? (double)sqrtl(variance) : 0;
}

/* Of a count of samples, in the only run of a side. */
static double sampling_error(const struct diff *diff, const struct diff_measure *measure, enum diff_side side)
{
    const struct diff_sums *all = &diff->nodes[0].total.side[side], *some = &measure->side[side];
    struct counts part = {.samples = some->samples, .time = some->time}, whole = {.samples = all->samples};

    return (double)summary_error(&part, &whole);
}

static double variation(const struct diff *diff, const struct diff_measure *measure, enum diff_side side)
{
    enum diff_side other = side == DIFF_OLD ? DIFF_NEW : DIFF_OLD;
    double chance;

    if (diff->runs[side] > 1)
        return deviation(diff, measure, side);
    chance = sampling_error(diff, measure, side);
    return diff->runs[other] > 1 ? fmax(chance, deviation(diff, measure, other)) : chance;
}

struct diff_change diff_change(const struct diff *diff, const struct diff_measure *measure)
{
    struct diff_change change = {.old = mean(diff, measure, DIFF_OLD), .new = mean(diff, measure, DIFF_NEW)};
    double spread = SURE * hypot(variation(diff, measure, DIFF_OLD), variation(diff, measure, DIFF_NEW));

    change.change = saturating_add(change.new, -change.old);
    change.spread = (int64_t)fmin(fmax(spread, (double)diff->period), 9e18);
    return change;
}

bool diff_is_sure(struct diff_change change)
{
    return (change.change < 0 ? -change.change : change.change) > change.spread;
}

double diff_percent(struct diff_change change)
{
    if (change.old)
        return 100 * (double)change.change / (double)change.old;
    return change.change ? (double)INFINITY : 0;
}
