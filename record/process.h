/*
 * process: one recorded process, from its ring to its section of the stream
 *
 * The collector makes one when a process says hello, drains it at every tick, and ends it when the process has ended,
 * became another program or is no longer to be recorded.  Raw samples become nodes of the writer's call tree here:
 * each thread remembers the nodes of its last stack, so that a sample costs only what is new in it.
 *
 * Everything in the ring is foreign.  What makes no sense is an error, after which the process can only be ended; the
 * program is not concerned.
 */
#ifndef PYREC_PROCESS_H
#define PYREC_PROCESS_H

#include "agent/hello.h"
#include "format/writer.h"
#include "recording.h"
#include "ring.h"

#include <sys/types.h>

struct process;

/*
 * Begins a section for the process that said `hello` and maps its ring, descriptor `ring`, which stays the caller's.
 * `pid` is the kernel's word for who it is.  The recording must outlive the process.  NULL on failure: PYPROF_DAMAGED
 * if the descriptor is no sealed ring.
 */
struct process *process_new(const struct recording *, const struct hello *hello, pid_t pid, int ring,
                            struct pyprof_sink sink, struct pyprof_error *);
void process_free(struct process *);

pid_t process_pid(const struct process *);

/* Whether its agent found a memory that is not as its version's layout says, and took no samples. */
bool process_refused(const struct process *);

/*
 * Moves what the ring holds into the writer; `buffer` has room for RING_RECORD_MAX bytes, 8-byte aligned.  Returns
 * the share of the ring that was full, 0 to 1, or -1 with an error.
 */
double process_drain(struct process *, void *buffer, struct pyprof_error *);

/*
 * From now on `watch` is shown each record that was drained, once it was found sound, in the order of the ring and by
 * the thread that drains.
 */
struct process_watch {
    void (*watch)(void *context, const struct ring_record *);
    void *context;
};
void process_watch(struct process *, struct process_watch);

/* Lets the sampler know that the collector lives, when there is no time to drain. */
void process_beat(struct process *);

/* Writes what is gathered if that was not done for `age` ns. */
int process_flush(struct process *, uint64_t now, uint64_t age, struct pyprof_error *);

/*
 * Pauses and resumes sampling.  Samples taken between `from` and `to`, CLOCK_MONOTONIC in ns, are removed, and with
 * them all that time.  What was taken before must have been drained before the call.
 */
void process_pause(struct process *, uint64_t from);
void process_resume(struct process *, uint64_t to);

/* Tells the sampler to stop.  What it published before can still be drained. */
void process_stop(struct process *);

/* How the process left, as far as the caller knows; `now` for a process that could not say when. */
struct process_fate {
    enum pyprof_fate fate;
    bool status_known;
    int status; /* as wait(2) has it */
    uint64_t now;
};

/*
 * Drains what is left and ends the section.  A process that went by exec without a new hello is PYPROF_FATE_EXEC,
 * whatever the caller thinks.
 */
int process_end(struct process *, void *buffer, struct process_fate, struct pyprof_error *);

/* Sums of one process, and with process_sum of several. */
struct process_sums {
    uint64_t processes, threads;
    uint64_t samples, missed, removed, late, overflow;
    uint64_t rounds, time; /* intervals between rounds, and how long they took, ns */
};
void process_sum(const struct process *, struct process_sums *);

#endif
