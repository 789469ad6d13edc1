#include "cut.h"

#include "clocks.h"
#include "format/reader.h"
#include "format/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A thread of the copy: its id is its index + 1. */
struct kept {
    uint64_t tid;
    int64_t start;
    uint64_t cpu; /* its clock: CPU time in what was passed on */
    bool ended;
    bool sampled;  /* in the last round, */
    uint32_t node; /* here */
};

/* Where a thread of the original goes. */
struct place {
    enum { PLACE_NEW, PLACE_KEPT, PLACE_LEFT } state;
    uint32_t id; /* in the copy */
    struct clocks_reader clock;
};

/* Where a track is while its block's rounds are gone through. */
struct position {
    const struct pyprof_track *track;
    const struct pyprof_run *run; /* NULL after the last */
    uint32_t done;                /* rounds of the run that were gone through */
};

struct cutting {
    struct pyprof_writer *writer; /* of the copy; NULL before its first part */
    struct pyprof_sink sink;
    uint64_t wall, monotonic; /* when it began */
    int64_t length;           /* ns of the parts before */
    int64_t last;             /* time of the last round */
    struct kept *kept;
    uint32_t nkept, kept_room;

    /* Of the part in hand. */
    const struct cut_part *part;
    struct pyprof_reader *reader;
    struct pyprof_section *section;
    bool begun;
    uint32_t *functions, *nodes; /* by id in the original: id in the copy, or 0 */
    uint32_t functions_room, nodes_room;
    struct place *places; /* by the thread's id in the original */
    uint32_t places_room;
    struct position *positions;
    uint32_t positions_room;
    uint32_t *waits; /* by index of the part's nodes: node of the copy */
    uint32_t waits_room;
    struct pyprof_samples samples;
};

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

/* Room for ids up to `id`, the new items zeros. */
static void *room_for(void *items, uint32_t *room, uint32_t id, size_t size)
{
    if (items && id < *room)
        return items;
    uint32_t wanted = id < 500 ? 1000 : 2 * id;
    void *grown = reallocarray(items, wanted, size);
    if (grown) {
        memset((char *)grown + *room * size, 0, (wanted - *room) * size);
        *room = wanted;
    }
    return grown;
}

#define ROOM(items, id, error)                                                                                       \
    __extension__({                                                                                                  \
        void *grown_ = room_for(items, &items##_room, id, sizeof *(items));                                          \
        if (grown_)                                                                                                  \
            (items) = grown_;                                                                                        \
        grown_ ? 0 : no_memory(error);                                                                               \
    })

/* The copy begins when its first part does, as a recording of its own. */
static int begin_copy(struct cutting *cutting, struct pyprof_info *info, struct pyprof_error *error)
{
    cutting->wall = info->wall + (cutting->part->begin - info->monotonic);
    cutting->monotonic = cutting->part->begin;
    info->wall = cutting->wall;
    info->monotonic = cutting->monotonic;
    if (getrandom(info->recording, sizeof info->recording, 0) < 0)
        memset(info->recording, 1, sizeof info->recording);
    cutting->writer = pyprof_writer_new(cutting->sink, info, error);
    return cutting->writer ? 0 : -1;
}

/* Makes the nodes of the copy at which the part's tasks waited. */
static int add_waits(struct cutting *cutting, struct pyprof_error *error)
{
    const struct cut_part *part = cutting->part;

    if (part->nnodes >= UINT32_MAX)
        return pyprof_fail(error, PYPROF_LIMIT, 0, "%zu nodes", part->nnodes);
    if (ROOM(cutting->waits, (uint32_t)part->nnodes, error) < 0)
        return -1;
    cutting->waits[0] = 0;
    for (size_t i = 0; i < part->nnodes; i++) {
        const struct cut_node *node = &part->nodes[i];
        if (node->parent > i)
            return pyprof_fail(error, PYPROF_DAMAGED, 0, "a node before its parent");
        uint32_t function = pyprof_writer_function(cutting->writer, node->function.file, node->function.name,
                                                   node->function.firstline, node->function.flags);
        cutting->waits[i + 1] =
            pyprof_writer_node(cutting->writer, cutting->waits[node->parent], function, node->line);
    }
    return 0;
}

/* Takes the facts of the part's stream, which come again when they change. */
static int take_facts(struct cutting *cutting, struct pyprof_error *error)
{
    struct pyprof_info info = *pyprof_section_info(cutting->section);
    bool first = !cutting->begun;

    if (cutting->part->begin < info.monotonic || cutting->part->end < cutting->part->begin)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "the part begins before the stream");
    cutting->begun = true;
    info.start = 0;
    if (!cutting->writer)
        return begin_copy(cutting, &info, error) < 0 ? -1 : add_waits(cutting, error);
    info.wall = cutting->wall;
    info.monotonic = cutting->monotonic;
    if (pyprof_writer_info(cutting->writer, &info, error) < 0)
        return -1;
    if (!first)
        return 0;
    /* A round without samples: the next one's stand for the time since then. */
    if (pyprof_writer_round(cutting->writer, cutting->length, 0, error) < 0)
        return -1;
    return add_waits(cutting, error);
}

