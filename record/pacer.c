#include "pacer.h"

#include "recording.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SHORTEST = 20 * 1000,       /* ns between looks at the rings, whatever they say */
    LONGEST = 10 * 1000 * 1000, /* a sampler without a call for PACED_WITHIN (sample/pace.c) helps itself */
    SPELL = 200 * 1000,         /* for a sampler that is awake and did not say what follows */
};

struct pacer {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct ring_shared **rings;
    size_t n, room;
    bool stop;
};

/* Calls the sampler that waits for `wanted`, if it still does. */
static void call(struct ring_shared *ring, uint64_t wanted)
{
    if (!atomic_compare_exchange_strong(&ring->wanted, &wanted, 0))
        return;
    atomic_fetch_add(&ring->calls, 1);
    syscall(SYS_futex, &ring->calls, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Calls the ring's sampler if it is due; when to look again. */
static uint64_t serve(struct ring_shared *ring, uint64_t now)
{
    uint64_t wanted = atomic_load(&ring->wanted);
    uint64_t following = atomic_load_explicit(&ring->following, memory_order_relaxed);

    atomic_store_explicit(&ring->paced, now, memory_order_relaxed);
    if (wanted > now)
        return wanted;
    if (wanted)
        call(ring, wanted);
    return following > now ? following : now + SPELL;
}

static uint64_t serve_all(struct pacer *self, uint64_t now)
{
    uint64_t next = now + LONGEST;

    for (size_t i = 0; i < self->n; i++) {
        uint64_t again = serve(self->rings[i], now);
        next = again < next ? again : next;
    }
    return next > now + SHORTEST ? next : now + SHORTEST;
}

static void *pace(void *arg)
{
    struct pacer *self = arg;
    bool stop = false;

    prctl(PR_SET_NAME, "pyrec-pacer");
    prctl(PR_SET_TIMERSLACK, 1);
    while (!stop) {
        pthread_mutex_lock(&self->lock);
        uint64_t next = serve_all(self, recording_clock());
        stop = self->stop;
        pthread_mutex_unlock(&self->lock);
        struct timespec at = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    }
    return NULL;
}

static int start_thread(struct pacer *self)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&self->thread, NULL, pace, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

struct pacer *pacer_new(void)
{
    cpu_set_t cpus;
    struct pacer *self = NULL;

    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 1)
        self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    pthread_mutex_init(&self->lock, NULL);
    if (start_thread(self) == 0)
        return self;
    pthread_mutex_destroy(&self->lock);
    free(self);
    return NULL;
}

void pacer_free(struct pacer *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->stop = true;
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_mutex_destroy(&self->lock);
    free(self->rings);
    free(self);
}

void pacer_add(struct pacer *self, struct ring_shared *ring)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    if (self->n == self->room) {
        size_t room = self->room ? 2 * self->room : 16;
        struct ring_shared **rings = reallocarray(self->rings, room, sizeof *rings);
        if (rings) {
            self->rings = rings;
            self->room = room;
        }
    }
    if (self->n < self->room)
        self->rings[self->n++] = ring;
    pthread_mutex_unlock(&self->lock);
}

void pacer_remove(struct pacer *self, struct ring_shared *ring)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->n; i++) {
        if (self->rings[i] == ring)
            self->rings[i--] = self->rings[--self->n];
    }
    pthread_mutex_unlock(&self->lock);
}
