#include "collect.h"

#include "ring.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t MS = 1000000;

enum {
    TICK_MIN_MS = 2,
    TICK_MAX_MS = 50,
    FLUSH_AGE_MS = 1800,   /* with a tick, under the 2 s that a killed pyrec may cost */
    LIVE_AGE_MS = 900,     /* of a pipe, at whose other end somebody may be watching */
    PENDING_MAX = 4 << 20, /* of output; beyond it the samples wait in the rings, which count what they drop */
    VERSIONS_MAX = 8,
};

static const double RING_SHARE = 0.125; /* how full a ring should be at a tick */

/* A process under way; `fd` tells of its end. */
struct recorded {
    struct process *process;
    int fd; /* pidfd, or -1 where the kernel has none */
    bool ended;
    bool status_known;
    int status;
};

struct collect {
    const struct collect_plan *plan;
    struct collect_result *result;
    struct recorded *items;
    struct pollfd *polled; /* the program's signals, then one an item */
    size_t n, room;
    void *buffer;                    /* of RING_RECORD_MAX bytes */
    uint64_t tick;                   /* ns */
    uint64_t drained;                /* when */
    uint64_t began;                  /* when sampling did; UINT64_MAX: not yet */
    uint64_t paused;                 /* since when; UINT64_MAX: not now */
    bool childless;                  /* no child is left, adopted ones included */
    char versions[VERSIONS_MAX][16]; /* unprofiled ones that were told of */
    size_t nversions;
};