static int64_t part_length(const struct cut_part *part)
{
    return (int64_t)(part->end - part->begin);
}

/* ns from the part's beginning to a time of its stream. */
static int64_t since_begin(const struct cutting *cutting, int64_t time)
{
    uint64_t offset = cutting->part->begin - pyprof_section_info(cutting->section)->monotonic;

    return time == INT64_MAX ? time : time - (int64_t)offset;
}

/* Tells the copy what the original knows of a thread by now. */
static int define_thread(struct cutting *cutting, uint32_t id, struct pyprof_error *error)
{
    struct pyprof_thread thread;

    if (!pyprof_section_thread(cutting->section, id, &thread))
        return 0;
    int64_t end = since_begin(cutting, thread.end);
    thread.id = cutting->places[id].id;
    struct kept *kept = &cutting->kept[thread.id - 1];
    kept->ended = end <= part_length(cutting->part);
    thread.start = kept->start;
    thread.end = kept->ended ? cutting->length + end : INT64_MAX;
    return pyprof_writer_thread(cutting->writer, &thread, error);
}

/* Id in the copy, the one it has from an earlier part if it has one; 0 if there is no memory. */
static uint32_t keep_thread(struct cutting *cutting, const struct pyprof_thread *thread, struct pyprof_error *error)
{
    int64_t start = since_begin(cutting, thread->start);

    for (uint32_t i = 0; i < cutting->nkept; i++) {
        if (cutting->kept[i].tid == thread->tid && !cutting->kept[i].ended)
            return i + 1;
    }
    if (ROOM(cutting->kept, cutting->nkept, error) < 0)
        return 0;
    cutting->kept[cutting->nkept] =
        (struct kept){.tid = thread->tid, .start = cutting->length + (start > 0 ? start : 0)};
    return ++cutting->nkept;
}

/* The last span of the thread that was entered up to `time`; NULL if there is none. */
static const struct cut_span *span_at(const struct cut_part *part, uint64_t tid, uint64_t time)
{
    size_t low = 0, high = part->nspans;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cut_span *span = &part->spans[middle];
        if (span->tid < tid || (span->tid == tid && span->enter <= time))
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && part->spans[low - 1].tid == tid ? &part->spans[low - 1] : NULL;
}

/* Whether the part is of this thread: one that ended before is another, whose id was given out again. */
static bool wanted(const struct cutting *cutting, const struct pyprof_thread *thread)
{
    if (since_begin(cutting, thread->end) <= 0)
        return false;
    if (cutting->part->tid == 0 || cutting->part->tid == thread->tid)
        return true;
    return cutting->part->nspans && span_at(cutting->part, thread->tid, UINT64_MAX);
}

