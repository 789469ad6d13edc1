/*
 * tasks: kernel's thread ids, as seen from here, of Python threads in another process
 *
 * What the process stores of its threads are ids of its own pid namespace (pid_namespaces(7)), which "NSpid" of
 * /proc/PID/task/TID/status translates.  From 3.11 on CPython stores the id itself; before, only the pthread_t, and
 * where libc's struct pthread has the id is found by looking for one place that holds another id of the process in
 * each of its threads: no libc is known here, and the process's may be another than ours.
 */
#ifndef PYREC_REMOTE_TASKS_H
#define PYREC_REMOTE_TASKS_H

#include "record/walk/walk.h"

enum { TASKS_MAX = 4096 };

struct tasks {
    pid_t pid;
    bool foreign;   /* another pid namespace */
    int tid_offset; /* of a thread id in a struct pthread; -1: not known */
    uint64_t read;  /* when the list was read, ns */
    size_t n;
    struct task {
        pid_t inner, outer; /* id there and here */
    } list[TASKS_MAX];      /* by inner */
};

/* Begins with a process; not yet read. */
void tasks_init(struct tasks *, pid_t pid);

/* The id from here of a thread that the walker listed; 0 if it is not known (yet). */
pid_t tasks_tid(struct tasks *, const struct walk_runtime *, const struct walk_thread *listed);

#endif
