/* ring: what goes in comes out, whole and in order, whatever the ring's end, its filling and its bytes. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "record/ring.h"
#include "tests/unit/tap.h"

enum { CAPACITY = 4096, MANY = 200000 };

struct pair {
    void *mapping;
    struct ring_writer writer;
    struct ring_reader reader;
    uint64_t record[RING_RECORD_MAX / 8];
};

static void test_round_trip(void);
static void test_wrap(void);
static void test_full(void);
static void test_spare(void);
static void test_rewind(void);
static void test_foreign_mapping(void);
static void test_corrupted(void);
static void test_threads(void);

int main(void)
{
    test_round_trip();
    test_wrap();
    test_full();
    test_spare();
    test_rewind();
    test_foreign_mapping();
    test_corrupted();
    test_threads();
    return done_testing();
}

static struct pair *pair_new(void)
{
    struct pair *p = calloc(1, sizeof *p);

    p->mapping = aligned_alloc(4096, RING_HEADER_SIZE + CAPACITY);
    memset(p->mapping, 0, RING_HEADER_SIZE + CAPACITY);
    ring_writer_init(&p->writer, p->mapping, CAPACITY, 1000000, 42);
    if (!ring_reader_init(&p->reader, p->mapping, RING_HEADER_SIZE + CAPACITY))
        abort();
    return p;
}

static void pair_free(struct pair *p)
{
    free(p->mapping);
    free(p);
}

static bool put(struct pair *p, const void *bytes, size_t size)
{
    return ring_write(&p->writer, RING_CODE, &(struct ring_part){bytes, size}, 1);
}

/* Whether the next record holds just these bytes. */
static bool got(struct pair *p, const void *bytes, size_t size)
{
    if (ring_next(&p->reader, p->record) != 1)
        return false;
    const struct ring_record *header = (const void *)p->record;
    return header->type == RING_CODE && header->size == sizeof *header + size && memcmp(header + 1, bytes, size) == 0;
}

static void test_round_trip(void)
{
    struct pair *p = pair_new();
    const struct ring_part parts[] = {{"one", 3}, {NULL, 0}, {"two", 3}};

    ok(ring_next(&p->reader, p->record) == 0, "a fresh ring is empty");
    ok(ring_write(&p->writer, RING_CODE, parts, 3), "parts are written");
    ok(ring_next(&p->reader, p->record) == 0, "nothing shows before it is published");
    ring_publish(&p->writer);
    ok(got(p, "onetwo", 6), "parts come out joined");
    ok(ring_next(&p->reader, p->record) == 0, "and then no more");
    ok(p->reader.shared->period == 1000000 && p->reader.shared->start == 42, "the first page tells period, start");
    pair_free(p);
}

static void test_wrap(void)
{
    struct pair *p = pair_new();
    uint8_t bytes[700];
    bool whole = true;

    for (size_t i = 0; i < 5000 && whole; i++) {
        size_t size = i * 37 % sizeof bytes;
        memset(bytes, (int)(i & 0xff), size);
        whole = put(p, bytes, size);
        ring_publish(&p->writer);
        whole = whole && got(p, bytes, size);
        ring_release(&p->reader);
    }
    ok(whole, "records of all sizes pass the ring's end");
    ok(p->writer.next > 100 * CAPACITY, "many times");
    pair_free(p);
}

static void test_full(void)
{
    struct pair *p = pair_new();
    uint8_t bytes[248] = {7};
    int written = 0;

    while (put(p, bytes, sizeof bytes))
        written++;
    ok(written == CAPACITY / 256 && ring_room(&p->writer) == 0, "a ring fills to the last byte");
    ring_publish(&p->writer);
    ok(got(p, bytes, sizeof bytes) && !put(p, bytes, sizeof bytes), "reading alone gives no room back");
    ring_release(&p->reader);
    ok(put(p, bytes, sizeof bytes), "releasing does");
    ok(!put(p, bytes, 0), "and only as much");
    pair_free(p);

    p = pair_new();
    ok(!put(p, p->record, CAPACITY), "a record larger than the ring is refused");
    ok(!put(p, p->record, RING_RECORD_MAX), "as is one that no reader could take");
    pair_free(p);
}

static void test_spare(void)
{
    struct pair *p = pair_new();
    uint8_t bytes[CAPACITY / 2] = {0};

    p->writer.spare = CAPACITY / 2;
    ok(!put(p, bytes, sizeof bytes), "a record that would use the spare room is refused");
    ok(put(p, bytes, sizeof bytes - 8), "one that just leaves it fits");
    p->writer.spare = 0;
    ok(put(p, bytes, sizeof bytes - 8), "spare room is there when it is wanted");
    pair_free(p);
}

