#include "sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "near.h"
#include "pace.h"
#include "pages.h"
#include "round.h"

enum {
    STACK_SIZE = 256 * 1024, /* the deepest reader takes 16 KiB (objects.h); libc's TLS is in it too */
    WHY_MAX = 128,
    BYTES_PER_DEADLINE = 1024, /* of the ring, for a second without a collector */
    RING_MIN = 1 << 20,
    RING_MAX = 16 << 20,
    SLICE = 100 * 1000,             /* ns, the shortest that Linux gives */
    LOOK_MIN = 1000 * 1000,         /* ns between looks at an interpreter that is not ready, at first */
    LOOK_MAX = 10 * 1000 * 1000,    /* and later */
    PHASE_ROUNDS = 8,               /* deadlines that keep one phase: fewer cost the stream more bytes */
    TORN_MAX = 200,                 /* looks in a row at torn memory, till it is refused: a second or so */
    LOOK_ALONE = 500 * 1000 * 1000, /* ns without a thread that ran, till it asks whether there is one */
    DRAIN_WAIT = 100 * 1000 * 1000, /* ns between looks at a full ring that nobody empties */
};
static const uint64_t collector_gone_after = 5000000000u; /* ns without a heartbeat */

struct sampler {
    struct sampler_options options;
    struct walk_runtime runtime; /* of the own process, as is `own` */
    struct still_own own;
    struct still *still; /* that of the process that is sampled */
    struct ring_writer ring;
    uint64_t last_ran;       /* when it was last clear that the program lives */
    uint64_t deadlines;      /* so far */
    uint64_t random;         /* the last number, never 0 */
    struct walk_stack stack; /* for the check at the start */
    struct round round;
};

static uint64_t ring_capacity(uint64_t period)
{
    uint64_t wanted = 1000000000u / period * BYTES_PER_DEADLINE, capacity = RING_MIN;

    while (capacity < wanted && capacity < RING_MAX)
        capacity *= 2;
    return capacity;
}

/* Makes a sealed memfd and its mapping, which no fork inherits; -1 with errno. */
static int make_ring(const struct sampler_options *options, struct ring_writer *writer)
{
    uint64_t capacity = ring_capacity(options->period);
    size_t size = RING_HEADER_SIZE + capacity;
    int fd = memfd_create("pyrec", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    void *mapping = MAP_FAILED;
    if (ftruncate(fd, (off_t)size) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapping == MAP_FAILED) {
        close(fd);
        return -1;
    }
    madvise(mapping, size, MADV_DONTFORK);
    ring_writer_init(writer, mapping, capacity, options->period, options->start);
    return fd;
}

/* Whether there is nothing left to do: the collector said so, or the program has ended. */
static bool done(struct sampler *self)
{
    uint64_t now = clock_now();

    if (atomic_load_explicit(&self->ring.shared->stop, memory_order_relaxed))
        return true;
    if (self->last_ran < self->round.last_ran)
        self->last_ran = self->round.last_ran;
    if (now - self->last_ran < LOOK_ALONE)
        return false;
    self->last_ran = now;
    return still_over(self->still);
}

/*
 * Waits until Python runs; false if it is not as its layout says, or nobody wants to know any more.  A thread that
 * waits for a CPU in the middle of a change looks torn for as long as it waits, so that one look proves nothing.
 */
static bool await_python(struct sampler *self)
{
    char why[WHY_MAX];
    enum walk_result result;
    int torn = 0;
    uint64_t wait = self->options.period > LOOK_MIN ? self->options.period : LOOK_MIN;

    while ((result = walk_check(self->still->runtime, &self->stack, why, sizeof why)) != WALK_OK) {
        torn = result == WALK_TORN ? torn + 1 : 0;
        if (torn == TORN_MAX) {
            atomic_store(&self->ring.shared->refused, 1);
            return false;
        }
        if (done(self))
            return false;
        pace_sleep(clock_now() + wait);
        wait += wait < LOOK_MAX ? wait / 64 : 0;
    }
    return true;
}

/* Whether the ring is full because its reader is gone. */
static bool abandoned(const struct ring_shared *ring, uint64_t now)
{
    uint64_t heartbeat = atomic_load_explicit(&ring->heartbeat, memory_order_relaxed);

    if (heartbeat < ring->start)
        heartbeat = ring->start;
    return now > heartbeat && now - heartbeat > collector_gone_after;
}

/* The next of a sequence of pseudo-random numbers (George Marsaglia, Xorshift RNGs, 2003). */
static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

/*
 * The time from one deadline to the next: a period, but each PHASE_ROUNDS'th time as much as two thirds of a period more
 * or less, so that a program of the sampler's own period is met in all of its phases.
 */
static uint64_t interval(struct sampler *self)
{
    uint64_t period = self->options.period;

    if (++self->deadlines % PHASE_ROUNDS)
        return period;
    uint64_t random = next_random(&self->random);
    uint64_t step = period / 3 + (random >> 1) % (period / 3);
    return random & 1 ? period + step : period - step;
}

/* The first deadline after `due` that is not before `earliest`; counts those in between. */
static uint64_t deadline_after(struct sampler *self, uint64_t due, uint64_t earliest, uint64_t *passed)
{
    uint64_t next = due + interval(self);

    *passed = 0;
    if (next < earliest) {
        *passed = (earliest - next + self->options.period - 1) / self->options.period;
        next += *passed * self->options.period;
    }
    return next;
}

static void sample_until_stopped(struct sampler *self)
{
    struct ring_shared *ring = self->ring.shared;
    uint64_t late = 0, took_before = 0, passed, due = clock_now() + self->options.period;

    self->random = due | 1;
    while (!done(self)) {
        if (atomic_load_explicit(&ring->paused, memory_order_relaxed)) {
            pace_pause(ring);
            due = clock_now() + self->options.period;
            took_before = 0;
            continue;
        }
        pace_sleep(due);
        uint64_t begin = clock_now();
        bool recorded = round_run(&self->round, due, late);
        uint64_t end = clock_now(), took = end - begin;
        uint64_t earliest = end + (took < took_before ? took : took_before);

        took_before = took;
        late = recorded ? 0 : late + 1;
        if (!recorded) {
            atomic_fetch_add_explicit(&ring->overflows, 1, memory_order_relaxed);
            if (abandoned(ring, end))
                earliest = end + DRAIN_WAIT;
        }
        due = deadline_after(self, due, earliest, &passed);
        late += passed;
        atomic_fetch_add_explicit(&ring->late, passed, memory_order_relaxed);
    }
}

/*
 * Asks for the shortest slice of CPU time: who asks for less gets it sooner (Linux 6.12, sched_setattr(2); earlier
 * ones pass over it).  Priority and policy stay what the process has.
 */
static void ask_for_short_slice(void)
{
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attr = {0};

    if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) != 0)
        return;
    attr.runtime = SLICE;
    if (attr.policy == SCHED_OTHER)
        syscall(SYS_sched_setattr, 0, &attr, 0);
}

