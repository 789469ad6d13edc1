/*
 * floor: what waking up costs on this machine, with nothing else done: the price below which no sampler can be
 *
 *     floor RATE SECONDS
 *
 * A thread counts on one CPU; another disturbs it RATE times a second in turns of ways, each turn beside one without:
 *
 *     wake    by waking up on the same CPU, which preempts it
 *     signal  by a signal that its handler ignores
 *     other   by waking up on another CPU, where there is one: what the timer alone costs
 *     handed  by waking up on the same CPU, called by a thread that woke up on another one
 *
 * Prints for each `WAY EVENTS SCHEDULED LOSS`: events that took place and were due, and the share of its speed that
 * the counting thread lost, the median of the turns.
 */
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 5, SECOND = 1000000000 };
enum way { NOTHING, WAKE, SIGNAL, OTHER, HANDED, WAYS };

struct floor {
    uint64_t period, turn; /* ns */
    int cpu, other_cpu;    /* the counting thread's, and one that is not */
    _Atomic uint64_t count;
    _Atomic int tid;        /* of the counting thread */
    _Atomic uint32_t calls; /* to the thread that waits on the counting one's CPU: a futex */
    atomic_bool stop;
};

/* What one turn came to. */
struct turn {
    double speed; /* counts a ns */
    uint64_t events, scheduled;
};

static void *count_up(void *arg);
static void *answer_calls(void *arg);
static void call(struct floor *);
static struct turn disturb(struct floor *, enum way);
static int compare(const void *, const void *);

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void ignore(int number)
{
    (void)number;
}

static void print_way(struct floor *floor, enum way way, const char *name)
{
    double losses[TURNS];
    uint64_t events = 0, scheduled = 0;

    for (int i = 0; i < TURNS; i++) {
        double base = disturb(floor, NOTHING).speed;
        struct turn turn = disturb(floor, way);
        losses[i] = 1 - turn.speed / base;
        events += turn.events;
        scheduled += turn.scheduled;
    }
    qsort(losses, TURNS, sizeof *losses, compare);
    printf("%s %" PRIu64 " %" PRIu64 " %.6f\n", name, events, scheduled, losses[TURNS / 2]);
}

int main(int argc, char **argv)
{
    struct floor floor = {0};
    cpu_set_t cpus;
    pthread_t thread, called;

    if (argc != 3 || atol(argv[1]) <= 0) {
        fprintf(stderr, "usage: floor rate seconds\n");
        return 2;
    }
    floor.period = (uint64_t)(SECOND / atol(argv[1]));
    floor.turn = (uint64_t)(atof(argv[2]) * SECOND / (2 * WAYS * TURNS));
    floor.cpu = floor.other_cpu = -1;
    sched_getaffinity(0, sizeof cpus, &cpus);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET((unsigned)cpu, &cpus)) {
            floor.other_cpu = floor.cpu;
            floor.cpu = cpu;
        }
    }
    signal(SIGRTMIN, ignore);
    prctl(PR_SET_TIMERSLACK, 1);
    if (pthread_create(&thread, NULL, count_up, &floor) != 0 ||
        pthread_create(&called, NULL, answer_calls, &floor) != 0)
        return 1;
    while (!atomic_load(&floor.tid))
        sched_yield();
    print_way(&floor, WAKE, "wake");
    print_way(&floor, SIGNAL, "signal");
    if (floor.other_cpu >= 0) {
        print_way(&floor, OTHER, "other");
        print_way(&floor, HANDED, "handed");
    }
    atomic_store(&floor.stop, true);
    call(&floor);
    pthread_join(thread, NULL);
    pthread_join(called, NULL);
    return 0;
}

static void *count_up(void *arg)
{
    struct floor *floor = arg;

    pin(floor->cpu);
    atomic_store(&floor->tid, gettid());
    while (!atomic_load_explicit(&floor->stop, memory_order_relaxed)) {
        for (volatile int i = 0; i < 50; i++)
            continue;
        uint64_t count = atomic_load_explicit(&floor->count, memory_order_relaxed);
        atomic_store_explicit(&floor->count, count + 1, memory_order_relaxed);
    }
    return NULL;
}

static void *answer_calls(void *arg)
{
    struct floor *floor = arg;

    pin(floor->cpu);
    while (!atomic_load(&floor->stop)) {
        uint32_t seen = atomic_load(&floor->calls);
        syscall(SYS_futex, &floor->calls, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    return NULL;
}

static void call(struct floor *floor)
{
    atomic_fetch_add(&floor->calls, 1);
    syscall(SYS_futex, &floor->calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Runs one turn.  A deadline that has passed when it is looked at is left out. */
static struct turn disturb(struct floor *floor, enum way way)
{
    uint64_t period = way == NOTHING ? floor->turn : floor->period;
    struct turn turn = {0};

    pin(way == WAKE || floor->other_cpu < 0 ? floor->cpu : floor->other_cpu);
    uint64_t start = now(), before = atomic_load(&floor->count), deadline = start, end = start + floor->turn;
    while (deadline < end) {
        uint64_t passed = (now() - deadline) / period;
        deadline += (passed + 1) * period;
        struct timespec at = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        turn.events++;
        if (way == SIGNAL)
            syscall(SYS_tgkill, getpid(), atomic_load(&floor->tid), SIGRTMIN);
        if (way == HANDED)
            call(floor);
    }
    turn.scheduled = (deadline - start) / period;
    turn.speed = (double)(atomic_load(&floor->count) - before) / (double)(now() - start);
    return turn;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}
