/*
 * clocks: the threads' CPU clocks as they were when their stacks were read
 *
 * A round has one time, and stacks are read some microseconds or, on a busy machine, milliseconds after it.  Whose step
 * of an event loop a stack belongs to is decided by the thread's CPU clock instead, which the sampler read with the stack
 * and which stood still meanwhile (record/sample/still.h).  The stream has it too, but rounded; here it is exact.
 *
 * A log is bytes: pairs of varints (pyprof(5)), rounds since the pair before and ns since the pair before, for each sample
 * of a thread that had run.
 */
#ifndef PYREC_PYTHON_CLOCKS_H
#define PYREC_PYTHON_CLOCKS_H

#include "format/buffer.h"
#include "record/ring.h"

#include <stdatomic.h>
#include <stdbool.h>

struct clocks_thread {
    uint64_t round, cpu; /* of the last pair */
    struct buffer log;
};

/* Keeps the logs of a ring's threads.  Zero-initialised it is empty and valid; clocks_free releases it. */
struct clocks {
    struct clocks_thread *threads; /* [i] is of the i-th thread that the ring told of, as are the stream's ids */
    uint32_t nthreads, room;
    uint32_t *places; /* by the ring's id: index + 1, or 0 */
    uint32_t places_room;
    uint64_t round; /* number of the round in hand, from 1 */
    atomic_bool on; /* logs are kept, not only threads; set by whom it may concern */
};

void clocks_free(struct clocks *);

/* To be shown every record of the ring.  What there is no memory for is not logged. */
void clocks_watch(struct clocks *, const struct ring_record *);

/* Reads a log from its beginning.  Zero-initialise it and set `bytes` and `end`. */
struct clocks_reader {
    const uint8_t *bytes, *end;
    uint64_t round, cpu;           /* of the pair that was read last */
    uint64_t next_round, next_cpu; /* and of the one ahead, if there is one */
    bool ahead;
};

/* The thread's clock as of round `round`, which never decreases from call to call; 0 before the first pair. */
uint64_t clocks_read(struct clocks_reader *, uint64_t round);

#endif
