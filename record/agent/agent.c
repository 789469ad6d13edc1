#include "agent.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "hello.h"
#include "late.h"
#include "record/sample/clock.h"
#include "record/sample/sampler.h"

static struct {
    bool active;       /* pyrec started this process */
    atomic_bool begun; /* an interpreter was found */
    struct inherit inherit;
    char address[HELLO_ADDRESS_MAX + 1];
    uint8_t token[HELLO_TOKEN_SIZE];
    uint64_t period;
    const char *(*version)(void); /* Py_GetVersion */
    uint64_t runtime;             /* as walk_runtime.address, or 0 */
    bool traced;                  /* as for layout_for */
    pid_t sampled;                /* the process whose sampler writes to `ring`; a fork still has its parent's here */
    struct ring_shared *ring;
} agent;

/* What glibc's pthread_atfork, which is linked into the caller, calls; the symbol is the object it is for. */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

static bool parse_variable(const char *value);
static void watch_forks(void);
static void begin_process(bool forked);
static void after_fork(void);

__attribute__((constructor)) static void agent_begin(void)
{
    int error = errno;

    agent.active = inherit_take(&agent.inherit, environ);
    if (agent.active) {
        exec_look_up();
        late_look_up();
        agent_python_begins(RTLD_DEFAULT);
    }
    errno = error;
}

bool agent_awaits_python(void)
{
    return agent.active && !atomic_load(&agent.begun);
}

void agent_python_begins(void *library)
{
    int error = errno;
    const char *(*version)(void) = (const char *(*)(void))dlsym(library, "Py_GetVersion");

    if (version && !atomic_exchange(&agent.begun, true) && parse_variable(strchr(agent.inherit.variable, '=') + 1)) {
        agent.version = version;
        agent.runtime = (uint64_t)dlsym(library, "_PyRuntime");
        if (!agent.runtime)
            agent.runtime = (uint64_t)dlsym(library, "_PyThreadState_Current");
        agent.traced = dlsym(library, LAYOUT_TRACED_SYMBOL) != NULL;
        begin_process(false);
        watch_forks();
    }
    errno = error;
}

__attribute__((destructor)) static void agent_end(void)
{
    if (!agent_samples())
        return;
    atomic_store(&agent.ring->ended, clock_now());
    atomic_store(&agent.ring->end, RING_EXIT);
}

/* The agent is to work with a libc that it was not built for, as far as that has what it uses (musl has). */
static void watch_forks(void)
{
    int (*atfork)(void (*)(void), void (*)(void), void (*)(void));

    if (&__register_atfork)
        __register_atfork(NULL, NULL, after_fork, __dso_handle);
    else if ((atfork = (__typeof__(atfork))dlsym(RTLD_NEXT, "pthread_atfork")))
        atfork(NULL, NULL, after_fork);
}

/* In the only thread of a new process, after libc has put its own house in order. */
static void after_fork(void)
{
    int error = errno;

    agent.sampled = 0;
    agent.ring = NULL;
    begin_process(true);
    errno = error;
}

/* Reads ADDRESS:TOKEN:PERIOD (hello.h). */
static bool parse_variable(const char *value)
{
    size_t len = strcspn(value, ":");
    if (len == 0 || len > HELLO_ADDRESS_MAX || value[len] != ':')
        return false;
    memcpy(agent.address, value, len);
    value += len + 1;

    for (size_t i = 0; i < HELLO_TOKEN_SIZE; i++, value += 2) {
        if (sscanf(value, "%2hhx", &agent.token[i]) != 1)
            return false;
    }
    char *end;
    agent.period = *value == ':' ? strtoull(value + 1, &end, 10) : 0;
    return agent.period > 0 && *end == '\0';
}

/* The table for this interpreter, or NULL with a reason; what it publishes of itself is there before it is initialised. */
static const struct layout *choose_layout(const char *version, char *why, size_t room)
{
    if (!agent.runtime) {
        snprintf(why, room, "no _PyRuntime and no _PyThreadState_Current");
        return NULL;
    }
    const struct layout *layout = layout_for(version, agent.traced, why, room);
    const char *differs = NULL;
    if (layout && layout->runtime.debug_offsets)
        differs = layout_differs(layout, (const uint64_t *)agent.runtime);
    if (differs)
        snprintf(why, room, "it publishes another layout than that of its version: %s differs", differs);
    return differs ? NULL : layout;
}

/* Starts the sampler, if there is one for this interpreter; returns the ring's descriptor or -1. */
static int begin_sampler(struct hello *hello)
{
    const struct layout *layout = choose_layout(hello->version, hello->reason, sizeof hello->reason);

    hello->status = HELLO_UNKNOWN;
    if (!layout)
        return -1;

    struct sampler_options options = {
        .layout = layout, .runtime = agent.runtime, .period = agent.period, .start = hello->start};
    int ring = sampler_start(&options, &agent.ring);
    if (ring < 0) {
        hello->status = HELLO_FAILED;
        snprintf(hello->reason, sizeof hello->reason, "no sampler: %s", strerror(errno));
        return -1;
    }
    hello->status = HELLO_PROFILED;
    hello->reason[0] = '\0';
    agent.sampled = getpid();
    return ring;
}

/* Makes this process part of the recording, or leaves it alone. */
static void begin_process(bool forked)
{
    struct hello hello = {
        .magic = HELLO_MAGIC,
        .abi = HELLO_ABI,
        .pid = getpid(),
        .ppid = getppid(),
        .start = clock_now(),
        .forked = forked,
    };
    int connection = hello_connect(agent.address);
    if (connection < 0)
        return;

    memcpy(hello.token, agent.token, sizeof hello.token);
    snprintf(hello.version, sizeof hello.version, "%s", agent.version());
    hello_describe(&hello);
    int ring = begin_sampler(&hello);
    if (!hello_send(connection, &hello, ring) && ring >= 0)
        atomic_store(&agent.ring->stop, 1);
    if (ring >= 0)
        close(ring);
    close(connection);
}

const struct inherit *agent_inherit(void)
{
    return agent.active ? &agent.inherit : NULL;
}

bool agent_samples(void)
{
    return agent.sampled != 0 && agent.sampled == getpid();
}

void agent_exec_begins(void)
{
    if (!agent_samples())
        return;
    atomic_store(&agent.ring->ended, clock_now());
    atomic_store(&agent.ring->end, RING_EXEC);
}

void agent_exec_failed(void)
{
    if (agent_samples())
        atomic_store(&agent.ring->end, RING_RUNNING);
}
