#include "threads.h"

#include <string.h>

#include "pages.h"

enum { FIRST_ROOM = 512 };

static uint32_t *bucket_of(struct threads *self, pid_t tid)
{
    return &self->buckets[(uint32_t)tid % THREADS_BUCKETS];
}

/* Takes an unused entry; NULL if all are in use. */
static struct thread *take(struct threads *self)
{
    if (self->free) {
        struct thread *thread = &self->entries[self->free - 1];
        self->free = thread->next_in_bucket;
        return thread;
    }
    return self->used < THREADS_MAX ? &self->entries[self->used++] : NULL;
}

struct thread *threads_get(struct threads *self, pid_t tid)
{
    uint32_t *bucket = bucket_of(self, tid);

    for (uint32_t at = *bucket; at; at = self->entries[at - 1].next_in_bucket) {
        if (self->entries[at - 1].still.tid == tid)
            return &self->entries[at - 1];
    }

    struct thread *thread = take(self);
    if (thread) {
        *thread = (struct thread){
            .still = {.tid = tid}, .id = ++self->last_id, .next_in_bucket = *bucket, .cpu_read = UINT64_MAX};
        *bucket = (uint32_t)(thread - self->entries) + 1;
    }
    return thread;
}

void threads_remove(struct threads *self, struct thread *thread)
{
    uint32_t index = (uint32_t)(thread - self->entries) + 1;
    uint32_t *link = bucket_of(self, thread->still.tid);

    while (*link != index)
        link = &self->entries[*link - 1].next_in_bucket;
    *link = thread->next_in_bucket;

    pages_free(thread->stack, sizeof *thread->stack);
    pages_free(thread->frames, thread->room * sizeof *thread->frames);
    *thread = (struct thread){.next_in_bucket = self->free};
    self->free = index;
}

void threads_clear(struct threads *self, struct still *still)
{
    for (uint32_t i = 0; i < self->used; i++) {
        if (self->entries[i].id) {
            still_forget(still, &self->entries[i].still);
            threads_remove(self, &self->entries[i]);
        }
    }
}

bool threads_reserve(struct thread *thread, uint32_t depth)
{
    if (!thread->stack && !(thread->stack = pages_new(sizeof *thread->stack)))
        return false;
    if (thread->frames && depth <= thread->room)
        return true;

    uint32_t room = thread->room ? thread->room : FIRST_ROOM;
    while (room < depth)
        room *= 2;
    struct ring_frame *frames = pages_new(room * sizeof *frames);
    if (!frames)
        return false;
    if (thread->frames)
        memcpy(frames, thread->frames, thread->depth * sizeof *frames);
    pages_free(thread->frames, thread->room * sizeof *frames);
    thread->frames = frames;
    thread->room = room;
    return true;
}
