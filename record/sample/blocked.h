/*
 * blocked: what a thread that does not run waits for
 *
 * The kernel shows the system call a thread is blocked in, with its arguments, as /proc/PID/task/TID/syscall, and
 * "running" of a thread that is not blocked, be it on a CPU or not (proc(5); fs/proc/base.c, proc_pid_syscall).  To
 * read it takes the right to ptrace the process, which its own threads have always (ptrace(2), "Ptrace access mode
 * checking"); but the file is root's where the process is not dumpable (PR_SET_DUMPABLE).
 */
#ifndef PYREC_SAMPLE_BLOCKED_H
#define PYREC_SAMPLE_BLOCKED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens the file of a thread, `process` being "self" or a process id; -1 with errno.  Close-on-exec. */
int blocked_open(const char *process, pid_t tid);

/* The address of the futex that the thread of that file waits on; 0 if it does not.  False if that is not known. */
bool blocked_futex(int fd, uint64_t *address);

#endif
