/*
 * mem: reading memory that may not be there
 *
 * Everything the walker reads, it reads through a struct mem: bytes of the own process (the agent) or of another one
 * (attach).  A reader never faults: an address that is not mapped is an error, not a signal.  What was read is a
 * copy, possibly torn, and foreign: every pointer and length in it is a claim to be checked.
 *
 * Signal safety: the readers made here use no lock, no malloc and no stdio; one struct mem belongs to one thread, and
 * to the process that opened it: a fork opens its own.
 */
#ifndef PYREC_MEM_H
#define PYREC_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One piece of a scattered read: `len` bytes at `addr` go to `into`. */
struct mem_piece {
    uint64_t addr;
    void *into;
    size_t len;
};

/* A way to read memory.  Filled by one of the mem_open_ functions, passed by pointer, closed by mem_close. */
struct mem {
    /* Reads the pieces in order; returns how many of them, from the first, were read whole. */
    size_t (*readv)(const struct mem *, const struct mem_piece *, size_t n);
    pid_t pid;    /* whose memory */
    int fd;       /* of /proc/PID/mem, or -1 */
    void *bounce; /* pages that reads of the own memory go through, or NULL */
};

/*
 * Opens the memory of process `pid` (the own pid included).  Tries process_vm_readv(2) and, where a seccomp filter or
 * a kernel without it refuses, /proc/PID/mem; the own memory is read by process_vm_writev(2) where that works, up to
 * seven times as fast (mem.c).  Returns 0, or -1 with errno set (EPERM: no right to ptrace it).  The descriptor, if one
 * is needed, is close-on-exec and numbered high, out of the way of the program's own.
 *
 * mem_close takes a closed one too, or one that is all zero but for a `fd` of -1.
 */
int mem_open(struct mem *, pid_t pid);
void mem_close(struct mem *);

/* Reads `len` bytes at `addr`; true if all of them were there. */
bool mem_read(const struct mem *, uint64_t addr, void *into, size_t len);

#endif