static void test_rewind(void)
{
    struct pair *p = pair_new();

    put(p, "first", 5);
    uint64_t mark = p->writer.next;
    put(p, "wrong", 5);
    ring_rewind(&p->writer, mark);
    put(p, "second", 6);
    ring_publish(&p->writer);
    ok(got(p, "first", 5) && got(p, "second", 6), "what was taken back never shows");
    pair_free(p);
}

static void test_foreign_mapping(void)
{
    struct pair *p = pair_new();
    struct ring_reader r;
    struct ring_shared *shared = p->mapping;

    ok(!ring_reader_init(&r, p->mapping, RING_HEADER_SIZE), "a mapping without a ring is refused");
    ok(!ring_reader_init(&r, p->mapping, RING_HEADER_SIZE + CAPACITY / 2), "one of another size too");
    shared->capacity = CAPACITY - 8;
    ok(!ring_reader_init(&r, p->mapping, RING_HEADER_SIZE + CAPACITY - 8), "a capacity is a power of two");
    shared->capacity = CAPACITY;
    shared->magic ^= 1;
    ok(!ring_reader_init(&r, p->mapping, RING_HEADER_SIZE + CAPACITY), "magic must be right");
    pair_free(p);
}

/* Reads till the end or nonsense; false if the reader went on for longer than there are bytes. */
static bool ends(struct pair *p)
{
    for (int i = 0; i <= CAPACITY / 8; i++) {
        if (ring_next(&p->reader, p->record) != 1)
            return true;
    }
    return false;
}

static void test_corrupted(void)
{
    struct pair *p = pair_new();
    uint32_t *size = (uint32_t *)(void *)p->writer.bytes;

    put(p, "x", 1);
    ring_publish(&p->writer);
    uint32_t bad[] = {0, 7, 17, CAPACITY, CAPACITY + 8, RING_RECORD_MAX + 1, UINT32_MAX};
    bool refused = true;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *size = bad[i];
        p->reader.tail = 0;
        refused = refused && ring_next(&p->reader, p->record) == -1;
    }
    ok(refused, "a size below a header or beyond what is published is nonsense");
    atomic_store(&p->reader.shared->head, UINT64_MAX);
    p->reader.tail = 0;
    ok(ring_next(&p->reader, p->record) == -1, "so is more than a ring can hold");
    atomic_store(&p->reader.shared->head, 4);
    ok(ring_next(&p->reader, p->record) == -1, "and less than a header");
    pair_free(p);

    p = pair_new();
    put(p, "pad", 3);
    ring_publish(&p->writer);
    ((struct ring_record *)(void *)p->writer.bytes)->type = RING_PAD;
    ok(ring_next(&p->reader, p->record) == -1, "padding anywhere but at the end is nonsense");
    pair_free(p);

    bool bounded = true;
    srand(1);
    for (int i = 0; i < 2000; i++) {
        p = pair_new();
        for (int at = 0; at < CAPACITY; at++)
            p->writer.bytes[at] = (uint8_t)(rand() % 7 ? 0 : rand());
        atomic_store(&p->reader.shared->head, (uint64_t)rand() % (CAPACITY + 64));
        bounded = bounded && ends(p);
        pair_free(p);
    }
    ok(bounded, "random bytes are read in bounded time");
}

static void *write_many(void *arg)
{
    struct pair *p = arg;

    for (uint32_t i = 0; i < MANY;) {
        uint32_t body[64];
        uint32_t words = 1 + i % 63;
        for (uint32_t k = 0; k < words; k++)
            body[k] = i;
        if (put(p, body, words * sizeof *body)) {
            i++;
            if (i % 3 == 0 || i == MANY)
                ring_publish(&p->writer);
        } else {
            ring_publish(&p->writer);
            sched_yield();
        }
    }
    return NULL;
}

static bool is_record(const uint64_t *record, uint32_t i)
{
    const struct ring_record *header = (const void *)record;
    const uint32_t *body = (const void *)(header + 1);

    if (header->size != sizeof *header + (1 + i % 63) * sizeof *body)
        return false;
    for (uint32_t k = 0; k < 1 + i % 63; k++) {
        if (body[k] != i)
            return false;
    }
    return true;
}

static void test_threads(void)
{
    struct pair *p = pair_new();
    pthread_t writer;
    uint32_t seen = 0;
    bool whole = true;

    pthread_create(&writer, NULL, write_many, p);
    while (seen < MANY && whole) {
        int result = ring_next(&p->reader, p->record);
        whole = result == 0 || (result == 1 && is_record(p->record, seen));
        seen += result == 1;
        if (result == 0) {
            ring_release(&p->reader);
            sched_yield();
        }
    }
    ok(whole && seen == MANY, "a reader beside a writer sees every record, in order");
    if (!whole)
        return; /* the writer may never find room again */
    pthread_join(writer, NULL);
    pair_free(p);
}
