#include "round.h"

#include <string.h>

#include "clock.h"
#include "sample.h"
#include "tell.h"

enum {
    MISSED_SIZE = sizeof(struct ring_record) + sizeof(struct ring_missed),
    ROUND_SIZE = sizeof(struct ring_record) + sizeof(struct ring_round),
    PAD_SIZE = 64,          /* lost at the ring's end to records as small as these */
    CONTENDED = 200 * 1000, /* ns: who wakes later than that had to wait for a CPU */
    ROUNDS_MISSING = 8,     /* a list may be torn: a thread is gone when so many lists lack it */
};

void round_init(struct round *self, struct still *still, const struct ring_writer *ring)
{
    self->runtime = still->runtime;
    self->ring = *ring;
    self->still = still;
}

/*
 * Puts the entries of the listed threads into `present`.  Lists begin with the youngest.  A thread may have states in
 * several interpreters: it is known by the oldest.  Up to 3.12 the others mean nothing: a thread state bears the id of
 * the thread that made it until one runs, or in another interpreter for good (interp_run_string in
 * Modules/_xxsubinterpretersmodule.c), whoever runs it.
 */
static size_t find_present(struct round *self, size_t listed)
{
    bool true_ids = self->runtime->layout->minor >= 13;
    size_t n = 0;

    for (size_t i = 0; i < listed; i++) {
        pid_t tid = still_tid(self->still, &self->listed[i]);
        struct thread *thread = tid > 0 ? threads_get(&self->threads, tid) : NULL;
        if (!thread)
            continue;
        thread->still.walk = self->listed[i];
        thread->still.walk.several = true_ids && thread->round == self->number;
        if (thread->round != self->number)
            self->present[n++] = thread;
        thread->round = self->number;
        thread->missing = 0;
    }
    return n;
}

/* Moves the GIL's holders to the front: they have just been preempted by this thread's waking up. */
static void holders_first(struct round *self, size_t n)
{
    uint64_t interp = 0;
    size_t front = 0;
    struct walk_gil gil = {0};

    for (size_t i = 0; i < n; i++) {
        struct thread *thread = self->present[i];
        if (thread->still.walk.interp != interp) {
            interp = thread->still.walk.interp;
            if (walk_gil(self->runtime, interp, &gil) != WALK_OK)
                gil = (struct walk_gil){0};
        }
        if (gil.locked && gil.last_holder == thread->still.walk.tstate) {
            self->present[i] = self->present[front];
            self->present[front++] = thread;
        }
    }
}

/* Says goodbye to threads that are no longer listed. */
static void end_threads(struct round *self)
{
    for (uint32_t i = 0; i < self->threads.used; i++) {
        struct thread *thread = &self->threads.entries[i];
        uint64_t cpu;

        if (!thread->id || thread->round == self->number)
            continue;
        if (!thread->missing)
            thread->missing = self->time;
        bool gone = !still_cpu(self->still, &thread->still, &cpu);
        if ((gone || self->number - thread->round >= ROUNDS_MISSING) && tell_thread_end(self, thread)) {
            still_forget(self->still, &thread->still);
            threads_remove(&self->threads, thread);
        }
    }
}

bool round_run(struct round *self, uint64_t due, uint64_t late)
{
    uint64_t now = clock_now();
    size_t n = walk_threads(self->runtime, self->listed, THREADS_MAX);

    self->ring.spare = n * MISSED_SIZE;
    if (ring_room(&self->ring) < ROUND_SIZE + self->ring.spare + PAD_SIZE)
        return false;
    self->number++;
    self->time = now;
    struct ring_round head = {.time = now, .late = late};
    ring_write(&self->ring, RING_ROUND, &(struct ring_part){&head, sizeof head}, 1);

    n = self->npresent = find_present(self, n);
    self->ring.spare = n * MISSED_SIZE + PAD_SIZE;
    holders_first(self, n);
    for (size_t i = 0; i < n; i++) {
        if (tell_thread(self, self->present[i]))
            sample_take(self, self->present[i]);
        self->ring.spare -= MISSED_SIZE;
    }
    if (n > 0)
        tell_sys(self, self->present[0]);
    if (n > 0 && now > due + CONTENDED)
        still_follow(self->still, &self->present[0]->still);
    end_threads(self);
    self->previous = now;
    ring_publish(&self->ring);
    return true;
}

bool round_write(struct round *self, enum ring_type type, const struct ring_part *parts, size_t n)
{
    bool written = ring_write(&self->ring, type, parts, n);

    if (!written)
        atomic_fetch_add_explicit(&self->ring.shared->overflows, 1, memory_order_relaxed);
    return written;
}
