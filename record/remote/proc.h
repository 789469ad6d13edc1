/*
 * proc: what Linux says of a process under /proc (proc(5))
 *
 * Small questions with small answers, each asked anew.  A process may end at any time: then the answer is that there
 * is none.  Text in these files may come from the process itself, its name for one, and is foreign.
 */
#ifndef PYREC_REMOTE_PROC_H
#define PYREC_REMOTE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads /proc/PID/`name`, at most `room` - 1 bytes, and terminates it; -1 with errno set if that cannot be done,
 * else how many there were.
 */
ssize_t proc_read(pid_t pid, const char *name, char *into, size_t room);

/*
 * The value of a line "KEY:\tVALUE" of /proc/PID/`name` ("status", "task/12/status"), copied to `value`; false if
 * there is none.
 */
bool proc_field(pid_t pid, const char *name, const char *key, char *value, size_t room);

/* A number from such a line, in the given base; `missing` if there is none. */
unsigned long proc_number(pid_t pid, const char *name, const char *key, int base, unsigned long missing);

/* When it started, in clock ticks since the boot: with its id, a process's identity; 0 if it has ended. */
uint64_t proc_start(pid_t pid);

/*
 * A descriptor of the process's memory (/proc/PID/mem), which stays with that memory: once the process has ended or
 * become another program, there is nothing to be read any more.  -1 with errno set.
 */
int proc_open_space(pid_t pid);

/* Whether `address` is still there. */
bool proc_has(int space, uint64_t address);

/* One mapping of a file from its very beginning, where an ELF image may lie. */
struct proc_image {
    uint64_t base;
    const char *path; /* as the process sees it; valid during the call */
};

/* Calls `each` for every such mapping, until one returns true; whether one did. */
bool proc_images(pid_t pid, bool (*each)(void *context, const struct proc_image *), void *context);

/* Calls `each` for every child of every thread of the process. */
void proc_children(pid_t pid, void (*each)(void *context, pid_t child), void *context);

/* Calls `each` for every thread of the process. */
void proc_threads(pid_t pid, void (*each)(void *context, pid_t tid), void *context);

#endif
