#include "pace.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum {
    PAUSE_LOOK = 500 * 1000 * 1000,  /* ns */
    PACED_WITHIN = 50 * 1000 * 1000, /* ns: a pacer looks at a ring more often than that */
    PATIENCE = 5 * 1000 * 1000,      /* ns after a deadline: later than the kernel's own tick, so it sets no timer */
};

static struct timespec timespec_of(uint64_t time)
{
    return (struct timespec){.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};
}

void pace_sleep(uint64_t deadline)
{
    struct timespec at = timespec_of(deadline);

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

static bool is_paced(struct ring_shared *ring, uint64_t now)
{
    uint64_t paced = atomic_load_explicit(&ring->paced, memory_order_relaxed);

    return paced <= now ? now - paced < PACED_WITHIN : paced - now < PACED_WITHIN;
}

void pace_wait(struct ring_shared *ring, uint64_t deadline, uint64_t following)
{
    uint32_t calls = atomic_load(&ring->calls);

    if (!is_paced(ring, clock_now())) {
        pace_sleep(deadline);
        return;
    }
    struct timespec limit = timespec_of(deadline + PATIENCE);
    atomic_store_explicit(&ring->following, following, memory_order_relaxed);
    atomic_store(&ring->wanted, deadline);
    while (atomic_load(&ring->calls) == calls) {
        long result =
            syscall(SYS_futex, &ring->calls, FUTEX_WAIT_BITSET, calls, &limit, NULL, FUTEX_BITSET_MATCH_ANY);
        if (result != 0 && errno == ETIMEDOUT) {
            atomic_store(&ring->paced, 0);
            break;
        }
    }
    atomic_store(&ring->wanted, 0);
}

void pace_pause(struct ring_shared *ring)
{
    const struct timespec limit = {.tv_nsec = PAUSE_LOOK};

    atomic_store(&ring->wanted, UINT64_MAX); /* no call from the pacer */
    syscall(SYS_futex, &ring->paused, FUTEX_WAIT, 1, &limit, NULL, 0);
    atomic_store(&ring->wanted, 0);
}
