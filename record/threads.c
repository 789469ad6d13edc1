#include "threads.h"

#include <stdlib.h>
#include <string.h>

enum {
    THREAD_ID_MAX = 1 << 24,
    NAME_MAX_SIZE = 1 << 16, /* the stream's limit of a string */
};

static const uint32_t KNOWN_FLAGS =
    RING_ON_CPU | RING_HOLDS_GIL | RING_WAITS_GIL | RING_IN_GC | RING_DOUBTED | RING_GIL_UNKNOWN;

struct thread {
    uint32_t ring_id;
    struct pyprof_thread facts;
    char *name;     /* where the facts' name lies */
    uint64_t told;  /* last round that told of it */
    uint32_t flags; /* of its last sample */
    uint64_t cpu;
    uint32_t *path; /* nodes of its last stack, outermost first */
    uint32_t depth, room;
};

struct threads {
    const struct recording *recording;
    bool paused;
    uint64_t round; /* counts threads_repeat, from 1 */
    uint32_t count;
    struct thread *live;
    uint32_t nlive, live_room;
    uint32_t *places; /* by the ring's id: place in live + 1, or 0 */
    uint32_t places_room;
};

struct threads *threads_new(const struct recording *recording)
{
    struct threads *threads = calloc(1, sizeof *threads);

    if (threads) {
        threads->recording = recording;
        threads->round = 1;
    }
    return threads;
}

static void release(struct thread *thread)
{
    free(thread->name);
    free(thread->path);
}

void threads_free(struct threads *threads)
{
    if (!threads)
        return;
    for (uint32_t i = 0; i < threads->nlive; i++)
        release(&threads->live[i]);
    free(threads->live);
    free(threads->places);
    free(threads);
}

uint32_t threads_count(const struct threads *threads)
{
    return threads->count;
}

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static struct thread *find(struct threads *threads, uint32_t id, struct pyprof_error *error)
{
    uint32_t place = id < threads->places_room ? threads->places[id] : 0;

    if (place == 0) {
        pyprof_fail(error, PYPROF_DAMAGED, 0, "thread %u, which never began or has ended", id);
        return NULL;
    }
    return &threads->live[place - 1];
}

/*
 * Room for at least `need` items of `size` bytes, the new ones zeros: `items`, perhaps moved, or NULL, with `items`
 * as they were, without memory.
 */
static void *grow(void *items, uint32_t *room, uint32_t need, size_t size)
{
    uint32_t wanted = *room ? *room : 16;

    while (wanted < need)
        wanted *= 2;
    if (items && wanted == *room)
        return items;
    void *grown = reallocarray(items, wanted, size);
    if (grown) {
        memset((char *)grown + *room * size, 0, (wanted - *room) * size);
        *room = wanted;
    }
    return grown;
}

/* A new thread at the end of the live ones; NULL on failure. */
static struct thread *add(struct threads *threads, const struct ring_thread *record, struct pyprof_error *error)
{
    if (record->thread >= THREAD_ID_MAX) {
        pyprof_fail(error, PYPROF_LIMIT, 0, "more than %d threads", THREAD_ID_MAX);
        return NULL;
    }
    uint32_t *places = grow(threads->places, &threads->places_room, record->thread + 1, sizeof *places);
    if (places)
        threads->places = places;
    struct thread *live = grow(threads->live, &threads->live_room, threads->nlive + 1, sizeof *live);
    if (live)
        threads->live = live;
    if (!places || !live) {
        no_memory(error);
        return NULL;
    }

    struct thread *thread = &threads->live[threads->nlive++];
    *thread = (struct thread){.ring_id = record->thread, .cpu = record->cpu};
    thread->facts.id = ++threads->count;
    thread->facts.end = INT64_MAX;
    threads->places[record->thread] = threads->nlive;
    return thread;
}

int threads_begin(struct threads *threads, const struct ring_thread *record, size_t size,
                  struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (size < sizeof *record || size - sizeof *record != record->name_size || record->name_size > NAME_MAX_SIZE)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a thread record of %zu bytes", size);

    bool known = record->thread < threads->places_room && threads->places[record->thread];
    struct thread *thread = known ? find(threads, record->thread, error) : add(threads, record, error);
    if (!thread)
        return -1;
    char *name = malloc(record->name_size + 1u);
    if (!name)
        return no_memory(error);
    memcpy(name, record->name, record->name_size);
    free(thread->name);
    thread->name = name;
    thread->facts.name = (struct pyprof_text){name, record->name_size};
    thread->facts.tid = (uint64_t)(uint32_t)record->tid;
    thread->facts.start = (int64_t)(record->start - threads->recording->monotonic);
    return pyprof_writer_thread(writer, &thread->facts, error);
}

