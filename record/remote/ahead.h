/*
 * ahead: reads in one go what was read last time
 *
 * A system call that reads another process's memory costs microseconds, most of them for the call, and a walk makes a
 * dozen, each led by the one before.  But from sample to sample a thread's stack mostly lies where it lay.  So a list
 * is kept for each thread of what was read last time, and when the thread is next proven to stand still, all of that
 * is read at once.  What is then asked for comes from there, or, if it is not there, from the process.
 *
 * What was read ahead counts only as long as the thread stands still: between ahead_start and ahead_stop.  At other
 * times every read goes to the process.
 */
#ifndef PYREC_REMOTE_AHEAD_H
#define PYREC_REMOTE_AHEAD_H

#include "record/walk/walk.h"

enum {
    AHEAD_LINE = 256, /* bytes; memory is noted and read in whole aligned lines */
    AHEAD_LINES = 64,
};

/* The lines one thread's last sample read, ascending.  All zero is an empty list. */
struct ahead_list {
    size_t n;
    uint64_t lines[AHEAD_LINES]; /* addresses divided by AHEAD_LINE */
};

/* One process, one thread that reads. */
struct ahead {
    struct walk_runtime runtime; /* for the walker: its `mem` reads as said above */
    struct mem far;              /* and this one directly */
    bool on;
    size_t nruns;
    struct ahead_run {
        uint64_t address;
        size_t size;
        unsigned char *bytes;
    } runs[AHEAD_LINES]; /* what was read ahead, ascending */
    unsigned char bytes[AHEAD_LINES * AHEAD_LINE];
    struct ahead_list noted; /* since ahead_start */
};

/* Begins with a process; `runtime` is copied, and its memory is closed with the struct. */
void ahead_open(struct ahead *, const struct walk_runtime *runtime);
void ahead_close(struct ahead *);

/* Reads what the list says, and notes what is asked for from now on. */
void ahead_start(struct ahead *, const struct ahead_list *);

/* Forgets what was read, and replaces the list by what was noted. */
void ahead_stop(struct ahead *, struct ahead_list *);

#endif
