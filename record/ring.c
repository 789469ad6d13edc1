#include "ring.h"

#include <string.h>

static uint64_t padded(uint64_t size)
{
    return (size + 7) & ~(uint64_t)7;
}

void ring_writer_init(struct ring_writer *w, void *mapping, uint64_t capacity, uint64_t period, uint64_t start)
{
    *w =
        (struct ring_writer){.shared = mapping, .bytes = (uint8_t *)mapping + RING_HEADER_SIZE, .capacity = capacity};
    w->shared->capacity = capacity;
    w->shared->period = period;
    w->shared->start = start;
    w->shared->magic = RING_MAGIC;
}

uint64_t ring_room(const struct ring_writer *w)
{
    uint64_t used = w->next - atomic_load_explicit(&w->shared->tail, memory_order_acquire);

    return used < w->capacity ? w->capacity - used : 0;
}

static void put_header(struct ring_writer *w, enum ring_type type, uint64_t size)
{
    struct ring_record header = {.size = (uint32_t)size, .type = type};

    memcpy(w->bytes + (w->next & (w->capacity - 1)), &header, sizeof header);
}

bool ring_write(struct ring_writer *w, enum ring_type type, const struct ring_part *parts, size_t n)
{
    uint64_t size = sizeof(struct ring_record);
    for (size_t i = 0; i < n; i++)
        size += parts[i].size;

    uint64_t to_end = w->capacity - (w->next & (w->capacity - 1));
    uint64_t pad = padded(size) > to_end ? to_end : 0;
    if (size > RING_RECORD_MAX || pad + padded(size) + w->spare > ring_room(w))
        return false;

    if (pad) {
        put_header(w, RING_PAD, pad);
        w->next += pad;
    }
    put_header(w, type, size);
    uint8_t *to = w->bytes + (w->next & (w->capacity - 1)) + sizeof(struct ring_record);
    for (size_t i = 0; i < n; to += parts[i++].size) {
        if (parts[i].size)
            memcpy(to, parts[i].bytes, parts[i].size);
    }
    w->next += padded(size);
    return true;
}

void ring_rewind(struct ring_writer *w, uint64_t mark)
{
    w->next = mark;
}

void ring_publish(struct ring_writer *w)
{
    atomic_store_explicit(&w->shared->head, w->next, memory_order_release);
}

bool ring_reader_init(struct ring_reader *r, void *mapping, size_t size)
{
    if (size <= RING_HEADER_SIZE)
        return false;

    const struct ring_shared *shared = mapping;
    uint64_t capacity = *(const volatile uint64_t *)&shared->capacity;
    if (*(const volatile uint64_t *)&shared->magic != RING_MAGIC)
        return false;
    if (capacity != size - RING_HEADER_SIZE || capacity & (capacity - 1))
        return false;
    *r = (struct ring_reader){
        .shared = mapping, .bytes = (const uint8_t *)mapping + RING_HEADER_SIZE, .capacity = capacity};
    return true;
}

/* Copies the header of the record at the tail; false if no such record can lie there. */
static bool take_header(const struct ring_reader *r, uint64_t published, struct ring_record *header)
{
    uint64_t offset = r->tail & (r->capacity - 1);

    if (published > r->capacity || published < sizeof *header || r->capacity - offset < sizeof *header)
        return false;
    memcpy(header, r->bytes + offset, sizeof *header);
    if (header->size < sizeof *header || header->size > RING_RECORD_MAX)
        return false;
    return padded(header->size) <= published && padded(header->size) <= r->capacity - offset;
}

int ring_next(struct ring_reader *r, void *into)
{
    for (;;) {
        uint64_t published = atomic_load_explicit(&r->shared->head, memory_order_acquire) - r->tail;
        struct ring_record header;

        if (published == 0)
            return 0;
        if (!take_header(r, published, &header))
            return -1;

        uint64_t offset = r->tail & (r->capacity - 1);
        r->tail += padded(header.size);
        if (header.type == RING_PAD) {
            if (offset + padded(header.size) != r->capacity)
                return -1;
            continue;
        }
        memcpy(into, &header, sizeof header);
        memcpy((uint8_t *)into + sizeof header, r->bytes + offset + sizeof header, header.size - sizeof header);
        return 1;
    }
}

void ring_release(struct ring_reader *r)
{
    atomic_store_explicit(&r->shared->tail, r->tail, memory_order_release);
}
