/*
 * threads: the threads of one process, with the stack each had last
 *
 * The ring tells of a thread once and then by id; a sample says only what changed since the thread's last one, and
 * nothing at all of a thread that did not run.  This table keeps what that builds on.  The writer's ids of threads
 * count from 1 in the order in which they appeared.  Samples that the recording is not to keep are told of as removed.
 */
#ifndef PYREC_THREADS_H
#define PYREC_THREADS_H

#include "codes.h"
#include "format/writer.h"
#include "recording.h"
#include "ring.h"

#include <stddef.h>
#include <stdint.h>

struct threads;

/* NULL if there is no memory; the recording must outlive the threads. */
struct threads *threads_new(const struct recording *);
void threads_free(struct threads *);

/* Threads ever seen. */
uint32_t threads_count(const struct threads *);

/*
 * Each takes the body of the ring's record of that name, `size` bytes, checks it and passes it on to the writer.  -1
 * with PYPROF_DAMAGED if it makes no sense, or with what the writer or lack of memory brings.
 */
int threads_begin(struct threads *, const struct ring_thread *, size_t size, struct pyprof_writer *,
                  struct pyprof_error *);
int threads_sample(struct threads *, const struct ring_sample *, size_t size, struct codes *, struct pyprof_writer *,
                   struct pyprof_error *);
int threads_missed(struct threads *, const struct ring_missed *, size_t size, struct pyprof_writer *,
                   struct pyprof_error *);
int threads_end(struct threads *, const struct ring_thread_end *, size_t size, struct pyprof_writer *,
                struct pyprof_error *);

/* From the next round on, all samples are told of as removed, because the recording is paused; or no longer. */
void threads_pause(struct threads *, bool paused);

/* The round is complete: threads that it did not tell of did not run; the writer gets their last stack again. */
int threads_repeat(struct threads *, struct pyprof_writer *, struct pyprof_error *);

#endif
