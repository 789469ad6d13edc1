/*
 * threads: the threads of the process as the sampler knows them
 *
 * One entry a kernel thread that has a Python thread state, from its first appearance to its end.  Entries are found
 * by thread id, which the kernel does not give out twice in a short time; thread states and pthread_t are reused at
 * once. One thread uses it.
 */
#ifndef PYREC_SAMPLE_THREADS_H
#define PYREC_SAMPLE_THREADS_H

#include "record/ring.h"
#include "still.h"

enum { THREADS_MAX = 4096, THREADS_BUCKETS = 1024 };

struct thread {
    struct still_thread still;
    uint32_t id;               /* in the ring; 0: the entry is free */
    uint32_t next_in_bucket;   /* index + 1 */
    bool introduced;           /* RING_THREAD was written */
    uint64_t start, cpu_start; /* when it was first seen, and its CPU clock then */
    uint64_t round;            /* last round that listed it */
    uint64_t missing;          /* when it was first not listed, or 0 */
    uint64_t cpu_read;         /* its CPU clock as of its last sample; UINT64_MAX before the first */
    uint64_t cpu_round;        /* as of the last round */
    uint64_t named;            /* when its name was last looked up */
    uint64_t name_hash;
    struct walk_stack *stack;  /* what the walker reads into */
    struct ring_frame *frames; /* its last sample, outermost first */
    uint32_t depth, room;      /* of frames */
};

struct threads {
    struct thread entries[THREADS_MAX];
    uint32_t buckets[THREADS_BUCKETS]; /* index + 1 */
    uint32_t used;                     /* entries from here on were never used */
    uint32_t free;                     /* first of the list of free entries, through next_in_bucket: index + 1 */
    uint32_t last_id;
};

/* The entry of a thread; a new one, with `id` and `cpu_read` set, if there is none; NULL if there is no room. */
struct thread *threads_get(struct threads *, pid_t tid);

/* Forgets a thread. */
void threads_remove(struct threads *, struct thread *);

/* Forgets all threads, and has their way of knowing forget them. */
void threads_clear(struct threads *, struct still *);

/* Makes the thread's memory fit for a sample of `depth` frames, and for walking; false if there is none. */
bool threads_reserve(struct thread *, uint32_t depth);

#endif
