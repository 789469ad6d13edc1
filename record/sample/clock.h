/*
 * clock: CPU clocks of threads, and thread ids of pthreads
 *
 * Facts: the clock id of a thread's CPU time is (~tid << 3) | 6, as pthread_getcpuclockid(3) makes it (Linux,
 * include/linux/posix-timers_types.h: CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED).  Reading the clock of a thread that
 * runs brings its account up to the moment of reading (kernel/sched/core.c, task_sched_runtime): it grows with every
 * stretch the thread runs, however short, and stands while the thread does not run.
 */
#ifndef PYREC_SAMPLE_CLOCK_H
#define PYREC_SAMPLE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "record/mem.h"

/* CLOCK_MONOTONIC, ns. */
uint64_t clock_now(void);

/* CPU time of a thread of this process in ns; false if there is no such thread. */
bool clock_of_thread(pid_t tid, uint64_t *cpu);

/*
 * How far into glibc's struct pthread the thread id lies, for interpreters that do not store it (before 3.11): found
 * by looking for the calling thread's id in its own, and checked with another thread, whose pthread_t and id are
 * known.  -1 if there is no such place.
 */
int clock_tid_offset(const struct mem *, uint64_t other_pthread, pid_t other_tid);

#endif
