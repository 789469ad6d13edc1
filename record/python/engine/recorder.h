/*
 * recorder: a stream written by whoever sees stacks, one at a time
 *
 * What the setprofile engine (hook.c) records of one profiler: rounds of samples at known times, of threads known by
 * the interpreter's idents.  Knows nothing of Python; frames come as functions and lines.  One thread at a time.
 */
#ifndef PYREC_PYTHON_RECORDER_H
#define PYREC_PYTHON_RECORDER_H

#include "format/buffer.h"
#include "format/section.h"
#include "format/writer.h"

#include <stdint.h>

struct recorder;

/* `info` is copied; its monotonic is when the recording begins.  NULL if there is no memory. */
struct recorder *recorder_new(const struct pyprof_info *info);
void recorder_free(struct recorder *);

/* What interns functions and nodes. */
struct pyprof_writer *recorder_writer(struct recorder *);

/* When the next sample is due, ns of CLOCK_MONOTONIC. */
uint64_t recorder_due(const struct recorder *);

/* Begins a round now; deadlines that passed without one are counted. */
int recorder_round(struct recorder *, uint64_t now);

/* The thread's id in the stream; 0 if it was not told of. */
uint32_t recorder_thread(const struct recorder *, uint64_t ident);

/* Tells of a thread, by its kernel's id and name; its id in the stream, or 0 if there is no memory. */
uint32_t recorder_add_thread(struct recorder *, uint64_t ident, uint64_t tid, struct pyprof_text name);

/* The thread is at `node`.  It is the one that runs, and `cpu` its CPU clock; or it waits, and `cpu` is 0. */
int recorder_sample(struct recorder *, uint32_t thread, uint32_t node, uint64_t cpu);

/* Ends the recording, whose bytes then are in recorder_bytes for as long as it lives; -1 if there was no memory. */
int recorder_end(struct recorder *, uint64_t now);
const struct buffer *recorder_bytes(const struct recorder *);

#endif
