/*
 * collect: the recorder's loop, from hellos and rings to the output
 *
 * It wakes at every tick, or sooner when a process ends or a signal comes; takes in processes that said hello; moves
 * what their rings hold into their sections; and ends the sections of those that are gone.  Ticks come often enough
 * that no ring is more than a part full at the rate seen last.
 *
 * SIGHUP has a keeper save what it keeps.  SIGUSR2 pauses the recording and SIGUSR1 resumes it; with a delay it begins paused.  The samplers sleep meanwhile.
 *
 * Whatever fails here, the program goes on: a ring that holds nonsense ends that process's section, an output that
 * fails ends the recording.
 */
#ifndef PYREC_COLLECT_H
#define PYREC_COLLECT_H

#include "greet.h"
#include "keep.h"
#include "output.h"
#include "process.h"
#include "program.h"
#include "recording.h"
#include "remote/attach.h"

#include <stdbool.h>
#include <stdint.h>

/* What to record; all of it the caller's, for as long as the collector lives. */
struct collect_plan {
    const struct recording *recording;
    struct greet *greet;   /* how processes become known: by hello, */
    struct attach *attach; /* or here, if they run already; one of the two, the other is NULL */
    struct output *output;
    struct keep *keep; /* what holds the stream back from the output until the end; NULL: nothing */
    struct program *program;
    uint64_t delay;    /* ns from the recording's start until sampling begins; UINT64_MAX: when a signal says so */
    uint64_t duration; /* ns from when sampling began; 0: until the program ends, or all that are attached to */
    bool wait;         /* for the last descendant, not only for the program */
    void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2))); /* one message to the user */
};

/* What came of it. */
struct collect_result {
    struct process_sums sums;
    uint64_t unprofiled; /* Pythons that could not be sampled */
    bool failed;         /* the output did, as was said */
};

/*
 * Records until the program (or its last descendant, or the duration) has ended, tells all samplers to stop, ends all
 * sections and closes the output, and the socket to newcomers.
 */
void collect_run(const struct collect_plan *, struct collect_result *);

/* Waits for what the plan says, passing on signals, and returns the program's status (wait(2)). */
int collect_wait(const struct collect_plan *);

#endif
