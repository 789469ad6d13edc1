#include "pace.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_LOOK = 500 * 1000 * 1000 /* ns */ };

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