/* Finds out where the thread goes. */
static int place_thread(struct cutting *cutting, uint32_t id, struct pyprof_error *error)
{
    struct pyprof_thread thread;

    if (ROOM(cutting->places, id, error) < 0)
        return -1;
    struct place *place = &cutting->places[id];
    if (place->state != PLACE_NEW)
        return 0;
    place->state = PLACE_LEFT;
    if (!pyprof_section_thread(cutting->section, id, &thread) || !wanted(cutting, &thread))
        return 0;
    place->id = keep_thread(cutting, &thread, error);
    if (!place->id)
        return -1;
    place->state = PLACE_KEPT;
    if (id <= cutting->part->nlogs) {
        const struct cut_log *log = &cutting->part->logs[id - 1];
        place->clock = (struct clocks_reader){.bytes = log->bytes, .end = (const uint8_t *)log->bytes + log->size};
    }
    return define_thread(cutting, id, error);
}

/* The copy's function; 0 for one that the original lost, or on failure, which the writer remembers. */
static uint32_t function_of(struct cutting *cutting, uint32_t id)
{
    struct pyprof_function function;

    if (!pyprof_section_function(cutting->section, id, &function))
        return 0;
    if (!cutting->functions[id])
        cutting->functions[id] =
            pyprof_writer_function(cutting->writer, function.file, function.name, function.firstline, function.flags);
    return cutting->functions[id];
}

/* The copy's node, made if need be with all above it; callers come first, so the way down is walked again and again. */
static uint32_t node_of(struct cutting *cutting, uint32_t id)
{
    struct pyprof_node node;

    while (id && !cutting->nodes[id]) {
        uint32_t top = id;
        if (!pyprof_section_node(cutting->section, top, &node))
            return 0;
        while (node.parent && !cutting->nodes[node.parent]) {
            top = node.parent;
            if (!pyprof_section_node(cutting->section, top, &node))
                return 0;
        }
        uint32_t parent = node.parent ? cutting->nodes[node.parent] : 0;
        cutting->nodes[top] =
            pyprof_writer_node(cutting->writer, parent, function_of(cutting, node.function), node.line);
        if (!cutting->nodes[top])
            return 0;
    }
    return id ? cutting->nodes[id] : 0;
}

/* CPU time that the round in hand stands for, ns: a run's is spread evenly. */
static uint64_t cpu_of(const struct cutting *cutting, const struct position *position)
{
    unsigned __int128 whole = (unsigned __int128)position->run->cpu * cutting->samples.unit;
    uint32_t count = position->run->count, done = position->done;

    return (uint64_t)(whole * (done + 1) / count - whole * done / count);
}

static int put_sample(struct cutting *cutting, uint32_t thread, uint32_t node, uint32_t flags,
                      struct pyprof_error *error)
{
    struct kept *kept = &cutting->kept[thread - 1];

    kept->sampled = true;
    kept->node = node;
    return pyprof_writer_sample(cutting->writer, thread, node, flags, kept->cpu, error);
}

static int put_round(struct cutting *cutting, int64_t time, uint64_t late, struct pyprof_error *error)
{
    for (uint32_t i = 0; i < cutting->nkept; i++)
        cutting->kept[i].sampled = false;
    cutting->last = time;
    return pyprof_writer_round(cutting->writer, time, late, error);
}

static int pass_as_is(struct cutting *cutting, const struct position *position, struct pyprof_error *error)
{
    uint32_t thread = cutting->places[position->track->thread].id;
    const struct pyprof_run *run = position->run;

    if (run->flags & PYPROF_MISSED)
        return pyprof_writer_missed(cutting->writer, thread, error);
    cutting->kept[thread - 1].cpu += cpu_of(cutting, position);
    return put_sample(cutting, thread, node_of(cutting, run->node), run->flags, error);
}

/* When the track's thread was where round `r` of the block saw it, by the clock of the part's spans; 0: not known. */
static uint64_t moment(struct cutting *cutting, const struct position *position, uint32_t r)
{
    const struct cut_part *part = cutting->part;
    const struct pyprof_samples *samples = &cutting->samples;

    if (part->nlogs)
        return clocks_read(&cutting->places[position->track->thread].clock, samples->first_round + r + 1);
    return part->begin + (uint64_t)since_begin(cutting, samples->times[r] * (int64_t)samples->unit);
}

