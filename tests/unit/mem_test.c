/*
 * mem_test: both ways to read memory, process_vm_readv and /proc/PID/mem
 */
#include "record/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { PIECES = 1000, PAGE = 4096 };

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
    pieces[300].addr = 16;
    ok(m->readv(m, pieces, PIECES) == 300, "%s: the pieces before one that is not there", way);
    while (same < 300 && into[same] == from[same])
        same++;
    ok(same == 300, "%s: were read", way);
    pieces[300].len = 0;
    ok(m->readv(m, pieces, PIECES) == PIECES, "%s: a piece of no bytes needs no memory", way);
    ok(m->readv(m, pieces, 0) == 0, "%s: no pieces", way);
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
    munmap(pages, PAGE);
}

/* Makes process_vm_readv fail as in a container that forbids it. */
static bool forbid_syscall(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(void)
{
    struct mem m;
    ok(mem_open(&m, getpid()) == 0, "the own memory is opened");
    check_reader(&m, m.fd < 0 ? "process_vm_readv" : "/proc/PID/mem, as this system has no other way");
    mem_close(&m);

    pid_t ended = fork();
    if (ended == 0)
        _exit(0);
    waitpid(ended, NULL, 0);
    ok(mem_open(&m, ended) == -1 && (errno == ESRCH || errno == ENOENT), "a process that has gone is not opened");

    if (!ok(forbid_syscall(), "process_vm_readv is forbidden"))
        return done_testing();
    ok(mem_open(&m, getpid()) == 0 && m.fd >= 0, "the own memory is opened all the same");
    ok(m.fd >= 200 && (fcntl(m.fd, F_GETFD) & FD_CLOEXEC), "its descriptor %d is high and close-on-exec", m.fd);
    check_reader(&m, "/proc/PID/mem");
    int fd = m.fd;
    mem_close(&m);
    ok(fcntl(fd, F_GETFD) == -1 && m.fd == -1, "and closed");
    return done_testing();
}
