/*
 * attach: samplers of processes that run already
 *
 * Takes the agent's place for processes that pyrec did not start: for each it starts a sampler thread, in pyrec, that
 * writes to a ring, and hands that to the collector with the hello an agent would have sent.  The processes are
 * neither stopped nor signalled, and nothing is written to their memory or left behind.
 *
 * A process that executes another program is looked at anew.  With `children`, so are all its descendants, now and as
 * they appear: every tenth of a second, and a process without Python, less and less often, every few seconds.
 */
#ifndef PYREC_REMOTE_ATTACH_H
#define PYREC_REMOTE_ATTACH_H

#include "record/greet.h"

#include <stdbool.h>

struct attach;

struct attach_plan {
    const pid_t *pids; /* the caller's, as long as attach_new runs */
    size_t n;
    bool children;   /* their descendants too */
    uint64_t period; /* ns */
    void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2)));
};

/*
 * Starts to sample the processes of the plan.  NULL if one of them cannot be sampled, or there is no memory; the
 * plan's `say` has told why.
 */
struct attach *attach_new(const struct attach_plan *);

/* Frees everything but the samplers that still run: they end when the collector stops them, or with pyrec. */
void attach_free(struct attach *);

/* The next process whose sampling began, as greet_next has it: 1, or 0 if there is none now. */
int attach_next(struct attach *, struct greeting *);

/* Whether all processes, with the descendants that count, have ended. */
bool attach_over(const struct attach *);

#endif