/* Passes on round `r` of the block, of one track. */
static int pass_sample(struct cutting *cutting, const struct position *position, uint32_t r,
                       struct pyprof_error *error)
{
    const struct cut_part *part = cutting->part;
    uint32_t thread = cutting->places[position->track->thread].id;

    if (part->nspans == 0)
        return pass_as_is(cutting, position, error);
    const struct kept *kept = &cutting->kept[thread - 1];
    uint64_t at = moment(cutting, position, r);
    const struct cut_span *span = span_at(part, kept->tid, at);
    if (span && at <= span->leave)
        return pass_as_is(cutting, position, error);
    if (!span || kept->tid != part->tid)
        return 0;
    return put_sample(cutting, thread, span->node <= part->nnodes ? cutting->waits[span->node] : 0, 0, error);
}

/* Goes on by a round; after its last one a track's position has no run. */
static void next_round(struct cutting *cutting, struct position *position)
{
    const struct pyprof_track *track = position->track;

    if (++position->done < position->run->count)
        return;
    position->done = 0;
    if (++position->run == &cutting->samples.runs[track->first_run + track->runs])
        position->run = NULL;
}

/* Goes through round `r` of the block, passing it on if it is in the part. */
static int take_round(struct cutting *cutting, uint32_t r, struct pyprof_error *error)
{
    const struct pyprof_samples *samples = &cutting->samples;
    int64_t time = since_begin(cutting, samples->times[r] * (int64_t)samples->unit);
    bool inside = time > 0 && time <= part_length(cutting->part);

    if (inside && put_round(cutting, cutting->length + time, r == 0 ? samples->late : 0, error) < 0)
        return -1;
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        struct position *position = &cutting->positions[i];
        if (r < position->track->first_round || !position->run)
            continue;
        if (inside && cutting->places[position->track->thread].state == PLACE_KEPT &&
            pass_sample(cutting, position, r, error) < 0)
            return -1;
        next_round(cutting, position);
    }
    return 0;
}

static int take_samples(struct cutting *cutting, struct pyprof_error *error)
{
    struct pyprof_samples *samples = &cutting->samples;

    if (pyprof_reader_samples(cutting->reader, PYPROF_WANT_TIMES | PYPROF_WANT_CPU, samples, error) < 0 ||
        ROOM(cutting->functions, pyprof_section_functions(cutting->section), error) < 0 ||
        ROOM(cutting->nodes, pyprof_section_nodes(cutting->section), error) < 0 ||
        ROOM(cutting->positions, samples->ntracks, error) < 0)
        return -1;
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        if (place_thread(cutting, track->thread, error) < 0)
            return -1;
        cutting->positions[i] =
            (struct position){.track = track, .run = track->runs ? &samples->runs[track->first_run] : NULL};
    }
    for (uint32_t r = 0; r < samples->rounds; r++) {
        if (take_round(cutting, r, error) < 0)
            return -1;
    }
    if (samples->overflow)
        pyprof_writer_overflow(cutting->writer, samples->overflow);
    return 0;
}

static int take_item(struct cutting *cutting, const struct pyprof_item *item, struct pyprof_error *error)
{
    cutting->section = item->section;
    switch (item->type) {
    case PYPROF_ITEM_DAMAGE:
        *error = item->reason;
        return -1;
    case PYPROF_ITEM_SECTION:
        return take_facts(cutting, error);
    case PYPROF_ITEM_SAMPLES:
        if (!cutting->begun)
            return pyprof_fail(error, PYPROF_DAMAGED, item->offset, "samples before their section");
        return item->offset + item->size <= cutting->part->skip ? 0 : take_samples(cutting, error);
    default:
        return 0;
    }
}

