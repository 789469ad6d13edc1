#include "engine.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "record/agent/hello.h"
#include "record/process.h"
#include "record/ring.h"
#include "record/sample/sampler.h"
#include "record/walk/walk.h"

enum {
    STACK_SIZE = 512 * 1024,
    TICK_MAX = 100 * 1000 * 1000, /* ns between looks at the ring; a ring holds the samples of a second or more */
    TICK_MIN = 2 * 1000 * 1000,
};
static const uint64_t FLUSH_AGE = 1000000000u; /* ns; a block takes some hundred bytes, however few its samples */

struct engine {
    struct recording recording;
    atomic_int users; /* the owner and the thread */
    atomic_bool stopping;
    _Atomic uint64_t stopped; /* when */
    atomic_size_t written;    /* bytes in `stream` */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    struct process *process;
    struct buffer stream;
    struct clocks clocks;
    bool ended;                /* the section is complete */
    struct pyprof_error error; /* the first one, or PYPROF_OK */
    _Alignas(8) uint8_t record[RING_RECORD_MAX];
};

static int take_bytes(void *context, const void *bytes, size_t size)
{
    struct engine *engine = context;

    buffer_put(&engine->stream, bytes, size);
    if (engine->stream.failed) {
        errno = ENOMEM;
        return -1;
    }
    atomic_store(&engine->written, engine->stream.size);
    return 0;
}

static void watch(void *context, const struct ring_record *record)
{
    struct engine *engine = context;

    clocks_watch(&engine->clocks, record);
}

static void release(struct engine *engine)
{
    if (atomic_fetch_sub(&engine->users, 1) > 1)
        return;
    process_free(engine->process);
    buffer_free(&engine->stream);
    clocks_free(&engine->clocks);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

static void keep_error(struct engine *engine, const struct pyprof_error *error)
{
    if (engine->error.code == PYPROF_OK)
        engine->error = *error;
}

/* Moves what the ring holds into the stream, and ends that if it is time; the share of the ring that was full. */
static double advance(struct engine *engine)
{
    struct pyprof_error error = {0};
    double full = 0;

    if (engine->ended || engine->error.code != PYPROF_OK)
        return 0;
    if (atomic_load(&engine->stopping)) {
        struct process_fate fate = {.fate = PYPROF_FATE_RUNNING, .now = atomic_load(&engine->stopped)};
        engine->ended = true;
        if (process_end(engine->process, engine->record, fate, &error) < 0)
            keep_error(engine, &error);
        return 0;
    }
    full = process_drain(engine->process, engine->record, &error);
    if (full < 0 || process_flush(engine->process, recording_clock(), FLUSH_AGE, &error) < 0)
        keep_error(engine, &error);
    return full;
}

/* Waits for a tick of `ns`, or for the engine to be stopped. */
static void wait_tick(struct engine *engine, uint64_t ns)
{
    uint64_t until = recording_clock() + ns;
    struct timespec at = {.tv_sec = (time_t)(until / 1000000000u), .tv_nsec = (long)(until % 1000000000u)};

    pthread_cond_timedwait(&engine->wake, &engine->lock, &at);
}

static void *collect(void *arg)
{
    struct engine *engine = arg;
    uint64_t tick = TICK_MAX / 4;

    prctl(PR_SET_NAME, "pyrec");
    pthread_mutex_lock(&engine->lock);
    while (!atomic_load(&engine->stopping)) {
        double full = advance(engine);
        if (full > 0.25 && tick > TICK_MIN)
            tick /= 2;
        else if (full < 0.05 && tick < TICK_MAX)
            tick += tick / 2;
        wait_tick(engine, tick);
    }
    advance(engine);
    pthread_mutex_unlock(&engine->lock);
    release(engine);
    return NULL;
}

/* Starts the collecting thread with all signals blocked, as it inherits the mask; 0 or an errno. */
static int start_thread(struct engine *engine)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &attr, collect, engine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

/* Where this interpreter's runtime is and what it looks like; -1 if that is not known. */
static int find_runtime(const char *version, struct walk_runtime *runtime, struct pyprof_error *error)
{
    char why[128] = "no _PyRuntime";

    runtime->address = (uint64_t)dlsym(RTLD_DEFAULT, "_PyRuntime");
    bool traced = dlsym(RTLD_DEFAULT, LAYOUT_TRACED_SYMBOL) != NULL;
    runtime->layout = runtime->address ? layout_for(version, traced, why, sizeof why) : NULL;
    return runtime->layout ? 0 : pyprof_fail(error, PYPROF_UNSUPPORTED, 0, "%s", why);
}

int engine_check(const char *version, struct pyprof_error *error)
{
    struct walk_runtime runtime = {0};
    char why[128];

    if (find_runtime(version, &runtime, error) < 0)
        return -1;
    if (mem_open(&runtime.mem, getpid()) < 0)
        return pyprof_fail(error, PYPROF_UNSUPPORTED, 0, "cannot read memory: %s", strerror(errno));
    struct walk_stack *stack = malloc(sizeof *stack);
    enum walk_result result = stack ? walk_check(&runtime, stack, why, sizeof why) : WALK_TORN;
    mem_close(&runtime.mem);
    if (!stack)
        return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    free(stack);
    return result == WALK_OK ? 0 : pyprof_fail(error, PYPROF_UNSUPPORTED, 0, "%s", why);
}

/* Starts the sampler of this process; its ring's descriptor, or -1. */
static int start_sampler(uint64_t period, const struct hello *hello, struct ring_shared **ring,
                         struct pyprof_error *error)
{
    struct walk_runtime runtime;

    if (find_runtime(hello->version, &runtime, error) < 0)
        return -1;
    struct sampler_options options = {
        .layout = runtime.layout, .runtime = runtime.address, .period = period, .start = hello->start, .ends = true};
    int fd = sampler_start(&options, ring);
    if (fd < 0)
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "no sampler: %s", strerror(errno));
    return fd;
}