/* Appends the sample's fresh frames to the kept part of the thread's path, as nodes. */
static int extend(struct thread *thread, const struct ring_sample *sample, struct codes *codes,
                  struct pyprof_writer *writer, struct pyprof_error *error)
{
    uint32_t *path = grow(thread->path, &thread->room, sample->keep + sample->fresh, sizeof *path);
    if (!path)
        return no_memory(error);

    thread->path = path;
    thread->depth = sample->keep;
    for (uint32_t i = 0; i < sample->fresh; i++) {
        uint32_t parent = thread->depth ? thread->path[thread->depth - 1] : 0;
        uint32_t function, line;
        if (!codes_place(codes, sample->frames[i], &function, &line))
            return pyprof_fail(error, PYPROF_DAMAGED, 0, "code %u, which was never told of", sample->frames[i].code);
        uint32_t node = pyprof_writer_node(writer, parent, function, line);
        if (node == 0)
            return pyprof_fail(error, PYPROF_SYSTEM, 0, "the writer failed");
        thread->path[thread->depth++] = node;
    }
    return 0;
}

/* Marks the thread as told of in this round, which can be done once. */
static int tell(struct threads *threads, struct thread *thread, struct pyprof_error *error)
{
    if (thread->told == threads->round)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "thread %u twice in a round", thread->ring_id);
    thread->told = threads->round;
    return 0;
}

static uint32_t top(const struct thread *thread)
{
    return thread->depth ? thread->path[thread->depth - 1] : 0;
}

/* Passes on what is known of the thread in this round, if it is to be kept. */
static int write_sample(const struct threads *threads, const struct thread *thread, struct pyprof_writer *writer,
                        struct pyprof_error *error)
{
    uint32_t states = threads->recording->states;

    if (threads->paused || (states && !(thread->flags & states)))
        return pyprof_writer_removed(writer, thread->facts.id, threads->paused ? PYPROF_PAUSED : 0, thread->cpu,
                                     error);
    return pyprof_writer_sample(writer, thread->facts.id, top(thread), thread->flags, thread->cpu, error);
}

int threads_sample(struct threads *threads, const struct ring_sample *sample, size_t size, struct codes *codes,
                   struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (size < sizeof *sample || sample->fresh != (size - sizeof *sample) / sizeof *sample->frames)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a sample record of %zu bytes", size);

    struct thread *thread = find(threads, sample->thread, error);
    if (!thread || tell(threads, thread, error) < 0)
        return -1;
    if (sample->keep > thread->depth || sample->keep + sample->fresh > RING_FRAMES_MAX)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a sample that keeps %u frames of %u", sample->keep,
                           thread->depth);
    if (extend(thread, sample, codes, writer, error) < 0)
        return -1;
    thread->flags = sample->flags & KNOWN_FLAGS;
    if (sample->cpu > thread->cpu)
        thread->cpu = sample->cpu;
    return write_sample(threads, thread, writer, error);
}

int threads_missed(struct threads *threads, const struct ring_missed *record, size_t size,
                   struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (size != sizeof *record)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a missed record of %zu bytes", size);

    struct thread *thread = find(threads, record->thread, error);
    if (!thread || tell(threads, thread, error) < 0)
        return -1;
    return pyprof_writer_missed(writer, thread->facts.id, error);
}

int threads_end(struct threads *threads, const struct ring_thread_end *record, size_t size,
                struct pyprof_writer *writer, struct pyprof_error *error)
{
    if (size != sizeof *record)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a thread's end of %zu bytes", size);

    struct thread *thread = find(threads, record->thread, error);
    if (!thread)
        return -1;
    thread->facts.end = (int64_t)(record->time - threads->recording->monotonic);
    if (thread->facts.end < thread->facts.start)
        thread->facts.end = thread->facts.start;
    int written = pyprof_writer_thread(writer, &thread->facts, error);

    release(thread);
    threads->places[record->thread] = 0;
    struct thread *last = &threads->live[--threads->nlive];
    if (thread != last) {
        *thread = *last;
        threads->places[thread->ring_id] = (uint32_t)(thread - threads->live) + 1;
    }
    return written;
}

void threads_pause(struct threads *threads, bool paused)
{
    threads->paused = paused;
}

int threads_repeat(struct threads *threads, struct pyprof_writer *writer, struct pyprof_error *error)
{
    for (uint32_t i = 0; i < threads->nlive; i++) {
        struct thread *thread = &threads->live[i];
        if (thread->told == threads->round)
            continue;
        thread->flags &= ~(uint32_t)RING_ON_CPU;
        if (write_sample(threads, thread, writer, error) < 0)
            return -1;
    }
    threads->round++;
    return 0;
}
