/*
 * track: what a thread did, in the order of time
 *
 * A track is a thread's samples as runs: a run says that from `begin` on the thread was at one node, in one state, for
 * `time`.  Neighbours that are equal and touch are one run.  Runs are sorted by `begin`.  Time is conserved as tally.h
 * says: a run reaches back over the missed samples before it, and what a filter removed is a gap between runs.  So the
 * sums of a track's runs by node are the thread's cells in the model, to the nanosecond.
 *
 * Memory is bounded by coarser time, never by losing nodes or states.  A track holds every change of the stack until all
 * tracks together have more runs than was asked for; then time is cut into bins of `width` ns (the same in all tracks, a
 * power of two, beginning at multiples of it), and in each bin the runs of one node and state that begin there become
 * one, `merged`, which stands where the first of them began.  The width doubles as long as there are too many.  A run
 * as long as a bin stays whole, and nothing is merged across it, so that no time moves by more than two widths.  In a
 * track with a width, therefore:
 *   - runs that are not `merged` are exact, and end at begin + time;
 *   - merged runs of a bin share its time: their order is that of first appearance, and their times say how much of it
 *     each had, not when.  Whoever draws them lays them out one after the other: a run at its begin, or where the one
 *     before it ended, whichever is later.  track_layout does that.
 * Binning first to one width and then to twice of it gives what binning to the second at once gives.
 *
 * The bound gives way before time is cut into fewer than TRACK_LEAST_BINS bins: then a run is kept for each node and
 * state of each thread in each of these.
 *
 * Tracks are kept only for a renderer that asks (struct input, most_runs); otherwise a thread's is empty.  A struct track
 * is empty and valid when it is zero, and released by track_free.  One thread at a time.  -1: no memory.
 */
#ifndef PYRENDER_TRACK_H
#define PYRENDER_TRACK_H

#include "format/samples.h"
#include "map.h"

enum { TRACK_LEAST_BINS = 64 };

/* The flags of a sample that a run tells. */
enum { TRACK_STATE = PYPROF_ON_CPU | PYPROF_HOLDS_GIL | PYPROF_WAITS_GIL | PYPROF_IN_GC };

struct track_run {
    int64_t begin; /* ns since the recording's start */
    int64_t time;  /* wall time it stands for, in ns */
    int64_t cpu;   /* CPU time, in ns */
    uint32_t node; /* of the model (of the section, in struct tracks); 0: no Python frame */
    uint32_t samples;
    uint8_t state; /* bits of TRACK_STATE */
    bool merged;   /* several pieces of one bin */
};

struct track {
    struct track_run *runs;
    size_t count, room;
};

/* Adds a run that comes after all others, or makes the last one longer if it is equal and ends where this begins. */
int track_append(struct track *, const struct track_run *);

/* Sorts by begin, after several parts were appended to one track. */
void track_sort(struct track *);

/* Bins of `width` ns, a power of two. */
int track_bin(struct track *, int64_t width);

/* The width after `width` (0: none yet), for tracks whose samples are `period` ns apart (0: unknown). */
int64_t track_wider(int64_t width, uint64_t period);

/* Whether bins wider than `width` leave enough of them in a time of `span` ns. */
bool track_may_widen(int64_t width, int64_t span);

/* Where run `i` is drawn if the one before it ended at `previous_end`: its begin or that end, whichever is later. */
int64_t track_layout(const struct track *, size_t i, int64_t previous_end);

void track_free(struct track *);

/*
 * The tracks of one section while it is read, by the section's threads and nodes: tally.h fills them.
 */
struct tracks {
    struct track *items;
    uint32_t *threads; /* of each item: the section's id of its thread */
    size_t count, room, threads_room;
    size_t runs;     /* of all items */
    size_t most;     /* runs that may be held */
    size_t limit;    /* runs at which it is worth to look again */
    uint64_t period; /* ns; 0 if unknown */
    int64_t width;   /* of the bins, in ns; 0: exact */
    struct map item_of;
};

struct tracks *tracks_new(size_t most, uint64_t period);
void tracks_free(struct tracks *);

/* Adds a run to a thread's track; makes time coarser if there are too many. */
int tracks_add(struct tracks *, uint32_t thread, const struct track_run *);

#endif
