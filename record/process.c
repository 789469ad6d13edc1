#include "process.h"

#include "codes.h"
#include "ring.h"
#include "threads.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    TEXTS_MAX = 1024, /* arguments, prefixes or folders of sys.path kept */
    RING_SIZE_MAX = 1 << 30,
};

struct process {
    const struct recording *recording;
    pid_t pid;
    struct hello hello;
    struct pyprof_writer *writer;
    struct codes *codes;
    struct threads *threads;
    void *mapping;
    size_t mapped;
    struct ring_reader ring;
    struct process_watch watch; /* all zero: nobody */
    uint8_t *sys;               /* body of the last RING_SYS */
    size_t sys_size;
    bool broken; /* its ring held nonsense: it is not read again */
    bool in_round;
    uint64_t first_round, last_round; /* times; 0 before the first */
    uint64_t rounds;
    uint64_t paused_from, paused_to; /* the last pause; UINT64_MAX: none yet, and that it lasts */
    uint64_t paused;                 /* time of all pauses between the first round and the last */
    uint64_t overflows;              /* as last seen */
    uint64_t flushed;
};

static int map_ring(struct process *process, int fd, struct pyprof_error *error)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "its ring is not a sealed memory file");
    if (st.st_size <= RING_HEADER_SIZE || st.st_size > RING_SIZE_MAX)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a ring of %lld bytes", (long long)st.st_size);
    process->mapped = (size_t)st.st_size;
    process->mapping = mmap(NULL, process->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (process->mapping == MAP_FAILED) {
        process->mapping = NULL;
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "cannot map its ring: %s", strerror(errno));
    }
    if (!ring_reader_init(&process->ring, process->mapping, process->mapped))
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "its ring is of another layout");
    return 0;
}

/* Splits texts that each end in NUL; returns how many. */
static size_t split_argv(const struct hello *hello, struct pyprof_text *texts)
{
    size_t size = hello->argv_size < sizeof hello->argv ? hello->argv_size : sizeof hello->argv;
    size_t n = 0;

    for (size_t at = 0; at < size && n < TEXTS_MAX; at += texts[n++].size + 1)
        texts[n] = (struct pyprof_text){hello->argv + at, strnlen(hello->argv + at, size - at)};
    return n;
}

/* Takes `n` texts, each a length and its bytes, from `*bytes`; false if they are not all there. */
static bool take_texts(const uint8_t **bytes, const uint8_t *end, uint32_t n, struct pyprof_text *texts)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size;
        if ((size_t)(end - *bytes) < sizeof size)
            return false;
        memcpy(&size, *bytes, sizeof size);
        *bytes += sizeof size;
        if ((size_t)(end - *bytes) < size)
            return false;
        texts[i] = (struct pyprof_text){(const char *)*bytes, size};
        *bytes += size;
    }
    return true;
}

/* Where the texts of a struct pyprof_info lie while it is in use. */
struct texts {
    struct pyprof_text argv[TEXTS_MAX], prefixes[TEXTS_MAX], path[TEXTS_MAX];
};

/* Fills the prefixes and paths of `info` from the last RING_SYS; false if it makes no sense. */
static bool describe_sys(const struct process *process, struct texts *texts, struct pyprof_info *info)
{
    struct ring_sys head;

    if (!process->sys)
        return true;
    if (process->sys_size < sizeof head)
        return false;
    memcpy(&head, process->sys, sizeof head);
    if (head.prefixes > TEXTS_MAX || head.paths > TEXTS_MAX)
        return false;

    const uint8_t *at = process->sys + sizeof head, *end = process->sys + process->sys_size;
    if (!take_texts(&at, end, head.prefixes, texts->prefixes) || !take_texts(&at, end, head.paths, texts->path))
        return false;
    info->prefixes = (struct pyprof_texts){texts->prefixes, head.prefixes};
    info->path = (struct pyprof_texts){texts->path, head.paths};
    return true;
}

/* What the recording leaves out, as pymerge would be told to. */
static struct pyprof_texts describe_states(uint32_t states)
{
    static const char cpu[] = "--state cpu", gil[] = "--state gil";
    static const struct pyprof_text only_cpu = {cpu, sizeof cpu - 1}, only_gil = {gil, sizeof gil - 1};

    return (struct pyprof_texts){states == PYPROF_HOLDS_GIL ? &only_gil : &only_cpu, states != 0};
}

/* All that is known of the process; -1 if its RING_SYS makes no sense. */
static int describe(const struct process *process, struct texts *texts, struct pyprof_info *info,
                    struct pyprof_error *error)
{
    static const char recorder[] = "pyrec " PYREC_VERSION;
    const struct recording *recording = process->recording;
    const struct hello *hello = &process->hello;

