#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interpreter.h"
#include "proc.h"
#include "record/recording.h"
#include "record/sample/sampler.h"
#include "rest.h"

enum {
    POLL = 100 * 1000 * 1000,     /* ns between looks at the processes */
    TORN_MAX = 100,               /* looks at torn memory till it is refused, */
    TORN_PAUSE = 5 * 1000 * 1000, /* ns apart */
    PAUSE_MAX = 32,               /* such looks, between two at one without Python */
};

/* A process that is sampled, or whose descendants may be. */
struct target {
    pid_t pid;
    uint64_t start; /* proc_start */
    int space;      /* proc_open_space, while it is sampled; else -1 */
    uint64_t runtime;
    bool named;            /* by the user: it has to be Python */
    bool sampled;          /* or was */
    uint32_t pause, waits; /* looks to leave out, doubled each time; those left */
};

struct attach {
    struct attach_plan plan;
    struct target *targets;
    size_t n, room;
    struct greeting *queue; /* those not fetched yet, the last one first */
    size_t queued, queue_room;
    struct walk_stack *stack; /* for walk_check */
    uint64_t polled;
};

/* Room for one item more, of `size` bytes. */
static void *grow(void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    size_t wanted = *room ? 2 * *room : 8;
    void *grown = reallocarray(items, wanted, size);
    if (grown)
        *room = wanted;
    return grown;
}

static void describe(struct hello *hello, pid_t pid, const char *version)
{
    *hello = (struct hello){
        .magic = HELLO_MAGIC,
        .abi = HELLO_ABI,
        .status = HELLO_PROFILED,
        .pid = pid,
        .ppid = (int32_t)proc_number(pid, "status", "PPid", 10, 0),
        .start = recording_clock(),
    };
    snprintf(hello->version, sizeof hello->version, "%s", version);
    ssize_t size = proc_read(pid, "cmdline", hello->argv, sizeof hello->argv);
    hello->argv_size = size > 0 ? (uint32_t)size : 0;
}

/* Starts the sampler that owns `rest` from then on, and queues the hello. */
static bool start_sampler(struct attach *self, const struct target *target, struct rest *rest, const char *version)
{
    struct greeting *queue = grow(self->queue, self->queued, &self->queue_room, sizeof *queue);
    struct ring_shared *ring;
    char why[REST_WHY_MAX];

    if (!queue)
        return false;
    self->queue = queue;
    struct greeting *greeting = &queue[self->queued];
    greeting->pid = target->pid;
    describe(&greeting->hello, target->pid, version);
    if (rest_doubts(rest, why))
        self->plan.say("pid %d: its samples cannot be verified: %s", (int)target->pid, why);
    const struct sampler_options options = {
        .period = self->plan.period, .start = greeting->hello.start, .other = &rest->still};
    greeting->ring = sampler_start(&options, &ring);
    if (greeting->ring < 0)
        return false;
    self->queued++;
    return true;
}

/* Samples a process whose interpreter was found; takes over its memory. */
static bool sample(struct attach *self, struct target *target, struct interpreter *found)
{
    struct rest *rest = rest_new(target->pid, &found->runtime);

    if (!rest) {
        interpreter_close(found);
        return false;
    }
    target->space = proc_open_space(target->pid);
    target->runtime = found->runtime.address;
    if (target->space >= 0 && start_sampler(self, target, rest, found->version)) {
        target->sampled = true;
        return true;
    }
    rest_free(rest);
    return false;
}

/*
 * Whether the memory is as the layout says, or shows nothing of Python yet.  A thread that waits for a CPU in the
 * middle of a change looks torn for as long as it waits, so one look proves nothing.
 */
static bool is_as_expected(struct attach *self, struct interpreter *found, char *why)
{
    const struct timespec pause = {.tv_nsec = TORN_PAUSE};

    for (int i = 0; i < TORN_MAX; i++) {
        if (i > 0)
            nanosleep(&pause, NULL);
        if (walk_check(&found->runtime, self->stack, why, INTERPRETER_WHY_MAX) != WALK_TORN)
            return true;
    }
    return false;
}

/* Looks for an interpreter in a process, and checks that it can be read. */
static enum interpreter_result look(struct attach *self, pid_t pid, struct interpreter *found, char *why)
{
    enum interpreter_result result = interpreter_find(found, pid, why);

    if (result == INTERPRETER_FOUND && !is_as_expected(self, found, why)) {
        interpreter_close(found);
        return proc_start(pid) ? INTERPRETER_UNKNOWN : INTERPRETER_GONE;
    }
    return result;
}