static int start(struct engine *engine, uint64_t period, const char *version, struct pyprof_error *error)
{
    struct hello hello = {.pid = getpid(), .ppid = getppid()};

    recording_init(&engine->recording, period);
    hello.start = engine->recording.monotonic;
    snprintf(hello.version, sizeof hello.version, "%s", version);
    hello_describe(&hello);
    struct ring_shared *shared;
    int ring = start_sampler(period, &hello, &shared, error);
    if (ring < 0)
        return -1;
    struct pyprof_sink sink = {.write = take_bytes, .context = engine};
    engine->process = process_new(&engine->recording, &hello, hello.pid, ring, sink, error);
    close(ring);
    if (!engine->process) {
        atomic_store(&shared->stop, 1);
        return -1;
    }
    process_watch(engine->process, (struct process_watch){.watch = watch, .context = engine});
    atomic_fetch_add(&engine->users, 1);
    int failed = start_thread(engine);
    if (failed) {
        atomic_fetch_sub(&engine->users, 1);
        process_stop(engine->process);
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "no thread: %s", strerror(failed));
    }
    return 0;
}

struct engine *engine_new(uint64_t period, const char *version, struct pyprof_error *error)
{
    struct engine *engine = calloc(1, sizeof *engine);
    pthread_condattr_t attr;

    if (!engine) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
        return NULL;
    }
    atomic_init(&engine->users, 1);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (start(engine, period, version, error) < 0) {
        release(engine);
        return NULL;
    }
    return engine;
}

void engine_stop(struct engine *engine)
{
    if (atomic_load(&engine->stopping))
        return;
    atomic_store(&engine->stopped, recording_clock());
    process_stop(engine->process);
    atomic_store(&engine->stopping, true);
    pthread_cond_signal(&engine->wake); /* without the lock, so as not to wait: missed at worst for a tick */
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    engine_stop(engine);
    release(engine);
}

size_t engine_written(struct engine *engine)
{
    return atomic_load(&engine->written);
}

int engine_copy(struct engine *engine, struct buffer *into, struct pyprof_error *error)
{
    struct pyprof_error flush = {0};

    pthread_mutex_lock(&engine->lock);
    advance(engine);
    if (!engine->ended && engine->error.code == PYPROF_OK &&
        process_flush(engine->process, recording_clock(), 0, &flush) < 0)
        keep_error(engine, &flush);
    *error = engine->error;
    if (error->code == PYPROF_OK) {
        buffer_put(into, engine->stream.bytes, engine->stream.size);
        if (into->failed)
            pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    }
    pthread_mutex_unlock(&engine->lock);
    return error->code == PYPROF_OK ? 0 : -1;
}

void engine_log(struct engine *engine)
{
    atomic_store(&engine->clocks.on, true);
}

bool engine_copy_log(struct engine *engine, uint32_t thread, struct buffer *into)
{
    pthread_mutex_lock(&engine->lock);
    bool there = thread > 0 && thread <= engine->clocks.nthreads;
    if (there) {
        const struct buffer *log = &engine->clocks.threads[thread - 1].log;
        buffer_put(into, log->bytes, log->size);
    }
    pthread_mutex_unlock(&engine->lock);
    return there;
}
