/*
 * writer: one section of a stream, written as it happens
 *
 * A writer interns names into ids, gathers rounds of samples and turns them into blocks (pyprof(5)), which it hands to a
 * sink: whole blocks, one call a flush.  Many writers (one a process) can share a sink; their blocks may interleave.
 *
 * Life: pyprof_writer_new; names, rounds and samples in any order that defines before it uses; pyprof_writer_flush at
 * least every 2 s (blocks also flush themselves when full); pyprof_writer_end once; pyprof_writer_free.  A writer that is
 * freed without an end leaves a stream that says so by lacking it.
 *
 * Failures: out of memory or a sink that failed.  A writer that failed once fails ever after and writes no more.
 */
#ifndef PYPROF_WRITER_H
#define PYPROF_WRITER_H

#include "error.h"
#include "samples.h"
#include "section.h"

/* Takes `size` bytes, all or none as far as it can; 0, or -1 with errno set. */
struct pyprof_sink {
    int (*write)(void *context, const void *bytes, size_t size);
    void *context;
};

struct pyprof_writer;

/*
 * Begins a section.  `info` is copied; its `unit` 0 means: chosen from the period (pyprof(5), unit).  The section's id is
 * random.  Nothing is written before the first flush.
 */
struct pyprof_writer *pyprof_writer_new(struct pyprof_sink sink, const struct pyprof_info *info,
                                        struct pyprof_error *);
void pyprof_writer_free(struct pyprof_writer *);

/* From now on definitions go out once, and never again: for a sink that keeps them (kept.h). */
void pyprof_writer_once(struct pyprof_writer *);

/* Replaces the section's facts by `info`, copied; period, unit and recording stay.  They go out with the next flush. */
int pyprof_writer_info(struct pyprof_writer *, const struct pyprof_info *info, struct pyprof_error *);

/* Interning: the id of a value, the same for the same value; 0 on failure.  Strings over 64 KiB are cut. */
uint32_t pyprof_writer_function(struct pyprof_writer *, struct pyprof_text file, struct pyprof_text name,
                                uint32_t firstline, uint32_t flags);
uint32_t pyprof_writer_node(struct pyprof_writer *, uint32_t parent, uint32_t function, uint32_t line);

/* Defines or redefines thread `id` (from 1, the caller's choice, dense). */
int pyprof_writer_thread(struct pyprof_writer *, const struct pyprof_thread *thread, struct pyprof_error *);

/*
 * Begins a round at `time`, ns since the recording's start, not before the last one; `late` deadlines passed without a
 * round before it.  Then every living thread is told of, once, by _sample, _missed or _removed.  `cpu` is the thread's
 * CPU clock in ns, from any zero, never decreasing.
 */
int pyprof_writer_round(struct pyprof_writer *, int64_t time, uint64_t late, struct pyprof_error *);
int pyprof_writer_sample(struct pyprof_writer *, uint32_t thread, uint32_t node, uint32_t flags, uint64_t cpu,
                         struct pyprof_error *);
int pyprof_writer_missed(struct pyprof_writer *, uint32_t thread, struct pyprof_error *);

/*
 * A sample that is not to be in the stream: its time and CPU time are gone, and it counts as removed (samples.h).
 * `why`: PYPROF_PAUSED or 0.
 */
int pyprof_writer_removed(struct pyprof_writer *, uint32_t thread, uint32_t why, uint64_t cpu, struct pyprof_error *);

/* Says that `time` ns before the round under way, and after the one before it, were a pause of the recording. */
void pyprof_writer_paused(struct pyprof_writer *, uint64_t time);

/* Counts samples that were lost before they reached the writer. */
void pyprof_writer_overflow(struct pyprof_writer *, uint64_t samples);

/* Writes what is gathered, if anything is. */
int pyprof_writer_flush(struct pyprof_writer *, struct pyprof_error *);

/* Flushes, writes all tables once more, then the END block; `end`'s totals are the writer's to fill. */
int pyprof_writer_end(struct pyprof_writer *, const struct pyprof_end *end, struct pyprof_error *);

/* Sums so far. */
struct pyprof_writer_totals {
    uint64_t rounds, samples, missed, removed, late, overflow, bytes;
};
struct pyprof_writer_totals pyprof_writer_totals(const struct pyprof_writer *);

#endif
