/*
 * live_table: what a live screen shows, counted as the stream arrives
 *
 * Every block is counted once, by function: self and total time, wall and CPU, per thread, since the beginning and in
 * slots of one second, of which the last LIVE_SLOTS are kept.  Counting a block costs a little per run of equal samples,
 * a walk up the stack for each node that the block met, and nothing per sample.  A function that is in a stack more than
 * once counts once.  Time is conserved as samples.h says; a part of a run that ends in a slot counts there.
 *
 * What is held is bounded by functions and threads, not by time: functions for each thread that met them, and a record
 * of each function for each slot in which it ran.  Beyond LIVE_THREADS, threads that have ended are added up as one.
 * Processes are told apart as model.h does; functions that are equal by value are one.
 *
 * Life: live_table_new; per item of a reader (format/reader.h) the function of its type; snapshots of it
 * (live_snapshot.h); live_table_free (NULL is fine).  Names stay where they are until then.  What the table keeps of a
 * section hangs on the section, and goes with it.  -1: no memory, after which the table may only be freed.  No function
 * prints or knows a terminal.  One thread at a time.
 */
#ifndef PYRENDER_LIVE_TABLE_H
#define PYRENDER_LIVE_TABLE_H

#include "format/samples.h"
#include "format/section.h"
#include "model.h"

enum {
    LIVE_SLOTS = 16,     /* of a second each */
    LIVE_THREADS = 1000, /* kept apart although they have ended */
};

struct live_table;

/* `patterns` as for model_finish: the caller's, for as long as the table lives. */
struct live_table *live_table_new(const struct model_patterns *);
void live_table_free(struct live_table *);

/* The section's facts came or changed: PYPROF_ITEM_SECTION. */
int live_table_facts(struct live_table *, const struct pyprof_section *);

/* Threads got names, or ended: PYPROF_ITEM_DEFS. */
int live_table_threads(struct live_table *, const struct pyprof_section *);

/* Counts a block, decoded with times and CPU: PYPROF_ITEM_SAMPLES. */
int live_table_count(struct live_table *, struct pyprof_section *, const struct pyprof_samples *);

/* The section has ended: PYPROF_ITEM_END. */
int live_table_end(struct live_table *, struct pyprof_section *);

/* Counts from here on as if nothing had been before; what is known of threads, and the sums of trust, stay. */
void live_table_reset(struct live_table *);

#endif