/* Copies text of another program for a message: one line, nothing that a terminal would obey. */
static const char *plain(char *into, size_t room, const char *text, size_t size)
{
    size_t n = strnlen(text, size);

    if (n > room - 1)
        n = room - 1;
    for (size_t i = 0; i < n; i++)
        into[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    into[n] = '\0';
    return into;
}

static void output_failed(struct collect *collect)
{
    const char *name = output_name(collect->plan->output);

    if (!collect->result->failed)
        collect->plan->say("%s: %s: recording stopped", name ? name : "memory", strerror(errno));
    collect->result->failed = true;
}

/* An error in one process's recording: of its own, or the output's. */
static void process_failed(struct collect *collect, const struct process *process, const struct pyprof_error *error)
{
    if (output_push(collect->plan->output) < 0)
        output_failed(collect);
    else
        collect->plan->say("pid %d: %s: recording of it stopped", (int)process_pid(process), error->message);
}

/* Ends item `i`; the last one takes its place. */
static void finish(struct collect *collect, size_t i, enum pyprof_fate fate)
{
    struct recorded *item = &collect->items[i];
    struct pyprof_error error = {0};
    struct process_fate facts = {.fate = fate, .now = recording_clock()};

    if (fate == PYPROF_FATE_EXITED && item->status_known) {
        facts.status_known = true;
        facts.status = item->status;
    }
    if (process_end(item->process, collect->buffer, facts, &error) < 0 && !collect->result->failed)
        process_failed(collect, item->process, &error);
    if (process_refused(item->process)) {
        collect->result->unprofiled++;
        collect->plan->say("the python of pid %d is not as its version's is known to be: it ran unprofiled",
                           (int)process_pid(item->process));
    }
    process_sum(item->process, &collect->result->sums);
    process_free(item->process);
    if (item->fd >= 0)
        close(item->fd);
    *item = collect->items[--collect->n];
}

static int make_room(struct collect *collect)
{
    if (collect->n < collect->room)
        return 0;

    size_t room = collect->room ? 2 * collect->room : 16;
    struct recorded *items = reallocarray(collect->items, room, sizeof *items);
    if (items)
        collect->items = items;
    struct pollfd *polled = reallocarray(collect->polled, room + 1, sizeof *polled);
    if (polled)
        collect->polled = polled;
    if (!items || !polled)
        return -1;
    collect->room = room;
    return 0;
}

/* Says once a version that it runs unprofiled, and why. */
static void tell_unprofiled(struct collect *collect, const struct greeting *greeting)
{
    const struct hello *hello = &greeting->hello;
    char version[16], reason[sizeof hello->reason];

    collect->result->unprofiled++;
    plain(version, sizeof version, hello->version, strcspn(hello->version, " "));
    plain(reason, sizeof reason, hello->status == HELLO_PROFILED ? "its ring did not arrive" : hello->reason,
          sizeof hello->reason);
    for (size_t i = 0; i < collect->nversions; i++) {
        if (strcmp(collect->versions[i], version) == 0)
            return;
    }
    if (collect->nversions < VERSIONS_MAX)
        memcpy(collect->versions[collect->nversions++], version, sizeof version);
    if (hello->status == HELLO_UNKNOWN)
        collect->plan->say("python %s (pid %d) is not known to this pyrec (%s): it runs unprofiled", version,
                           (int)greeting->pid, reason);
    else
        collect->plan->say("python %s (pid %d) cannot be sampled (%s): it runs unprofiled", version,
                           (int)greeting->pid, reason);
}

static struct recorded *find(struct collect *collect, pid_t pid)
{
    for (size_t i = 0; i < collect->n; i++) {
        if (process_pid(collect->items[i].process) == pid)
            return &collect->items[i];
    }
    return NULL;
}

/* Takes in one process. */
static void welcome(struct collect *collect, struct greeting *greeting)
{
    struct recorded *before = find(collect, greeting->pid);
    struct pyprof_error error = {0};

    greeting->hello.version[sizeof greeting->hello.version - 1] = '\0';
    /* A process says hello again when it has become another program. */
    if (before)
        finish(collect, (size_t)(before - collect->items), PYPROF_FATE_EXEC);
    if (greeting->hello.abi != HELLO_ABI) {
        collect->plan->say("pid %d: its agent belongs to another pyrec: it runs unprofiled", (int)greeting->pid);
        return;
    }
    if (greeting->hello.status != HELLO_PROFILED || greeting->ring < 0) {
        tell_unprofiled(collect, greeting);
        return;
    }
    if (make_room(collect) < 0)
        return;
    struct process *process = process_new(
        collect->plan->recording, &greeting->hello, greeting->pid, greeting->ring,
        collect->plan->keep ? keep_sink(collect->plan->keep) : output_sink(collect->plan->output), &error);
    if (!process) {
        collect->plan->say("pid %d: %s: it runs unprofiled", (int)greeting->pid, error.message);
        return;
    }
    if (collect->paused != UINT64_MAX)
        process_pause(process, collect->paused);
    struct recorded *item = &collect->items[collect->n++];
    *item = (struct recorded){.process = process, .fd = (int)syscall(SYS_pidfd_open, greeting->pid, 0)};
    item->ended = item->fd < 0 && errno == ESRCH;
}

static bool next_greeting(const struct collect_plan *plan, struct greeting *greeting)
{
    return (plan->attach ? attach_next(plan->attach, greeting) : greet_next(plan->greet, greeting)) > 0;
}

static void welcome_all(struct collect *collect)
{
    struct greeting greeting;

    while (next_greeting(collect->plan, &greeting)) {
        welcome(collect, &greeting);
        if (greeting.ring >= 0)
            close(greeting.ring);
    }
}

/* Learns how children ended. */
static void reap(struct collect *collect)
{
    pid_t pid;
    int status, reaped;

    while ((reaped = program_reap(collect->plan->program, &pid, &status)) > 0) {
        welcome_all(collect); /* its hello may still wait */
        struct recorded *item = find(collect, pid);
        if (!item)
            continue;
        item->ended = item->status_known = true;
        item->status = status;
    }
    collect->childless = reaped < 0;
}

/* Waits for `timeout` ns, or until a signal comes or a process ends; marks those that have. */
static void wait_for_events(struct collect *collect, uint64_t timeout)
{
    struct pollfd *polled = collect->polled;
    struct timespec limit = {.tv_sec = (time_t)(timeout / 1000000000u), .tv_nsec = (long)(timeout % 1000000000u)};

    polled[0] = (struct pollfd){.fd = program_fd(collect->plan->program), .events = POLLIN};
    for (size_t i = 0; i < collect->n; i++)
        polled[i + 1] = (struct pollfd){.fd = collect->items[i].fd, .events = POLLIN};
    if (ppoll(polled, collect->n + 1, &limit, NULL) < 0)
        return;
    program_signals(collect->plan->program);
    for (size_t i = 0; i < collect->n; i++) {
        struct recorded *item = &collect->items[i];
        if (item->fd >= 0)
            item->ended |= polled[i + 1].revents != 0;
        else
            item->ended |= kill(process_pid(item->process), 0) < 0 && errno == ESRCH;
    }
}

/* Chooses the next tick from how full the fullest ring has become since the last one. */
static void set_tick(struct collect *collect, uint64_t now, double fullest)
{
    double tick = fullest > 0 ? (double)(now - collect->drained) * RING_SHARE / fullest : TICK_MAX_MS * 1e6;

    if (tick > 2 * (double)collect->tick) /* a burst may follow */
        tick = 2 * (double)collect->tick;
    if (tick > TICK_MAX_MS * 1e6)
        tick = TICK_MAX_MS * 1e6;
    if (tick < TICK_MIN_MS * 1e6)
        tick = TICK_MIN_MS * 1e6;
    collect->tick = (uint64_t)tick;
    collect->drained = now;
}

/* What is written less often packs better; nobody waits for a file. */
static uint64_t flush_age(const struct collect *collect)
{
    return (uint64_t)(output_is_file(collect->plan->output) ? FLUSH_AGE_MS : LIVE_AGE_MS) * MS;
}

/* Drains and flushes all; the next tick follows from how full the fullest ring was. */
static void drain_all(struct collect *collect)
{
    uint64_t now = recording_clock();
    bool wait = output_pending(collect->plan->output) > PENDING_MAX;
    double fullest = 0;

    for (size_t i = 0; i < collect->n;) {
        struct process *process = collect->items[i].process;
        struct pyprof_error error = {0};
        double full = 0;
        if (wait)
            process_beat(process);
        else
            full = process_drain(process, collect->buffer, &error);
        if (full < 0 || process_flush(process, now, flush_age(collect), &error) < 0) {
            process_failed(collect, process, &error);
            process_stop(process);
            finish(collect, i, PYPROF_FATE_RUNNING);
        } else {
            fullest = full > fullest ? full : fullest;
            i++;
        }
    }
    set_tick(collect, now, fullest);
}

static void finish_ended(struct collect *collect)
{
    for (size_t i = 0; i < collect->n;) {
        if (collect->items[i].ended)
            finish(collect, i, PYPROF_FATE_EXITED);
        else
            i++;
    }
}

/* Whether what was to be recorded has ended. */
static bool nothing_left(const struct collect *collect)
{
    const struct collect_plan *plan = collect->plan;
    int status;

    if (plan->attach && collect->n == 0 && attach_over(plan->attach))
        return true;
    return plan->wait ? collect->childless : program_ended(plan->program, &status);
}

/* Takes in what was sampled up to now, and lets the samplers sleep or go on. */
static void pause_or_resume(struct collect *collect, bool pause)
{
    uint64_t now = recording_clock();

    if (pause == (collect->paused != UINT64_MAX))
        return;
    drain_all(collect);
    for (size_t i = 0; i < collect->n; i++) {
        if (pause)
            process_pause(collect->items[i].process, now);
        else
            process_resume(collect->items[i].process, now);
    }
    collect->paused = pause ? now : UINT64_MAX;
    if (!pause && collect->began == UINT64_MAX)
        collect->began = now;
}

/* The delay, as long as it lasts; 0: it is over. */
static uint64_t delay_left(const struct collect *collect)
{
    uint64_t gone = recording_clock() - collect->plan->recording->monotonic;

    return collect->began == UINT64_MAX && gone < collect->plan->delay ? collect->plan->delay - gone : 0;
}

/* Writes what is kept, up to now, to a file of its own. */
static void save(struct collect *collect)
{
    char message[OUTPUT_MESSAGE_MAX];

    drain_all(collect);
    for (size_t i = 0; i < collect->n; i++) {
        struct pyprof_error error = {0}; /* a writer that failed tells at its next flush */
        process_flush(collect->items[i].process, recording_clock(), 0, &error);
    }
    keep_save(collect->plan->keep, message);
    collect->plan->say("%s", message);
}

/* Pauses, resumes and saves as signals and the delay say. */
static void obey(struct collect *collect)
{
    int wish = program_wish(collect->plan->program);

    if (wish == SIGHUP) {
        save(collect);
        wish = 0;
    }
    if (collect->began == UINT64_MAX && (wish == SIGUSR1 || delay_left(collect) == 0))
        pause_or_resume(collect, false);
    else if (wish)
        pause_or_resume(collect, wish == SIGUSR2);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What is left till the recording's end or the delay's, at most a tick; 0: the recording is over. */
static uint64_t time_left(const struct collect *collect)
{
    const struct collect_plan *plan = collect->plan;
    uint64_t left = collect->tick, now = recording_clock();

    if (collect->result->failed || nothing_left(collect))
        return 0;
    if (collect->began == UINT64_MAX)
        return least(left, delay_left(collect) + 1);
    if (plan->duration == 0)
        return left;
    return now - collect->began >= plan->duration ? 0 : least(left, plan->duration - (now - collect->began));
}

/* One turn of the loop, after waiting for `timeout` ns. */
static void turn(struct collect *collect, uint64_t timeout)
{
    wait_for_events(collect, timeout);
    reap(collect);
    welcome_all(collect);
    drain_all(collect);
    finish_ended(collect);
    obey(collect);
    if (output_push(collect->plan->output) < 0)
        output_failed(collect);
}

/* Writes what waits, as slowly as it is read, and closes. */
static void push_all(struct collect *collect)
{
    struct output *output = collect->plan->output;
    int status;

    while (output_push(output) == 0 && output_pending(output)) {
        if (program_ended(collect->plan->program, &status))
            program_release(collect->plan->program); /* nothing is left to wait for but the reader */
        wait_for_events(collect, TICK_MIN_MS * MS);
        reap(collect);
    }
    if (output_close(output) < 0)
        output_failed(collect);
}

/* The recording is over: what still runs goes on without it. */
static void end_all(struct collect *collect)
{
    turn(collect, 0); /* hellos and ends that came while the program ended */
    for (size_t i = 0; i < collect->n; i++)
        process_stop(collect->items[i].process);
    while (collect->n)
        finish(collect, collect->n - 1, PYPROF_FATE_RUNNING);
    if (collect->plan->greet)
        greet_close(collect->plan->greet);
    struct pyprof_error error = {0};
    if (collect->plan->keep && keep_finish(collect->plan->keep, collect->plan->output, &error) < 0)
        output_failed(collect);
    push_all(collect);
}

void collect_run(const struct collect_plan *plan, struct collect_result *result)
{
    uint64_t start = plan->recording->monotonic;
    struct collect collect = {
        .plan = plan,
        .result = result,
        .tick = (uint64_t)TICK_MIN_MS * MS,
        .began = plan->delay ? UINT64_MAX : start,
        .paused = plan->delay ? start : UINT64_MAX,
    };
    uint64_t left;

    *result = (struct collect_result){0};
    collect.buffer = malloc(RING_RECORD_MAX);
    if (!collect.buffer || make_room(&collect) < 0) {
        plan->say("out of memory: the program runs unprofiled");
        result->failed = true;
    } else {
        while ((left = time_left(&collect)) > 0)
            turn(&collect, left);
        end_all(&collect);
    }
    free(collect.items);
    free(collect.polled);
    free(collect.buffer);
}

int collect_wait(const struct collect_plan *plan)
{
    struct pollfd signals = {.fd = program_fd(plan->program), .events = POLLIN};
    int status, child_status;
    pid_t pid;

    for (;;) {
        int reaped = program_reap(plan->program, &pid, &child_status);
        if (reaped < 0 || (!plan->wait && program_ended(plan->program, &status)))
            break;
        if (reaped > 0)
            continue;
        if (poll(&signals, 1, -1) > 0)
            program_signals(plan->program);
    }
    program_ended(plan->program, &status);
    return status;
}