    *info = (struct pyprof_info){
        .host = {recording->host, strlen(recording->host)},
        .pid = (uint64_t)process->pid,
        .ppid = hello->pid == process->pid ? (uint64_t)hello->ppid : 0, /* else of another pid namespace */
        .wall = recording->wall,
        .monotonic = recording->monotonic,
        .start = (int64_t)(hello->start - recording->monotonic),
        .period = recording->period,
        .python = {hello->version, strnlen(hello->version, sizeof hello->version)},
        .recorder = {recorder, sizeof recorder - 1},
    };
    memcpy(info->recording, recording->id, sizeof info->recording);
    memcpy(info->boot, recording->boot, sizeof info->boot);
    info->argv = (struct pyprof_texts){texts->argv, split_argv(hello, texts->argv)};
    info->filters = describe_states(recording->states);
    if (!describe_sys(process, texts, info))
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a sys record of %zu bytes", process->sys_size);
    return 0;
}

static int begin(struct process *process, int ring, struct pyprof_sink sink, struct pyprof_error *error)
{
    struct pyprof_info info;

    if (map_ring(process, ring, error) < 0)
        return -1;
    struct texts *texts = malloc(sizeof *texts);
    process->codes = codes_new();
    process->threads = threads_new(process->recording);
    if (!texts || !process->codes || !process->threads)
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    else if (describe(process, texts, &info, error) == 0)
        process->writer = pyprof_writer_new(sink, &info, error);
    if (process->writer && process->recording->keeps)
        pyprof_writer_once(process->writer);
    free(texts);
    return process->writer ? 0 : -1;
}

struct process *process_new(const struct recording *recording, const struct hello *hello, pid_t pid, int ring,
                            struct pyprof_sink sink, struct pyprof_error *error)
{
    struct process *process = calloc(1, sizeof *process);

    if (!process) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
        return NULL;
    }
    process->recording = recording;
    process->hello = *hello;
    process->pid = pid;
    process->paused_from = process->paused_to = UINT64_MAX;
    if (begin(process, ring, sink, error) < 0) {
        process_free(process);
        return NULL;
    }
    return process;
}

void process_free(struct process *process)
{
    if (!process)
        return;
    pyprof_writer_free(process->writer);
    codes_free(process->codes);
    threads_free(process->threads);
    if (process->mapping)
        munmap(process->mapping, process->mapped);
    free(process->sys);
    free(process);
}

bool process_refused(const struct process *process)
{
    return atomic_load_explicit(&process->ring.shared->refused, memory_order_relaxed) != 0;
}

pid_t process_pid(const struct process *process)
{
    return process->pid;
}

static int take_sys(struct process *process, const void *body, size_t size, struct pyprof_error *error)
{
    struct pyprof_info info;
    struct texts *texts = malloc(sizeof *texts);
    uint8_t *sys = malloc(size ? size : 1);
    int taken = -1;

    if (texts && sys) {
        free(process->sys);
        process->sys = memcpy(sys, body, size);
        process->sys_size = size;
        taken = describe(process, texts, &info, error);
        if (taken == 0)
            taken = pyprof_writer_info(process->writer, &info, error);
    } else {
        free(sys);
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    }
    free(texts);
    return taken;
}

static int close_round(struct process *process, struct pyprof_error *error)
{
    if (!process->in_round)
        return 0;
    process->in_round = false;
    return threads_repeat(process->threads, process->writer, error);
}

/* Begins a round at `time`, CLOCK_MONOTONIC in ns. */
static int begin_round(struct process *process, uint64_t time, uint64_t late, struct pyprof_error *error)
{
    threads_pause(process->threads, time >= process->paused_from && time <= process->paused_to);
    process->last_round = time;
    process->in_round = true;
    return pyprof_writer_round(process->writer, (int64_t)(time - process->recording->monotonic), late, error);
}

/* If a pause has ended that is not accounted for: a round at its end, of which all is removed, takes its time. */
static int end_pause(struct process *process, struct pyprof_error *error)
{
    uint64_t from = process->paused_from, to = process->paused_to;

    if (from == UINT64_MAX || to == UINT64_MAX)
        return 0; /* none, or it lasts */
    if (from < process->hello.start)
        from = process->hello.start;
    if (from < process->last_round)
        from = process->last_round;
    if (to > from) {
        process->paused += process->first_round ? to - from : 0;
        if (begin_round(process, to, 0, error) < 0 || close_round(process, error) < 0)
            return -1;
        pyprof_writer_paused(process->writer, to - from);
    }
    process->paused_from = process->paused_to = UINT64_MAX;
    return 0;
}

static int open_round(struct process *process, const struct ring_round *round, size_t size,
                      struct pyprof_error *error)
{
    if (close_round(process, error) < 0)
        return -1;
    if (size != sizeof *round || round->time < process->last_round || round->time < process->recording->monotonic ||
        round->time > recording_clock())
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a round out of time");
    if (round->time > process->paused_to && end_pause(process, error) < 0)
        return -1;
    if (process->first_round == 0)
        process->first_round = round->time;
    process->rounds++;
    return begin_round(process, round->time, round->late, error);
}

