#include "tasks.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proc.h"
#include "record/recording.h"

enum {
    READ_PAUSE = 20 * 1000 * 1000, /* ns between two readings of the list */
    PTHREAD_BYTES = 2048,          /* of a struct pthread that are searched */
    PTHREAD_BYTES_MIN = 128,
    SAMPLE_THREADS = 32, /* that must agree on where the id is */
};

/* Whether a process lives in another pid namespace than this one; if that cannot be known, not. */
static bool in_other_namespace(pid_t pid)
{
    char path[48];
    struct stat own, other;

    snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
    return stat("/proc/self/ns/pid", &own) == 0 && stat(path, &other) == 0 &&
           (own.st_ino != other.st_ino || own.st_dev != other.st_dev);
}

void tasks_init(struct tasks *self, pid_t pid)
{
    *self = (struct tasks){.pid = pid, .foreign = in_other_namespace(pid), .tid_offset = -1};
}

/* The id in its own namespace: the last of NSpid. */
static pid_t inner_id(pid_t pid, pid_t tid)
{
    char name[48], value[256];

    snprintf(name, sizeof name, "task/%d/status", (int)tid);
    if (!proc_field(pid, name, "NSpid", value, sizeof value))
        return 0;
    const char *last = strrchr(value, '\t');
    return (pid_t)atoi(last ? last + 1 : value);
}

static void add_task(void *context, pid_t tid)
{
    struct tasks *self = context;

    if (self->n < TASKS_MAX)
        self->list[self->n++] = (struct task){self->foreign ? inner_id(self->pid, tid) : tid, tid};
}

static int by_inner(const void *a, const void *b)
{
    pid_t x = ((const struct task *)a)->inner, y = ((const struct task *)b)->inner;

    return (x > y) - (x < y);
}

/* Reads the list of threads, unless that was done just now. */
static void read_list(struct tasks *self)
{
    uint64_t now = recording_clock();

    if (self->read && now - self->read < READ_PAUSE)
        return;
    self->read = now;
    self->n = 0;
    proc_threads(self->pid, add_task, self);
    qsort(self->list, self->n, sizeof *self->list, by_inner);
}

/* The id here of one there, as far as the list says; 0 if it does not. */
static pid_t outer_id(const struct tasks *self, pid_t inner)
{
    const struct task key = {.inner = inner};
    const struct task *found = bsearch(&key, self->list, self->n, sizeof *self->list, by_inner);

    return found ? found->outer : 0;
}

/* What is searched of some struct pthreads. */
struct places {
    size_t n, bytes;
    unsigned char copy[SAMPLE_THREADS][PTHREAD_BYTES];
};

/* Copies the beginnings of the listed threads' struct pthreads, as much as all of them have. */
static bool copy_places(struct places *places, const struct walk_runtime *runtime)
{
    struct walk_thread listed[SAMPLE_THREADS];

    places->n = walk_threads(runtime, listed, SAMPLE_THREADS);
    places->bytes = PTHREAD_BYTES;
    for (size_t i = 0; i < places->n; i++) {
        while (!mem_read(&runtime->mem, listed[i].pthread, places->copy[i], places->bytes)) {
            places->bytes /= 2;
            if (places->bytes < PTHREAD_BYTES_MIN)
                return false;
        }
    }
    return places->n > 0;
}

static pid_t id_at(const struct places *places, size_t i, size_t offset)
{
    pid_t id;

    memcpy(&id, &places->copy[i][offset], sizeof id);
    return id;
}

/* Whether the place holds an id of the process in every thread, and in no two the same. */
static bool holds_ids(const struct tasks *self, const struct places *places, size_t offset)
{
    for (size_t i = 0; i < places->n; i++) {
        pid_t id = id_at(places, i, offset);
        if (!outer_id(self, id))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (id_at(places, j, offset) == id)
                return false;
        }
    }
    return true;
}

/*
 * Where libcs are known to have it: glibc on x86-64 and aarch64 (nptl/descr.h), musl on both (src/internal/
 * pthread_impl.h).  They come first because the ids of a small pid namespace, 1 and 2, are found in many places.
 */
static const size_t usual_offsets[] = {720, 208, 48, 32};

static int search(const struct tasks *self, const struct places *places)
{
    for (size_t i = 0; i < sizeof usual_offsets / sizeof *usual_offsets; i++) {
        if (usual_offsets[i] < places->bytes && holds_ids(self, places, usual_offsets[i]))
            return (int)usual_offsets[i];
    }
    for (size_t at = 0; at < places->bytes; at += sizeof(pid_t)) {
        if (holds_ids(self, places, at))
            return (int)at;
    }
    return -1;
}

static void find_offset(struct tasks *self, const struct walk_runtime *runtime)
{
    struct places *places = malloc(sizeof *places);

    read_list(self);
    if (places && copy_places(places, runtime))
        self->tid_offset = search(self, places);
    free(places);
}

/* The id that the process itself stores of a thread. */
static pid_t stored_id(struct tasks *self, const struct walk_runtime *runtime, const struct walk_thread *listed)
{
    pid_t id;

    if (listed->tid || runtime->layout->tstate.native_thread_id != LAYOUT_ABSENT)
        return listed->tid;
    if (self->tid_offset < 0)
        find_offset(self, runtime);
    if (self->tid_offset < 0)
        return 0;
    return mem_read(&runtime->mem, listed->pthread + (uint64_t)self->tid_offset, &id, sizeof id) ? id : 0;
}

pid_t tasks_tid(struct tasks *self, const struct walk_runtime *runtime, const struct walk_thread *listed)
{
    pid_t inner = stored_id(self, runtime, listed);

    if (!self->foreign || inner <= 0)
        return inner;
    pid_t outer = outer_id(self, inner);
    if (!outer) {
        read_list(self);
        outer = outer_id(self, inner);
    }
    return outer;
}
