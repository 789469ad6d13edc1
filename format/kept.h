/*
 * kept: the last part of a stream, in memory
 *
 * Takes the blocks of any number of writers and forgets samples when they are older than is asked for; definitions stay
 * as long as their section has samples or is not at its end.  What is kept can be written as a stream of its own at any
 * time: with sections of new random ids, whose sequence numbers and totals lack nothing, so that no reader takes for a
 * loss what was forgotten.
 *
 * Samples go block by block, so up to a flush's worth of them is kept longer.  The writers must not repeat definitions
 * (pyprof_writer_once), or these add up.
 */
#ifndef PYPROF_KEPT_H
#define PYPROF_KEPT_H

#include "writer.h"

struct pyprof_kept;

/* Keeps samples for `age` ns.  NULL if there is no memory. */
struct pyprof_kept *pyprof_kept_new(uint64_t age);
void pyprof_kept_free(struct pyprof_kept *);

/*
 * Takes whole blocks that a writer wrote at `now`, ns of any clock, and forgets what has become too old.  -1 if there
 * is no memory, or what came is no blocks.
 */
int pyprof_kept_add(struct pyprof_kept *, const void *bytes, size_t size, uint64_t now, struct pyprof_error *);

/*
 * Writes what is kept as a stream.  `time`, ns since the recording's start, is what sections end at that have not
 * ended.  Nothing is forgotten by that.
 */
int pyprof_kept_write(struct pyprof_kept *, int64_t time, const struct pyprof_sink *, struct pyprof_error *);

#endif
