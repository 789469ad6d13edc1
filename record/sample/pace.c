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
    LATE_MIN = 100 * 1000,           /* ns after a deadline: what a good pacer needs, in a virtual machine too */
    ALONE_MIN = 50 * 1000 * 1000,    /* ns, till a pacer that was late is tried again, at first */
    PATIENCE = 5 * 1000 * 1000,      /* ns after a deadline: later than the kernel's own tick, so it sets no timer */
};

static const uint64_t ALONE_MAX = 5000000000u; /* and later */

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

void pace_alone(struct ring_shared *ring, uint64_t deadline, uint64_t until)
{
    atomic_store(&ring->wanted, until > deadline ? until : deadline);
    pace_sleep(deadline);
}

static bool is_paced(const struct pace *self, uint64_t now)
{
    uint64_t paced = atomic_load_explicit(&self->ring->paced, memory_order_relaxed);

    return now >= self->alone_until && now - paced + PACED_WITHIN < 2 * (uint64_t)PACED_WITHIN;
}

/* Waits for a call, or for want of one until a while after the deadline. */
static void await_call(struct ring_shared *ring, uint64_t deadline, uint64_t following)
{
    uint32_t calls = atomic_load(&ring->calls);
    struct timespec limit = timespec_of(deadline + PATIENCE);
    long result = 0;

    atomic_store_explicit(&ring->following, following, memory_order_relaxed);
    atomic_store(&ring->wanted, deadline);
    while (atomic_load(&ring->calls) == calls && (result == 0 || errno != ETIMEDOUT))
        result = syscall(SYS_futex, &ring->calls, FUTEX_WAIT_BITSET, calls, &limit, NULL, FUTEX_BITSET_MATCH_ANY);
    atomic_store(&ring->wanted, 0);
}

/* Draws the conclusions from how late the call came. */
static void judge(struct pace *self, uint64_t late, uint64_t period)
{
    if (late <= LATE_MIN || late <= period / 4) {
        self->alone_for -= self->alone_for / 256;
        return;
    }
    self->alone_for = self->alone_for < ALONE_MIN ? ALONE_MIN : 2 * self->alone_for;
    if (self->alone_for > ALONE_MAX)
        self->alone_for = ALONE_MAX;
    self->alone_until = clock_now() + self->alone_for;
}

void pace_wait(struct pace *self, uint64_t deadline, uint64_t following)
{
    uint64_t now = clock_now();

    if (now >= deadline)
        return;
    if (!is_paced(self, now)) {
        pace_alone(self->ring, deadline, self->alone_until);
        return;
    }
    await_call(self->ring, deadline, following);
    now = clock_now();
    if (now < deadline) /* a foreign hand on the futex */
        pace_sleep(deadline);
    else
        judge(self, now - deadline, following - deadline);
}

void pace_pause(struct ring_shared *ring)
{
    const struct timespec limit = {.tv_nsec = PAUSE_LOOK};

    atomic_store(&ring->wanted, UINT64_MAX); /* no call from the pacer */
    syscall(SYS_futex, &ring->paused, FUTEX_WAIT, 1, &limit, NULL, 0);
    atomic_store(&ring->wanted, 0);
}