static int take(struct process *process, const struct ring_record *record, struct pyprof_error *error)
{
    const void *body = record + 1;
    size_t size = record->size - sizeof *record;

    if ((record->type == RING_SAMPLE || record->type == RING_MISSED) && !process->in_round)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a sample outside of a round");
    switch (record->type) {
    case RING_ROUND:
        return open_round(process, body, size, error);
    case RING_SAMPLE:
        return threads_sample(process->threads, body, size, process->codes, process->writer, error);
    case RING_MISSED:
        return threads_missed(process->threads, body, size, process->writer, error);
    case RING_CODE:
        return codes_take(process->codes, body, size, process->writer, error);
    case RING_THREAD:
        return threads_begin(process->threads, body, size, process->writer, error);
    case RING_THREAD_END:
        return threads_end(process->threads, body, size, process->writer, error);
    case RING_SYS:
        return take_sys(process, body, size, error);
    default:
        return 0;
    }
}

static void count_overflows(struct process *process)
{
    uint64_t overflows = atomic_load_explicit(&process->ring.shared->overflows, memory_order_relaxed);

    if (overflows > process->overflows)
        pyprof_writer_overflow(process->writer, overflows - process->overflows);
    process->overflows = overflows;
}

void process_watch(struct process *process, struct process_watch watch)
{
    process->watch = watch;
}

void process_beat(struct process *process)
{
    atomic_store_explicit(&process->ring.shared->heartbeat, recording_clock(), memory_order_relaxed);
}

static double drain(struct process *process, void *buffer, struct pyprof_error *error)
{
    struct ring_reader *ring = &process->ring;
    uint64_t before = ring->tail;
    int got = 0;

    /* One ring's worth is enough for now, or a fast writer could keep its reader here for ever. */
    while (ring->tail - before < ring->capacity && (got = ring_next(ring, buffer)) > 0) {
        if (take(process, buffer, error) < 0)
            return -1;
        if (process->watch.watch)
            process->watch.watch(process->watch.context, buffer);
    }
    if (got < 0)
        return pyprof_fail(error, PYPROF_DAMAGED, ring->tail, "its ring is damaged");
    if (got == 0 && close_round(process, error) < 0) /* rounds are published whole */
        return -1;
    ring_release(ring);
    process_beat(process);
    count_overflows(process);
    return (double)(ring->tail - before) / (double)ring->capacity;
}

double process_drain(struct process *process, void *buffer, struct pyprof_error *error)
{
    double full = process->broken ? 0 : drain(process, buffer, error);

    if (full < 0)
        process->broken = true;
    return full;
}

int process_flush(struct process *process, uint64_t now, uint64_t age, struct pyprof_error *error)
{
    if (now - process->flushed < age)
        return 0;
    process->flushed = now;
    return pyprof_writer_flush(process->writer, error);
}

void process_pause(struct process *process, uint64_t from)
{
    process->paused_from = from;
    process->paused_to = UINT64_MAX;
    atomic_store_explicit(&process->ring.shared->paused, 1, memory_order_relaxed);
}

void process_resume(struct process *process, uint64_t to)
{
    process->paused_to = to;
    atomic_store_explicit(&process->ring.shared->paused, 0, memory_order_relaxed);
    syscall(SYS_futex, &process->ring.shared->paused, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void process_stop(struct process *process)
{
    atomic_store_explicit(&process->ring.shared->stop, 1, memory_order_release);
}

int process_end(struct process *process, void *buffer, struct process_fate fate, struct pyprof_error *error)
{
    struct ring_shared *shared = process->ring.shared;
    int result = process_drain(process, buffer, error) < 0 ? -1 : 0;
    uint32_t end = atomic_load_explicit(&shared->end, memory_order_acquire);
    uint64_t ended = atomic_load_explicit(&shared->ended, memory_order_relaxed);

    if (fate.fate == PYPROF_FATE_EXITED && end == RING_EXEC)
        fate = (struct process_fate){.fate = PYPROF_FATE_EXEC, .now = fate.now};
    if (fate.fate == PYPROF_FATE_RUNNING || end == RING_RUNNING || ended < process->last_round || ended > fate.now)
        ended = fate.now;
    if (process->paused_from <= ended && process->paused_to == UINT64_MAX)
        process->paused_to = ended;
    if (result == 0 && end_pause(process, error) < 0)
        result = -1;
    struct pyprof_end facts = {
        .fate = fate.fate,
        .status_known = fate.status_known,
        .status = (uint32_t)fate.status,
        .time = (int64_t)(ended - process->recording->monotonic),
    };
    if (pyprof_writer_end(process->writer, &facts, result < 0 ? NULL : error) < 0)
        result = -1;
    return result;
}

void process_sum(const struct process *process, struct process_sums *sums)
{
    struct pyprof_writer_totals totals = pyprof_writer_totals(process->writer);

    sums->processes++;
    sums->threads += threads_count(process->threads);
    sums->samples += totals.samples;
    sums->missed += totals.missed;
    sums->removed += totals.removed;
    sums->late += totals.late;
    sums->overflow += totals.overflow;
    sums->rounds += process->rounds ? process->rounds - 1 : 0;
    sums->time += process->last_round - process->first_round - process->paused;
}
