#include "clocks.h"

#include <stdlib.h>
#include <string.h>

#include "format/cursor.h"

void clocks_free(struct clocks *clocks)
{
    for (uint32_t i = 0; i < clocks->nthreads; i++)
        buffer_free(&clocks->threads[i].log);
    free(clocks->threads);
    free(clocks->places);
    clocks->nthreads = clocks->room = clocks->places_room = 0;
    clocks->threads = NULL;
    clocks->places = NULL;
}

static uint32_t larger(uint32_t room, uint32_t need)
{
    return need < 2 * room ? 2 * room : need + 16;
}

/* Makes room for one more thread, of this id in the ring; false if there is none. */
static bool reserve(struct clocks *clocks, uint32_t id)
{
    if (id >= clocks->places_room) {
        uint32_t room = larger(clocks->places_room, id + 1);
        uint32_t *places = reallocarray(clocks->places, room, sizeof *places);
        if (!places)
            return false;
        memset(places + clocks->places_room, 0, (room - clocks->places_room) * sizeof *places);
        clocks->places = places;
        clocks->places_room = room;
    }
    if (clocks->nthreads == clocks->room) {
        uint32_t room = larger(clocks->room, clocks->nthreads + 1);
        struct clocks_thread *threads = reallocarray(clocks->threads, room, sizeof *threads);
        if (!threads)
            return false;
        clocks->threads = threads;
        clocks->room = room;
    }
    return true;
}

static void take_thread(struct clocks *clocks, uint32_t id)
{
    if ((id < clocks->places_room && clocks->places[id]) || !reserve(clocks, id))
        return;
    clocks->threads[clocks->nthreads++] = (struct clocks_thread){0};
    clocks->places[id] = clocks->nthreads;
}

static void take_sample(struct clocks *clocks, const struct ring_sample *sample)
{
    uint32_t place = sample->thread < clocks->places_room ? clocks->places[sample->thread] : 0;

    if (!atomic_load_explicit(&clocks->on, memory_order_relaxed) || !place)
        return;
    struct clocks_thread *thread = &clocks->threads[place - 1];
    if (sample->cpu < thread->cpu)
        return;
    buffer_varint(&thread->log, clocks->round - thread->round);
    buffer_varint(&thread->log, sample->cpu - thread->cpu);
    thread->round = clocks->round;
    thread->cpu = sample->cpu;
}

void clocks_watch(struct clocks *clocks, const struct ring_record *record)
{
    const void *body = record + 1;

    if (record->type == RING_ROUND)
        clocks->round++;
    else if (record->type == RING_THREAD)
        take_thread(clocks, ((const struct ring_thread *)body)->thread);
    else if (record->type == RING_THREAD_END)
        clocks->places[((const struct ring_thread_end *)body)->thread] = 0;
    else if (record->type == RING_SAMPLE)
        take_sample(clocks, body);
}

/* Reads the pair ahead. */
static void look_ahead(struct clocks_reader *reader)
{
    struct cursor cursor = cursor_over(reader->bytes, (size_t)(reader->end - reader->bytes));
    uint64_t rounds = cursor_varint(&cursor), cpu = cursor_varint(&cursor);

    reader->ahead = !cursor.failed;
    reader->bytes = cursor.failed ? reader->end : cursor.at;
    reader->next_round = reader->round + rounds;
    reader->next_cpu = reader->cpu + cpu;
}

uint64_t clocks_read(struct clocks_reader *reader, uint64_t round)
{
    while (reader->bytes < reader->end || reader->ahead) {
        if (!reader->ahead)
            look_ahead(reader);
        if (!reader->ahead || reader->next_round > round)
            break;
        reader->round = reader->next_round;
        reader->cpu = reader->next_cpu;
        reader->ahead = false;
    }
    return reader->cpu;
}
