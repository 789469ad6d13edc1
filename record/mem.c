#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Pieces a system call: 4 KiB of iovecs on the stack, as the reader may run on a small one. */
enum { BATCH = 128 };

/* Descriptors the program is unlikely to reach or to care about, best first (the usual soft limit is 1024). */
static const int high_descriptors[] = {1000, 500, 200};

/* How many of the pieces the first `bytes` bytes fill. */
static size_t whole_pieces(const struct mem_piece *pieces, size_t n, size_t bytes)
{
    size_t whole = 0;
    while (whole < n && pieces[whole].len <= bytes)
        bytes -= pieces[whole++].len;
    return whole;
}

/* process_vm_readv(2) stops at the first remote iovec it cannot read whole. */
static size_t readv_syscall(const struct mem *m, const struct mem_piece *pieces, size_t n)
{
    struct iovec local[BATCH], remote[BATCH];
    size_t done = 0;
    while (done < n) {
        size_t batch = n - done < BATCH ? n - done : BATCH;
        for (size_t i = 0; i < batch; i++) {
            const struct mem_piece *p = &pieces[done + i];
            local[i] = (struct iovec){p->into, p->len};
            remote[i] = (struct iovec){(void *)(uintptr_t)p->addr, p->len};
        }
        long got = syscall(SYS_process_vm_readv, m->pid, local, batch, remote, batch, 0UL);
        size_t whole = got < 0 ? 0 : whole_pieces(pieces + done, batch, (size_t)got);
        done += whole;
        if (whole < batch)
            break;
    }
    return done;
}

static size_t readv_file(const struct mem *m, const struct mem_piece *pieces, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const struct mem_piece *p = &pieces[done];
        ssize_t got = p->len ? pread(m->fd, p->into, p->len, (off_t)p->addr) : 0;
        if (got < 0 || (size_t)got < p->len)
            break;
        done++;
    }
    return done;
}

/* Whether process_vm_readv works on the process: address 1 is never mapped, so the right answer is EFAULT. */
static bool syscall_works(pid_t pid)
{
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)1, 1};
    return syscall(SYS_process_vm_readv, pid, &local, 1UL, &remote, 1UL, 0UL) >= 0 || errno == EFAULT;
}

static int move_high(int fd)
{
    for (size_t i = 0; i < sizeof high_descriptors / sizeof *high_descriptors; i++) {
        int high = fcntl(fd, F_DUPFD_CLOEXEC, high_descriptors[i]);
        if (high >= 0) {
            close(fd);
            return high;
        }
    }
    return fd;
}

int mem_open(struct mem *m, pid_t pid)
{
    *m = (struct mem){.readv = readv_syscall, .pid = pid, .fd = -1};
    if (syscall_works(pid))
        return 0;
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == EACCES)
            errno = EPERM;
        return -1;
    }
    m->readv = readv_file;
    m->fd = move_high(fd);
    return 0;
}

void mem_close(struct mem *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}

bool mem_read(const struct mem *m, uint64_t addr, void *into, size_t len)
{
    struct mem_piece piece = {addr, into, len};
    return m->readv(m, &piece, 1) == 1;
}
