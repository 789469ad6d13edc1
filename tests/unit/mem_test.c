/*
 * mem_test: all ways to read memory, process_vm_writev (the own one), process_vm_readv and /proc/PID/mem
 */
#include "record/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { PIECES = 1000, PAGE = 4096, LARGE = 300 * 1000 };

static uint64_t address_of(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

/* More pieces than one system call takes, the whole of them and with one that is not there. */
static void check_pieces(const struct mem *m, const char *way)
{
    static uint32_t from[PIECES], into[PIECES];
    static struct mem_piece pieces[PIECES];
    size_t same = 0;
    for (uint32_t i = 0; i < PIECES; i++) {
        from[i] = i * 2654435761u;
        pieces[i] = (struct mem_piece){address_of(&from[i]), &into[i], sizeof into[i]};
    }
    ok(m->readv(m, pieces, PIECES) == PIECES && memcmp(from, into, sizeof from) == 0, "%s: %d pieces", way, PIECES);
    memset(into, 0, sizeof into);
    pieces[300].addr = UINT64_MAX - 15;
    ok(m->readv(m, pieces, PIECES) == 300, "%s: the pieces before one that can not be there", way);
    pieces[300].addr = 16;
    ok(m->readv(m, pieces, PIECES) == 300, "%s: the pieces before one that is not there", way);
    while (same < 300 && into[same] == from[same])
        same++;
    ok(same == 300, "%s: were read", way);
    pieces[300].len = 0;
    ok(m->readv(m, pieces, PIECES) == PIECES, "%s: a piece of no bytes needs no memory", way);
    ok(m->readv(m, pieces, 0) == 0, "%s: no pieces", way);
}

/* Pieces of all sizes, the sum of them many times what fits into one call. */
static void check_sizes(const struct mem *m, const char *way)
{
    static unsigned char from[LARGE], into[LARGE];
    struct mem_piece pieces[] = {
        {address_of(from), into, 7},
        {address_of(from) + 7, into + 7, 60 * 1000},
        {address_of(from) + 60007, into + 60007, 60 * 1000},
        {address_of(from) + 120007, into + 120007, 150 * 1000},
        {address_of(from) + 270007, into + 270007, LARGE - 270007},
    };
    size_t n = sizeof pieces / sizeof *pieces;
    for (size_t i = 0; i < LARGE; i++)
        from[i] = (unsigned char)(i * 2654435761u >> 16);
    memset(into, 0, sizeof into);
    ok(m->readv(m, pieces, n) == n && memcmp(from, into, LARGE) == 0, "%s: pieces of all sizes", way);
}

static void check_reader(const struct mem *m, const char *way)
{
    char into[2 * PAGE] = "";
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + PAGE, PAGE);
    memset(pages, 'x', PAGE);
    ok(mem_read(m, address_of(pages), into, PAGE) && memcmp(into, pages, PAGE) == 0, "%s: a page", way);
    ok(!mem_read(m, address_of(pages) + 1, into, PAGE), "%s: not over its end", way);
    ok(!mem_read(m, 0, into, 1) && !mem_read(m, UINT64_MAX, into, 1) && !mem_read(m, UINT64_MAX - 7, into, 16),
       "%s: not where nothing can be", way);
    check_pieces(m, way);
    check_sizes(m, way);
    munmap(pages, PAGE);
}

/* Makes a system call fail as in a container that forbids it. */
static bool forbid(unsigned int call)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* The own memory, whichever way mem_open chooses now. */
static void check_own(const char *way)
{
    struct mem m;
    ok(mem_open(&m, getpid()) == 0, "%s: the own memory is opened", way);
    check_reader(&m, way);
    mem_close(&m);
    ok(m.fd == -1 && !m.bounce, "%s: and closed", way);
}

/* Children have the memory that their parent had at the fork. */
static void check_fork(void)
{
    static int there;
    int into, status = 1;
    struct mem m;
    there = 42;
    pid_t child = fork();
    if (child == 0) {
        there = 43;
        _exit(mem_open(&m, getpid()) == 0 && mem_read(&m, address_of(&there), &into, sizeof into) && into == 43 ? 0
                                                                                                                : 1);
    }
    waitpid(child, &status, 0);
    ok(status == 0, "a fork opens its own");
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    there = 44;
    ok(mem_open(&m, child) == 0 && !m.bounce, "another process is opened");
    ok(mem_read(&m, address_of(&there), &into, sizeof into) && into == 42, "its memory is read, not the own");
    mem_close(&m);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ok(mem_open(&m, child) == -1 && (errno == ESRCH || errno == ENOENT), "a process that has gone is not opened");
}

int main(void)
{
    struct mem m;
    check_own("as the system allows");
    check_fork();

    ok(forbid(SYS_process_vm_writev), "process_vm_writev is forbidden");
    ok(mem_open(&m, getpid()) == 0 && !m.bounce, "the own memory needs no bounce then");
    mem_close(&m);
    check_own("without process_vm_writev");

    ok(forbid(SYS_process_vm_readv), "process_vm_readv is forbidden");
    ok(mem_open(&m, getpid()) == 0, "/proc/PID/mem is opened");
    ok(m.fd >= 200 && (fcntl(m.fd, F_GETFD) & FD_CLOEXEC), "its descriptor %d is high and close-on-exec", m.fd);
    int fd = m.fd;
    mem_close(&m);
    ok(fcntl(fd, F_GETFD) == -1, "and closed");
    check_own("/proc/PID/mem");
    return done_testing();
}
