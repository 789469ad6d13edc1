/*
 * engine: a process that records itself
 *
 * What pyrec and its agent do together, in one process: a sampler (record/sample/sampler.h) writes to a ring, and a
 * thread empties the ring into a stream in memory, compressed as it comes.  Neither thread calls Python or needs the
 * GIL; both have every signal blocked.  Several profilers share one engine: each takes its own part of the stream
 * (cut.h).
 *
 * Life: engine_new; engine_written, engine_copy and engine_stop from any thread; engine_free.  A forked child has the
 * memory of its parent's engines and none of their threads: there, an engine may only be forgotten, never touched.
 */
#ifndef PYREC_PYTHON_ENGINE_H
#define PYREC_PYTHON_ENGINE_H

#include "format/buffer.h"
#include "format/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

/*
 * Whether this interpreter can be recorded: PYPROF_UNSUPPORTED if its version is not known, or its memory is not as
 * its version's should be.  To be called by a thread that has the GIL.  `version` is Py_GetVersion's.
 */
int engine_check(const char *version, struct pyprof_error *);

/*
 * Starts to record the calling process, `period` ns between rounds.  `version` is Py_GetVersion's, copied.  NULL where
 * its version is not known (PYPROF_UNSUPPORTED) or something failed.
 */
struct engine *engine_new(uint64_t period, const char *version, struct pyprof_error *);

/* Ends the recording and returns at once; what was sampled stays until engine_free. */
void engine_stop(struct engine *);

/* Stops it, if that was not done.  Takes NULL. */
void engine_free(struct engine *);

/* Bytes of the stream whose samples are older than now: a part that begins now has none of its samples there. */
size_t engine_written(struct engine *);

/*
 * Appends the stream with all that was sampled so far to `into`: whole if the engine was stopped, else a stream that
 * goes on.  The interpreter should not be held up by it: call without the GIL.
 */
int engine_copy(struct engine *, struct buffer *into, struct pyprof_error *);

/* From now on the threads' CPU clocks are logged (clocks.h), at some bytes a sample. */
void engine_log(struct engine *);

/*
 * Appends the log of the thread of that id in the stream, from 1, to `into`; false if there was no such thread.  What
 * engine_copy copied before, it covers.
 */
bool engine_copy_log(struct engine *, uint32_t thread, struct buffer *into);

#endif
