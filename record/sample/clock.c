#include "clock.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CPUCLOCK_SCHED = 2, CPUCLOCK_PERTHREAD = 4, PTHREAD_BYTES = 2048 };

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return nanoseconds(now);
}

bool clock_of_thread(pid_t tid, uint64_t *cpu)
{
    struct timespec time;
    clockid_t id = (clockid_t)(~(uint32_t)tid << 3 | CPUCLOCK_SCHED | CPUCLOCK_PERTHREAD);

    if (clock_gettime(id, &time) != 0)
        return false;
    *cpu = nanoseconds(time);
    return true;
}

int clock_tid_offset(const struct mem *mem, uint64_t other_pthread, pid_t other_tid)
{
    uint64_t own = (uint64_t)pthread_self();
    pid_t own_tid = (pid_t)syscall(SYS_gettid), tid;

    for (int at = 0; at < PTHREAD_BYTES; at += (int)sizeof tid) {
        if (!mem_read(mem, own + (uint64_t)at, &tid, sizeof tid))
            return -1;
        if (tid == own_tid && mem_read(mem, other_pthread + (uint64_t)at, &tid, sizeof tid) && tid == other_tid)
            return at;
    }
    return -1;
}