/* Tells why a process is not sampled, if that is news to the user. */
static void tell(const struct attach *self, const struct target *target, enum interpreter_result result,
                 const char *why, const char *version)
{
    int pid = (int)target->pid;

    if (result == INTERPRETER_GONE && target->named)
        self->plan.say("no process %d", pid);
    else if (result == INTERPRETER_NONE && target->named)
        self->plan.say("pid %d: %s", pid, why);
    else if (result == INTERPRETER_DENIED && (target->named || target->pause == 0))
        self->plan.say("pid %d: its memory may not be read: %s", pid, why);
    else if (result == INTERPRETER_UNKNOWN && (target->named || target->pause == 0))
        self->plan.say("pid %d: python %s is not known to this pyrec (%s)", pid, version, why);
}

/* Begins to sample a process if it is Python; if not, tries again later. */
static bool try_target(struct attach *self, struct target *target)
{
    struct interpreter found;
    char why[INTERPRETER_WHY_MAX] = "";
    enum interpreter_result result = look(self, target->pid, &found, why);

    if (result == INTERPRETER_FOUND) {
        target->pause = 0;
        if (sample(self, target, &found))
            return true;
        if (proc_start(target->pid))
            self->plan.say("pid %d: cannot sample it: %s", (int)target->pid, strerror(errno));
    } else {
        tell(self, target, result, why, found.version);
    }
    target->pause = target->pause == 0 ? 1 : target->pause < PAUSE_MAX ? 2 * target->pause : PAUSE_MAX;
    target->waits = target->pause;
    return false;
}

static struct target *add(struct attach *self, pid_t pid, bool named)
{
    uint64_t start = proc_start(pid);

    for (size_t i = 0; i < self->n; i++) {
        if (self->targets[i].pid == pid && self->targets[i].start == start)
            return &self->targets[i];
    }
    struct target *targets = grow(self->targets, self->n, &self->room, sizeof *targets);
    if (!targets)
        return NULL;
    self->targets = targets;
    targets[self->n] = (struct target){.pid = pid, .start = start, .space = -1, .named = named};
    return &targets[self->n++];
}

/* For proc_children. */
static void add_child(void *context, pid_t child)
{
    if (child != getpid())
        add(context, child, false);
}

static void remove_target(struct attach *self, size_t i)
{
    if (self->targets[i].space >= 0)
        close(self->targets[i].space);
    self->targets[i] = self->targets[--self->n];
}

/* Looks at one target that lives. */
static void poll_target(struct attach *self, struct target *target)
{
    if (target->space >= 0 && proc_has(target->space, target->runtime))
        return;
    if (target->space >= 0) { /* another program */
        close(target->space);
        target->space = -1;
        target->named = false;
    }
    if (target->waits > 0)
        target->waits--;
    else
        try_target(self, target);
}

static void poll_all(struct attach *self)
{
    for (size_t i = 0; i < self->n;) {
        if (proc_start(self->targets[i].pid) == self->targets[i].start)
            i++;
        else
            remove_target(self, i);
    }
    for (size_t i = 0; self->plan.children && i < self->n; i++) /* grows on the way */
        proc_children(self->targets[i].pid, add_child, self);
    for (size_t i = 0; i < self->n; i++)
        poll_target(self, &self->targets[i]);
}

struct attach *attach_new(const struct attach_plan *plan)
{
    struct attach *self = calloc(1, sizeof *self);
    bool ready = self && (self->stack = malloc(sizeof *self->stack));

    if (!ready) {
        plan->say("out of memory");
        attach_free(self);
        return NULL;
    }
    self->plan = *plan;
    for (size_t i = 0; i < plan->n && ready; i++) {
        struct target *target = add(self, plan->pids[i], true);
        ready = target && (target->sampled || try_target(self, target));
    }
    if (!ready) {
        attach_free(self);
        return NULL;
    }
    return self;
}

void attach_free(struct attach *self)
{
    if (!self)
        return;
    while (self->queued)
        close(self->queue[--self->queued].ring);
    while (self->n)
        remove_target(self, self->n - 1);
    free(self->targets);
    free(self->queue);
    free(self->stack);
    free(self);
}

int attach_next(struct attach *self, struct greeting *greeting)
{
    uint64_t now = recording_clock();

    if (self->queued == 0 && now - self->polled >= POLL) {
        self->polled = now;
        poll_all(self);
    }
    if (self->queued == 0)
        return 0;
    *greeting = self->queue[--self->queued];
    return 1;
}

bool attach_over(const struct attach *self)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->targets[i].sampled)
            return false;
    }
    return self->queued == 0;
}
