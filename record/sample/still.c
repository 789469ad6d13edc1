#include "still.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alone.h"
#include "blocked.h"
#include "clock.h"

/* glibc from 2.35 on registers a struct rseq for each thread and says where it is; older ones leave these NULL. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));

enum { RSEQ_CPU_ID = 4 }; /* offset in struct rseq (linux/rseq.h), part of the kernel's ABI */

static const struct still_way own_way;

void still_own_init(struct still_own *self, struct walk_runtime *runtime)
{
    *self = (struct still_own){.still = {.way = &own_way, .runtime = runtime, .pid = getpid()}, .tid_offset = -1};
    if (&__rseq_size && __rseq_size > 0) {
        const char *area = (const char *)__builtin_thread_pointer() + __rseq_offset;
        self->rseq = area - (const char *)pthread_self();
    }
}

/* The 39th field of the thread's stat, for want of rseq (proc(5)). */
static int cpu_from_proc(pid_t tid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return -1;
    line[len] = '\0';
    const char *at = strrchr(line, ')');
    for (int field = 3; at && field <= 39; field++)
        at = strchr(at + 1, ' ');
    return at ? atoi(at) : -1;
}

static int cpu_of(const struct still_own *self, const struct still_thread *thread)
{
    uint64_t area = thread->walk.pthread + (uint64_t)self->rseq;
    int32_t cpu = -1;

    if (self->rseq && mem_read(&self->still.runtime->mem, area + RSEQ_CPU_ID, &cpu, sizeof cpu) && cpu >= 0)
        return cpu;
    return cpu_from_proc(thread->tid);
}

/* Brings the calling thread to the CPU of another, on which it then runs. */
static bool move_to(const struct still_own *self, const struct still_thread *thread)
{
    int cpu = cpu_of(self, thread);
    cpu_set_t set;

    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return false;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

/* Whether only the thread itself can have had the GIL of late; also if that is not known, or which GIL it is. */
static bool last_had_gil(const struct still *self, const struct still_thread *thread)
{
    struct walk_gil gil;

    return thread->walk.several || walk_gil(self->runtime, thread->walk.interp, &gil) != WALK_OK || !gil.counted ||
           gil.last_holder == thread->walk.tstate;
}

static bool claim_own(struct still *self, struct still_thread *thread, int try, struct still_claim *claim)
{
    *claim = (struct still_claim){.thread = thread, .runs = try > 0};
    if (try > 0 && last_had_gil(self, thread) && !move_to((const struct still_own *)self, thread))
        return false;
    if (!clock_of_thread(thread->tid, &claim->cpu))
        return false;

    bool known = walk_gil_of(self->runtime, &thread->walk, &claim->gil) == WALK_OK && claim->gil.counted;
    claim->by_gil = try > 0 && known && !thread->walk.several && claim->gil.last_holder != thread->walk.tstate;
    return true;
}

static bool own_holds(const struct still *self, const struct still_claim *claim)
{
    uint64_t cpu;

    if (clock_of_thread(claim->thread->tid, &cpu) && cpu == claim->cpu)
        return true;
    if (!claim->by_gil)
        return false;

    struct walk_gil gil;
    atomic_thread_fence(memory_order_acquire); /* what was read of the stack was read before */
    return walk_gil(self->runtime, claim->thread->walk.interp, &gil) == WALK_OK &&
           gil.last_holder != claim->thread->walk.tstate && gil.switches == claim->gil.switches;
}

static bool own_cpu(struct still *self, struct still_thread *thread, uint64_t *cpu)
{
    (void)self;
    return clock_of_thread(thread->tid, cpu);
}

static pid_t own_tid(struct still *still, const struct walk_thread *listed)
{
    struct still_own *self = (struct still_own *)still;
    const struct walk_runtime *runtime = still->runtime;
    pid_t tid = listed->tid;

    if (tid || runtime->layout->minor >= 11)
        return tid;
    if (self->tid_offset < 0)
        self->tid_offset = clock_tid_offset(&runtime->mem, listed->pthread, still->pid);
    if (self->tid_offset < 0)
        return 0;
    return mem_read(&runtime->mem, listed->pthread + (uint64_t)self->tid_offset, &tid, sizeof tid) ? tid : 0;
}

static bool own_futex(struct still *self, struct still_thread *thread, uint64_t *address)
{
    int fd = blocked_open("self", thread->tid); /* not kept open: the program's descriptors are its own */
    bool known = fd >= 0 && blocked_futex(fd, address);

    (void)self;
    if (fd >= 0)
        close(fd);
    return known;
}

static bool own_over(struct still *self)
{
    (void)self;
    return alone_in_process();
}

static void own_follow(struct still *still, struct still_thread *thread)
{
    const struct still_own *self = (const struct still_own *)still;

    if (cpu_of(self, thread) != sched_getcpu())
        move_to(self, thread);
}

static const struct still_way own_way = {
    .claim = claim_own,
    .holds = own_holds,
    .follow = own_follow,
    .cpu = own_cpu,
    .tid = own_tid,
    .futex = own_futex,
    .over = own_over,
};

bool still_has_gil(const struct still_claim *claim)
{
    return claim->gil.locked && claim->gil.last_holder == claim->thread->walk.tstate;
}

enum still_wait still_wait(struct still *self, const struct still_claim *claim)
{
    const struct walk_gil *gil = &claim->gil;
    uint64_t futex;

    if (!gil->locks)
        return gil->locked ? STILL_WAIT_UNKNOWN : STILL_WAITS_NOT;
    if (!still_futex(self, claim->thread, &futex))
        return STILL_WAIT_UNKNOWN;
    return walk_gil_waited(self->runtime, gil, futex) ? STILL_WAITS_GIL : STILL_WAITS_NOT;
}
