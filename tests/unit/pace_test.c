/* pace and pacer: samplers wake at their deadlines, never before, with a pacer, without one, and whatever rings hold. */
#include <pthread.h>

#include "record/pacer.h"
#include "record/sample/clock.h"
#include "record/sample/pace.h"
#include "tests/unit/tap.h"

enum { PERIOD = 2000000, ROUNDS = 50, RINGS = 3, TRIES = 20 };

/* A sampler that only wakes. */
struct waker {
    struct ring_shared *ring;
    unsigned rounds, early, called;
};

static void *wake(void *arg)
{
    struct waker *self = arg;
    struct pace pace = {.ring = self->ring};
    uint64_t deadline = clock_now();

    for (self->rounds = 0; self->rounds < ROUNDS; self->rounds++) {
        uint32_t calls = atomic_load(&self->ring->calls);
        deadline += PERIOD;
        pace_wait(&pace, deadline, deadline + PERIOD);
        self->early += clock_now() < deadline;
        self->called += atomic_load(&self->ring->calls) != calls;
    }
    return NULL;
}

/* Lets RINGS samplers wake at once; whether all rounds came, none too early.  `called`: how many a pacer called. */
static bool run_wakers(struct ring_shared *rings, unsigned *called)
{
    pthread_t threads[RINGS];
    struct waker wakers[RINGS];
    bool fine = true;

    *called = 0;
    for (int i = 0; i < RINGS; i++) {
        wakers[i] = (struct waker){.ring = &rings[i]};
        pthread_create(&threads[i], NULL, wake, &wakers[i]);
    }
    for (int i = 0; i < RINGS; i++) {
        pthread_join(threads[i], NULL);
        fine &= wakers[i].rounds == ROUNDS && wakers[i].early == 0;
        *called += wakers[i].called;
    }
    return fine;
}

static void test_without_pacer(void)
{
    struct ring_shared rings[RINGS] = {0};
    unsigned called;

    ok(run_wakers(rings, &called), "without a pacer samplers wake at their deadlines");
    ok(called == 0, "nobody calls them");
}

static void test_with_pacer(struct pacer *pacer)
{
    struct ring_shared rings[RINGS] = {0};
    unsigned called;

    for (int i = 0; i < RINGS; i++)
        pacer_add(pacer, &rings[i]);
    while (!atomic_load(&rings[RINGS - 1].paced))
        pace_sleep(clock_now() + PERIOD);
    bool fine = run_wakers(rings, &called);
    for (int try = 0; try < TRIES && !called; try++)
        fine &= run_wakers(rings, &called);
    ok(fine, "with a pacer samplers wake at their deadlines");
    ok(called > 0, "it calls them, unless it was late: %u of %u times", called, RINGS * ROUNDS);

    for (int i = 0; i < RINGS; i++)
        pacer_remove(pacer, &rings[i]);
    ok(run_wakers(rings, &called), "after it has left them they wake by themselves");
    ok(called == 0, "it does not call them any more");
}

/* A ring says anything: the pacer still serves another one, and ends when it is told to. */
static void test_foreign(struct pacer *pacer)
{
    static const uint64_t values[] = {0, 1, UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63};
    struct ring_shared rings[RINGS] = {0}, foreign = {0};
    unsigned called;

    pacer_add(pacer, &foreign);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            atomic_store(&foreign.wanted, values[i]);
            atomic_store(&foreign.following, values[j]);
            pace_sleep(clock_now() + PERIOD);
        }
    }
    for (int i = 0; i < RINGS; i++)
        pacer_add(pacer, &rings[i]);
    ok(run_wakers(rings, &called), "a ring that holds nonsense disturbs no other");
    for (int i = 0; i < RINGS; i++)
        pacer_remove(pacer, &rings[i]);
    pacer_remove(pacer, &foreign);
}

/* Calls that do not come are not waited for. */
static void test_pacer_lost(void)
{
    struct ring_shared ring = {0};
    struct pace pace = {.ring = &ring};
    uint64_t deadline = clock_now() + PERIOD;

    atomic_store(&ring.paced, clock_now());
    pace_wait(&pace, deadline, deadline + PERIOD);
    ok(clock_now() >= deadline, "a sampler whose pacer was killed wakes after its deadline");
    ok(pace.alone_until > clock_now(), "and relies on itself for a while");
}

int main(void)
{
    struct pacer *pacer = pacer_new();

    test_without_pacer();
    test_pacer_lost();
    if (pacer) {
        test_with_pacer(pacer);
        test_foreign(pacer);
        pacer_free(pacer);
        ok(true, "the pacer ends");
    }
    pacer_add(NULL, NULL);
    pacer_remove(NULL, NULL);
    pacer_free(NULL);
    ok(true, "no pacer is no failure");
    return done_testing();
}
