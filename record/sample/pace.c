#include "pace.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    PAUSE_LOOK = 500 * 1000 * 1000,  /* ns */
    PACED_WITHIN = 50 * 1000 * 1000, /* ns: a pacer looks at a ring more often than that */
    LATE_MIN = 100 * 1000,           /* ns after a deadline: what a good pacer needs, in a virtual machine too */
    ALONE_MIN = 50 * 1000 * 1000,    /* ns, till a pacer that was late is tried again, at first */
    PATIENCE = 5 * 1000 * 1000,      /* ns after a deadline: later than the kernel's own tick, so it sets no timer */
};

void pace_sleep(uint64_t deadline)
{
    struct timespec at = {.tv_sec = (time_t)(deadline / 1000000000u), .tv_nsec = (long)(deadline % 1000000000u)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

void pace_pause(struct ring_shared *ring)
{
    const struct timespec limit = {.tv_nsec = PAUSE_LOOK};

    syscall(SYS_futex, &ring->paused, FUTEX_WAIT, 1, &limit, NULL, 0);
}
