/*
 * still: how the sampler knows that a stack stood still while it was read
 *
 * The caller makes a claim about a thread, reads what it wants, and asks whether the claim still holds; if it does,
 * the thread's Python stack did not change in between, so what was read of it is exact.  If not, it tries again in
 * the next way.  Nothing is sent to the thread, and nothing of it is changed.
 *
 * By its clock: a thread's CPU clock is exact (clock.h).  The same value before and after means that the thread did
 * not run for a nanosecond in between, wherever it is and whoever holds the GIL.
 *
 * By the GIL: a thread that runs without the GIL cannot touch its Python stack.  take_gil stores last_holder, and
 * counts a switch if that changes it, before the thread goes on (CPython, Python/ceval_gil.h, ceval_gil.c from 3.12).
 * So if the thread was not last_holder before and after, and no switch was counted, it did not have the GIL.  (Not
 * where interpreters with GILs of their own share a thread, nor in a free-threaded build.)
 *
 * By standing in its way: a thread that runs Python on another CPU has to be brought to a stop.  The sampler moves to
 * that very CPU; when it arrives, it runs there, so the thread does not.  The scheduler may give the thread another
 * CPU meanwhile: that shows on its clock.  The sampler stays, and at the next deadline it wakes on the CPU (pace.h)
 * where the GIL's holder most probably still is, which stops the holder at once.
 *
 * It must not stay behind, though.  Where sessions or control groups share the CPUs, a group's weight on a CPU follows
 * the load it has there: alone on a CPU that is busy with others, the sampler would starve.  So a late sampler follows.
 *
 * A claim rests on Linux's accounting: a guest whose kernel subtracts stolen time could, in theory, let a thread run
 * for a few ns on account of time stolen before.
 *
 * All this is for the own process.  What follows is written so that another process can be sampled by the same code:
 * a struct still names its way of knowing, and there is another in record/remote/rest.h.
 */
#ifndef PYREC_SAMPLE_STILL_H
#define PYREC_SAMPLE_STILL_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/walk/walk.h"

/* Ways to try before a thread counts as missed. */
enum { STILL_TRIES = 5 };

/* The sampler's place.  Belongs to the sampler thread, whose affinity it changes. */
struct still {
    const struct still_way *way;
    struct walk_runtime *runtime;
    pid_t pid; /* of the sampled process: the main thread's id */
};

/* A thread, as the walker and the kernel know it. */
struct still_thread {
    struct walk_thread walk;
    pid_t tid;
    void *account; /* the way's own, NULL at first */
};

struct still_claim {
    struct still_thread *thread;
    uint64_t cpu;        /* thread's CPU clock, ns */
    struct walk_gil gil; /* of its interpreter; all zero if it could not be read */
    bool by_gil;
    bool runs;      /* it would run now, but for the sampler */
    bool doubted;   /* there is no way to know: what is read may be torn */
    bool stands;    /* the rest is for another process (remote/rest.h): it did not run then */
    bool asleep;    /* nor since a time before */
    uint64_t turns; /* times that it was given a CPU */
};

/* What a way of knowing does; the functions below say what each is for. */
struct still_way {
    bool (*claim)(struct still *, struct still_thread *, int try, struct still_claim *);
    void (*will_walk)(struct still *, const struct still_claim *); /* may be NULL */
    bool (*holds)(const struct still *, const struct still_claim *);
    void (*follow)(struct still *, struct still_thread *);
    bool (*cpu)(struct still *, struct still_thread *, uint64_t *cpu);
    pid_t (*tid)(struct still *, const struct walk_thread *);
    bool (*futex)(struct still *, struct still_thread *, uint64_t *address);
    bool (*over)(struct still *);
    void (*forget)(struct still *, struct still_thread *); /* may be NULL */
    void (*end)(struct still *);                           /* may be NULL */
};

/* The way of the own process. */
struct still_own {
    struct still still;
    int64_t rseq;   /* from a pthread_t to the thread's struct rseq; 0: not registered by this libc */
    int tid_offset; /* where a pthread_t keeps its thread id (clock.h), before 3.11; -1: not known */
};

/* To be called in the sampler thread. */
void still_own_init(struct still_own *, struct walk_runtime *);

/*
 * Makes the claim of the given try, counted from 0.  False if there is no way to make it: the thread has ended, or
 * its CPU is out of the sampler's reach.
 */
static inline bool still_claim(struct still *self, struct still_thread *thread, int try, struct still_claim *claim)
{
    return self->way->claim(self, thread, try, claim);
}

/* The thread's stack is about to be read under the claim, and then still_holds to be asked: time to read ahead. */
static inline void still_will_walk(struct still *self, const struct still_claim *claim)
{
    if (self->way->will_walk)
        self->way->will_walk(self, claim);
}

/* Whether the thread's Python stack is what it was when the claim was made. */
static inline bool still_holds(const struct still *self, const struct still_claim *claim)
{
    return self->way->holds(self, claim);
}

/* Goes where the thread is, if that is another CPU. */
static inline void still_follow(struct still *self, struct still_thread *thread)
{
    self->way->follow(self, thread);
}

/* The thread's CPU clock, ns; false if it has ended. */
static inline bool still_cpu(struct still *self, struct still_thread *thread, uint64_t *cpu)
{
    return self->way->cpu(self, thread, cpu);
}

/* The kernel's id of a listed thread; 0 if it is not known (yet). */
static inline pid_t still_tid(struct still *self, const struct walk_thread *listed)
{
    return self->way->tid(self, listed);
}

/* The address of the futex that the thread is blocked on now, or 0; false if that cannot be known (blocked.h). */
static inline bool still_futex(struct still *self, struct still_thread *thread, uint64_t *address)
{
    return self->way->futex(self, thread, address);
}

/* Whether there is nothing left to sample: the program has ended.  A few system calls. */
static inline bool still_over(struct still *self)
{
    return self->way->over(self);
}

/* Frees the way itself, once all threads are forgotten. */
static inline void still_end(struct still *self)
{
    if (self->way->end)
        self->way->end(self);
}

/* Lets go of what is kept of a thread. */
static inline void still_forget(struct still *self, struct still_thread *thread)
{
    if (self->way->forget)
        self->way->forget(self, thread);
}

/* Whether the thread held the GIL when the claim was made. */
bool still_has_gil(const struct still_claim *);

/*
 * Whether a thread that does not have the GIL waits for it, or to see it pass on: it is blocked on one of the GIL's own
 * locks.  To be asked under the claim.  Where these are not known, only a GIL that nobody has makes an answer.
 */
enum still_wait { STILL_WAITS_NOT, STILL_WAITS_GIL, STILL_WAIT_UNKNOWN };
enum still_wait still_wait(struct still *, const struct still_claim *);

#endif