/*
 * The part ends between two rounds, or the sampler came late.  What is left of the time counts where the thread was seen
 * last, and is doubted where that is a guess: by how much, the lateness tells.
 */
static int pass_rest(struct cutting *cutting, struct pyprof_error *error)
{
    int64_t end = cutting->length + part_length(cutting->part), rest = end - cutting->last;
    int64_t period = (int64_t)pyprof_section_info(cutting->section)->period;
    bool guessed = period > 0 && rest > 2 * period;

    if (rest <= 0 || cutting->last <= cutting->length)
        return 0;
    if (pyprof_writer_round(cutting->writer, end, guessed ? (uint64_t)(rest / period) - 1 : 0, error) < 0)
        return -1;
    for (uint32_t i = 0; i < cutting->nkept; i++) {
        const struct kept *kept = &cutting->kept[i];
        if (kept->sampled && !kept->ended &&
            pyprof_writer_sample(cutting->writer, i + 1, kept->node, guessed ? PYPROF_DOUBTED : 0, kept->cpu, error) <
                0)
            return -1;
    }
    return 0;
}

/* Threads may have got their name or their end after their last sample. */
static int end_part(struct cutting *cutting, struct pyprof_error *error)
{
    if (!cutting->begun)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "a stream without a section");
    for (uint32_t id = 0; id < cutting->places_room; id++) {
        if (cutting->places[id].state == PLACE_KEPT && define_thread(cutting, id, error) < 0)
            return -1;
    }
    if (pass_rest(cutting, error) < 0)
        return -1;
    cutting->length += part_length(cutting->part);
    return 0;
}

static int take_part(struct cutting *cutting, struct pyprof_error *error)
{
    struct pyprof_item item;
    int got;

    if (!cutting->reader)
        return no_memory(error);
    if (pyprof_reader_feed(cutting->reader, cutting->part->stream, cutting->part->size, error) < 0)
        return -1;
    pyprof_reader_finish(cutting->reader);
    while ((got = pyprof_reader_next(cutting->reader, &item, error)) == PYPROF_ITEM) {
        if (take_item(cutting, &item, error) < 0)
            return -1;
    }
    return got < 0 ? -1 : end_part(cutting, error);
}

int cut_add(struct cutting *cutting, const struct cut_part *part, struct pyprof_error *error)
{
    cutting->part = part;
    cutting->begun = false;
    cutting->reader = pyprof_reader_new(NULL);
    if (cutting->functions_room)
        memset(cutting->functions, 0, cutting->functions_room * sizeof *cutting->functions);
    if (cutting->nodes_room)
        memset(cutting->nodes, 0, cutting->nodes_room * sizeof *cutting->nodes);
    if (cutting->places_room)
        memset(cutting->places, 0, cutting->places_room * sizeof *cutting->places);
    int result = take_part(cutting, error);
    pyprof_reader_free(cutting->reader);
    return result;
}

int cut_end(struct cutting *cutting, struct pyprof_error *error)
{
    const struct pyprof_end end = {.fate = PYPROF_FATE_RUNNING, .time = cutting->length};

    return pyprof_writer_end(cutting->writer, &end, error);
}

static int put_bytes(void *into, const void *bytes, size_t size)
{
    struct buffer *buffer = into;

    buffer_put(buffer, bytes, size);
    if (!buffer->failed)
        return 0;
    errno = ENOMEM;
    return -1;
}

struct cutting *cut_new(struct buffer *into)
{
    struct cutting *cutting = calloc(1, sizeof *cutting);

    if (cutting)
        cutting->sink = (struct pyprof_sink){.write = put_bytes, .context = into};
    return cutting;
}

void cut_free(struct cutting *cutting)
{
    if (!cutting)
        return;
    pyprof_writer_free(cutting->writer);
    pyprof_samples_free(&cutting->samples);
    free(cutting->kept);
    free(cutting->functions);
    free(cutting->nodes);
    free(cutting->places);
    free(cutting->positions);
    free(cutting->waits);
    free(cutting);
}