/* Ends a sampler for good.  The agent's stays: the agent looks at its ring till the end. */
static void sampler_free(struct sampler *self)
{
    threads_clear(&self->round.threads, self->still);
    codes_clear(&self->round.codes);
    still_end(self->still);
    if (!self->options.other)
        mem_close(&self->runtime.mem);
    munmap(self->ring.shared, RING_HEADER_SIZE + self->ring.capacity);
    pages_free(self, sizeof *self);
}

static void *sampler_main(void *arg)
{
    struct sampler *self = arg;

    prctl(PR_SET_NAME, "pyrec");
    prctl(PR_SET_TIMERSLACK, 1);
    ask_for_short_slice();
    if (!self->still) {
        self->runtime.mem.pid =
            (pid_t)syscall(SYS_gettid); /* the main thread may end before, and its id then leads to no memory */
        still_own_init(&self->own, &self->runtime);
        self->still = &self->own.still;
    }
    if (await_python(self)) {
        round_init(&self->round, self->still, &self->ring);
        sample_until_stopped(self);
    }
    if (self->options.other || self->options.ends)
        sampler_free(self);
    return NULL;
}

/* Starts the thread with all signals blocked, as it inherits the mask. */
static int start_thread(struct sampler *self)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &attr, sampler_main, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

int sampler_start(const struct sampler_options *options, struct ring_shared **ring)
{
    struct sampler *self = pages_new(sizeof *self);
    if (!self)
        return -1;

    self->options = *options;
    self->still = options->other;
    self->runtime = (struct walk_runtime){.layout = options->layout, .address = options->runtime};
    bool readable = options->other || near_open(&self->runtime.mem, options->runtime) == 0;
    int fd = readable ? make_ring(options, &self->ring) : -1;
    if (fd < 0) {
        pages_free(self, sizeof *self);
        return -1;
    }
    *ring = self->ring.shared;
    int error = start_thread(self);
    if (error) {
        munmap(self->ring.shared, RING_HEADER_SIZE + self->ring.capacity);
        pages_free(self, sizeof *self);
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}
