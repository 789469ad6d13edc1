/*
 * dump: the stacks of all threads of a running process, once, as text
 *
 * For the question "where does it hang?".  Each thread is read as a sample is (rest.h): the process is not stopped,
 * and a thread that runs is tried again, a bounded number of times, until it was read exactly.  The threads are read
 * one after the other, so their stacks belong to one moment only where nothing runs.
 *
 *     Process 4711: python server.py
 *     Python 3.11.7
 *
 *     Thread 4711 "MainThread": running, holds the GIL (most recent call last)
 *       File "server.py", line 12, in <module>
 *       File "server.py", line 7, in serve
 *
 *     Thread 4712 "Thread-1": waiting for the GIL (most recent call last)
 *       File "worker.py", line 3, in work
 *
 * Names and values are the process's own, and may hold anything: control characters and what is no UTF-8 are shown as \xNN.
 */
#ifndef PYREC_REMOTE_DUMP_H
#define PYREC_REMOTE_DUMP_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { DUMP_WHY_MAX = 320 };

/*
 * Writes the stacks of process `pid` to `out`.  0, or -1 with the reason in `why` (DUMP_WHY_MAX bytes) if the process
 * cannot be read or runs no Python.  `locals`: with the local variables of each frame (values.h).  A thread that could not be read is told of in the text.  May leave the calling
 * thread pinned to a CPU.
 */
int dump_process(FILE *out, pid_t pid, bool locals, char *why);

#endif
