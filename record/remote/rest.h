/*
 * rest: how the sampler of another process knows that a stack stood still while it was read
 *
 * The other half of sample/still.h.  The CPU clock of another process's thread cannot be read exactly while it runs:
 * Linux gives that only to threads of the same process.  What it gives to everybody who may look into the process is
 *
 *     /proc/PID/task/TID/schedstat    R, the CPU time it used, and N, how often it was given a CPU (its first and
 *                                     third number)
 *     /proc/PID/task/TID/stat         its state and the CPU it is on, or was on last (3rd and 39th field)
 *
 * N grows before the thread runs (sched_info_arrive, called by __schedule; kernel/sched/stats.h).  R is brought up to
 * date when the thread leaves its CPU, and at ticks: it is exact while the thread does not run (update_curr,
 * kernel/sched/fair.c).  A thread that runs on a CPU has that number in its stat (set_task_cpu comes before).
 *
 * The proof.  The sampler has pinned itself to CPU c.  It reads schedstat (R1, N1), then stat at a moment t, then the
 * stack, then schedstat again (R2, N2).  Say that stat named c.  At t the sampler ran on c, for it was reading, so the
 * thread did not run on c; a thread that runs has the number of its CPU, so it did not run elsewhere: at t it did not
 * run.  To run after t it had to be given a CPU, which N counts.  So if (R2, N2) = (R1, N1), it did not run between
 * t and the second look, and all that was read in between stood still.  Whoever holds the GIL does not matter.
 *
 * One kind of turn is not counted: that of a thread which was preempted inside the kernel after it had declared that
 * it would sleep (it is not queued as one that waits for a CPU; sched_info_depart).  Its state is not R then.  So where
 * stat does not say R, the second look reads stat again before schedstat: if it names c once more, the thread does not
 * run at that moment either, R is exact at both, and equal only if it did not run in between.
 *
 * A thread whose R and N are those of its last proof has not run since, wherever it was: nothing more is asked, and
 * nothing is read.  (But for the turn that is not counted: then its stack is an older one, till its R moves, which it
 * does within a tick of the kernel.)
 *
 * Getting there.  A thread that runs on another CPU is followed to it: when the sampler arrives, it runs there, so the
 * thread does not.  As it is woken where it is, it finds the GIL's holder of a busy process there at the next
 * tick, just preempted.
 *
 * Where there is no such way (a kernel without schedstat, CPUs that the sampler may not use), samples are taken
 * without proof and marked RING_DOUBTED.
 *
 * While a stack is read the thread is stopped from going on, so the reading is made short: ahead.h.
 *
 * An exec replaces the memory under the same thread id.  A claim that is not by an old proof first reads a byte
 * through a descriptor of /proc/PID/mem, which stays with the memory it was opened for.
 */
#ifndef PYREC_REMOTE_REST_H
#define PYREC_REMOTE_REST_H

#include "ahead.h"
#include "record/sample/still.h"
#include "tasks.h"

enum { REST_WHY_MAX = 128 };

/* All of it belongs to one sampler thread, whose affinity it changes, but before that to its maker. */
struct rest {
    struct still still;
    struct ahead ahead; /* has the runtime */
    struct tasks tasks;
    int space;             /* descriptor of /proc/PID/mem */
    int cpu;               /* where the sampler is pinned to, or -1 */
    bool accounts, doubts; /* the kernel keeps them; there is no way to know */
};

/*
 * Begins with a process; `runtime` is copied, and its memory is closed with the rest, not before.  NULL without memory
 * or rights, with errno set.  rest_free takes NULL; a sampler that took the rest over frees it as it ends.
 */
struct rest *rest_new(pid_t pid, const struct walk_runtime *runtime);
void rest_free(struct rest *);

/* Whether samples of the process can only be doubted; `why` (REST_WHY_MAX bytes) then says why. */
bool rest_doubts(const struct rest *, char *why);

#endif
