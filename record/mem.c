#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Pieces a system call: 4 KiB of iovecs on the stack, as the reader may run on a small one. */
enum { BATCH = 128 };

/* Bytes of struct mem's bounce: a batch of the largest code objects fits (walk/codes.c). */
enum { BOUNCE = 64 * 1024 };

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

/* The pieces that go into one call: at most `most`, which fit into the bounce; fills in `source` and their bytes. */
static size_t gather(const struct mem_piece *pieces, size_t n, size_t most, struct iovec *source, size_t *bytes)
{
    size_t batch = 0;
    *bytes = 0;
    for (; batch < n && batch < most && pieces[batch].len <= BOUNCE - *bytes; batch++) {
        source[batch] = (struct iovec){(void *)(uintptr_t)pieces[batch].addr, pieces[batch].len};
        *bytes += pieces[batch].len;
    }
    return batch;
}

static void scatter(const unsigned char *from, const struct mem_piece *pieces, size_t n)
{
    for (size_t i = 0; i < n; from += pieces[i++].len)
        memcpy(pieces[i].into, from, pieces[i].len);
}

/*
 * Reads the own memory by writing it to oneself.  To process_vm_readv and process_vm_writev the local side is an
 * ordinary user buffer, copied with a check for faults; each iovec of the remote side has its pages looked up and
 * pinned (process_vm_rw_single_vec in Linux's mm/process_vm_access.c), which costs far more than copying what the
 * walker reads.  So the scattered side is made the local one, and the one remote iovec is the bounce.  (pwritev into
 * a memfd is faster yet, but the program may close that descriptor and open a file of its own under its number.)
 *
 * The count that comes back ends in the first piece that is not there.  An address that no user memory can have fails
 * a call as a whole, before it copies anything; then the pieces go one by one.
 */
static size_t readv_own(const struct mem *m, const struct mem_piece *pieces, size_t n)
{
    struct iovec source[BATCH];
    size_t done = 0, most = BATCH;
    while (done < n) {
        size_t bytes, batch = gather(pieces + done, n - done, most, source, &bytes);
        if (!batch) /* larger than the bounce */
            return done + readv_syscall(m, pieces + done, n - done);
        struct iovec bounce = {m->bounce, bytes};
        long got = syscall(SYS_process_vm_writev, m->pid, source, batch, &bounce, 1UL, 0UL);
        if (got < 0 && batch > 1) {
            most = 1;
            continue;
        }
        size_t whole = whole_pieces(pieces + done, batch, got < 0 ? 0 : (size_t)got);
        scatter(m->bounce, pieces + done, whole);
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

/* Goes over to readv_own if that reads what is there and refuses what is not. */
static void try_own(struct mem *m)
{
    static const char there = 'x';
    char read = 0;
    void *bounce = mmap(NULL, BOUNCE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bounce == MAP_FAILED)
        return;
    madvise(bounce, BOUNCE, MADV_DONTFORK);
    struct mem own = {.readv = readv_own, .pid = m->pid, .fd = -1, .bounce = bounce};
    if (mem_read(&own, (uint64_t)(uintptr_t)&there, &read, 1) && read == there && !mem_read(&own, 1, &read, 1))
        *m = own;
    else
        munmap(bounce, BOUNCE);
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
    if (syscall_works(pid)) {
        if (pid == getpid())
            try_own(m);
        return 0;
    }
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
    if (m->bounce)
        munmap(m->bounce, BOUNCE);
    m->fd = -1;
    m->bounce = NULL;
}

bool mem_read(const struct mem *m, uint64_t addr, void *into, size_t len)
{
    /* cppcheck-suppress ctuuninitvar ; it is filled, not used */
    struct mem_piece piece = {addr, into, len};
    return m->readv(m, &piece, 1) == 1;
}
