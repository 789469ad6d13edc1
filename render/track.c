#include "track.h"

#include "grow.h"
#include "tally.h"

/* Wider than this, bins say nothing more (and widths must not overflow): 2^62 ns are 146 years. */
static const int64_t WIDEST = INT64_C(1) << 62;

static int64_t end_of(const struct track_run *run)
{
    return saturating_add(run->begin, run->time);
}

/* Adds what `more` has to `run`. */
static void take_in(struct track_run *run, const struct track_run *more)
{
    run->time = saturating_add(run->time, more->time);
    run->cpu = saturating_add(run->cpu, more->cpu);
    if (__builtin_add_overflow(run->samples, more->samples, &run->samples))
        run->samples = UINT32_MAX;
}

static bool is_same(const struct track_run *a, const struct track_run *b)
{
    return a->node == b->node && a->state == b->state;
}

int track_append(struct track *track, const struct track_run *run)
{
    struct track_run *last = track->count ? &track->runs[track->count - 1] : NULL;

    if (last && is_same(last, run) && !last->merged && !run->merged && end_of(last) == run->begin) {
        take_in(last, run);
        return 0;
    }
    if (GROW(&track->runs, &track->room, track->count + 1) < 0)
        return -1;
    track->runs[track->count++] = *run;
    return 0;
}

/* Where two runs begin at once (only where parts of a stream contradict each other), what they say decides. */
static int compare_runs(const void *first, const void *second)
{
    const struct track_run *a = first, *b = second;

    if (a->begin != b->begin)
        return a->begin > b->begin ? 1 : -1;
    if (a->time != b->time)
        return a->time > b->time ? 1 : -1;
    if (a->samples != b->samples)
        return a->samples > b->samples ? 1 : -1;
    return (a->cpu > b->cpu) - (a->cpu < b->cpu) ?: a->state - b->state;
}

void track_sort(struct track *track)
{
    if (track->count)
        qsort(track->runs, track->count, sizeof *track->runs, compare_runs);
}

static int64_t bin_of(int64_t time, int64_t width)
{
    return time / width - (time % width < 0);
}

/*
 * In place: `to` runs are done, those from `first` on are of the current bin.  `seen` knows where in the result each
 * node and state came last.
 */
int track_bin(struct track *track, int64_t width)
{
    struct map seen = {0};
    size_t to = 0, first = 0;
    int64_t bin = 0;

    for (size_t i = 0; i < track->count; i++) {
        struct track_run run = track->runs[i];
        uint32_t *at;

        if (i == 0 || bin_of(run.begin, width) != bin)
            first = to;
        bin = bin_of(run.begin, width);
        if (!run.merged && run.time >= width) {
            track->runs[to++] = run;
            first = to;
            continue;
        }
        at = map_at(&seen, map_pair(run.node, run.state));
        if (!at) {
            map_free(&seen);
            return -1;
        }
        if (*at > first) {
            take_in(&track->runs[*at - 1], &run);
            track->runs[*at - 1].merged = true;
        } else {
            track->runs[to++] = run;
            *at = (uint32_t)to;
        }
    }
    track->count = to;
    map_free(&seen);
    return 0;
}

int64_t track_wider(int64_t width, uint64_t period)
{
    /* The first bins hold a few samples: less would merge nothing. */
    const uint64_t least = period && period < (uint64_t)WIDEST / 8 ? period * 4 : 1000000;
    int64_t first = 1;

    if (width)
        return width < WIDEST ? width * 2 : width;
    while ((uint64_t)first < least)
        first *= 2;
    return first;
}

bool track_may_widen(int64_t width, int64_t span)
{
    return width < span / TRACK_LEAST_BINS / 2 && width < WIDEST;
}

int64_t track_layout(const struct track *track, size_t i, int64_t previous_end)
{
    return track->runs[i].begin > previous_end ? track->runs[i].begin : previous_end;
}

void track_free(struct track *track)
{
    free(track->runs);
    *track = (struct track){0};
}

struct tracks *tracks_new(size_t most, uint64_t period)
{
    struct tracks *tracks = calloc(1, sizeof *tracks);

    if (tracks) {
        tracks->most = tracks->limit = most;
        tracks->period = period;
    }
    return tracks;
}

void tracks_free(struct tracks *tracks)
{
    if (!tracks)
        return;
    for (size_t i = 0; i < tracks->count; i++)
        track_free(&tracks->items[i]);
    free(tracks->items);
    free(tracks->threads);
    map_free(&tracks->item_of);
    free(tracks);
}

static struct track *track_of(struct tracks *tracks, uint32_t thread)
{
    uint32_t *index = map_at(&tracks->item_of, thread);

    if (!index)
        return NULL;
    if (!*index) {
        if (GROW(&tracks->items, &tracks->room, tracks->count + 1) < 0 ||
            GROW(&tracks->threads, &tracks->threads_room, tracks->count + 1) < 0)
            return NULL;
        tracks->threads[tracks->count] = thread;
        tracks->items[tracks->count++] = (struct track){0};
        *index = (uint32_t)tracks->count;
    }
    return &tracks->items[*index - 1];
}

static int bin_all(struct tracks *tracks)
{
    tracks->runs = 0;
    for (size_t i = 0; i < tracks->count; i++) {
        if (track_bin(&tracks->items[i], tracks->width) < 0)
            return -1;
        tracks->runs += tracks->items[i].count;
    }
    return 0;
}

/* From the first run of all to the last one's end. */
static int64_t span_of(const struct tracks *tracks)
{
    int64_t begin = INT64_MAX, end = INT64_MIN;

    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        int64_t last = track->count ? end_of(&track->runs[track->count - 1]) : end;

        if (track->count && track->runs[0].begin < begin)
            begin = track->runs[0].begin;
        if (last > end)
            end = last;
    }
    return begin < end ? saturating_add(end, -begin) : 0;
}

/*
 * What came since the last time may fit into bins of the same width.  Goes to half of what may be held, so that it is not
 * all done again at the next run.
 */
static int make_room(struct tracks *tracks)
{
    int64_t span = span_of(tracks);

    if (tracks->width && bin_all(tracks) < 0)
        return -1;
    while (tracks->runs > tracks->most / 2 && track_may_widen(tracks->width, span)) {
        tracks->width = track_wider(tracks->width, tracks->period);
        if (bin_all(tracks) < 0)
            return -1;
    }
    tracks->limit = tracks->runs * 2 > tracks->most ? tracks->runs * 2 : tracks->most;
    return 0;
}

int tracks_add(struct tracks *tracks, uint32_t thread, const struct track_run *run)
{
    struct track *track = track_of(tracks, thread);
    size_t before;

    if (!track)
        return -1;
    before = track->count;
    if (track_append(track, run) < 0)
        return -1;
    tracks->runs += track->count - before;
    return tracks->runs > tracks->limit ? make_room(tracks) : 0;
}
