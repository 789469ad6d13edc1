#include "kept.h"

#include "block.h"
#include "codec.h"
#include "facts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The payload of a block. */
struct piece {
    struct piece *next;
    uint64_t time; /* when it was written */
    size_t size;
    uint8_t bytes[];
};

/* The first one first. */
struct pieces {
    struct piece *first, *last;
};

struct kept_section {
    struct kept_section *next;
    uint64_t id;
    struct pieces info; /* the last SECTION block's, and END's where that came: at most one */
    struct pieces end;
    struct pieces defs, samples;
};

struct pyprof_kept {
    uint64_t age;
    struct kept_section *sections;
};

static void drop_first(struct pieces *pieces)
{
    struct piece *first = pieces->first;

    pieces->first = first->next;
    if (!pieces->first)
        pieces->last = NULL;
    free(first);
}

static void drop_all(struct pieces *pieces)
{
    while (pieces->first)
        drop_first(pieces);
}

static int append(struct pieces *pieces, const uint8_t *bytes, size_t size, uint64_t time)
{
    struct piece *piece = malloc(sizeof *piece + size);

    if (!piece)
        return -1;
    *piece = (struct piece){.time = time, .size = size};
    memcpy(piece->bytes, bytes, size);
    if (pieces->last)
        pieces->last->next = piece;
    else
        pieces->first = piece;
    pieces->last = piece;
    return 0;
}

struct pyprof_kept *pyprof_kept_new(uint64_t age)
{
    struct pyprof_kept *kept = calloc(1, sizeof *kept);

    if (kept)
        kept->age = age;
    return kept;
}

static void free_section(struct kept_section *section)
{
    drop_all(&section->info);
    drop_all(&section->end);
    drop_all(&section->defs);
    drop_all(&section->samples);
    free(section);
}

void pyprof_kept_free(struct pyprof_kept *kept)
{
    if (!kept)
        return;
    while (kept->sections) {
        struct kept_section *next = kept->sections->next;
        free_section(kept->sections);
        kept->sections = next;
    }
    free(kept);
}

/* Forgets samples that are too old, and sections that have ended and have none left. */
static void forget(struct pyprof_kept *kept, uint64_t now)
{
    for (struct kept_section **link = &kept->sections; *link;) {
        struct kept_section *section = *link;
        while (section->samples.first && now - section->samples.first->time > kept->age)
            drop_first(&section->samples);
        if (section->end.first && !section->samples.first && now - section->end.first->time > kept->age) {
            *link = section->next;
            free_section(section);
        } else {
            link = &section->next;
        }
    }
}

/* The section of that id, a new one at the end of the list if there is none; NULL if there is no memory. */
static struct kept_section *section_of(struct pyprof_kept *kept, uint64_t id)
{
    struct kept_section **link = &kept->sections;

    while (*link && (*link)->id != id)
        link = &(*link)->next;
    if (!*link && (*link = calloc(1, sizeof **link)))
        (*link)->id = id;
    return *link;
}

static int add_block(struct pyprof_kept *kept, const struct block_header *header, const uint8_t *payload,
                     uint64_t now)
{
    struct kept_section *section = section_of(kept, header->section);

    if (!section)
        return -1;
    switch (header->type) {
    case BLOCK_SECTION:
        drop_all(&section->info);
        return append(&section->info, payload, header->length, now);
    case BLOCK_DEFS:
        return append(&section->defs, payload, header->length, now);
    case BLOCK_SAMPLES:
        return append(&section->samples, payload, header->length, now);
    case BLOCK_END:
        return append(&section->end, payload, header->length, now);
    default:
        return 0;
    }
}

int pyprof_kept_add(struct pyprof_kept *kept, const void *bytes, size_t size, uint64_t now,
                    struct pyprof_error *error)
{
    const uint8_t *at = bytes, *end = at + size;

    forget(kept, now);
    while (at < end) {
        struct block_header header;
        if ((size_t)(end - at) < BLOCK_HEADER_SIZE)
            return pyprof_fail(error, PYPROF_DAMAGED, 0, "a block is cut short");
        if (block_header_get(at, 0, &header, error) < 0)
            return -1;
        at += BLOCK_HEADER_SIZE;
        if ((size_t)(end - at) < header.length)
            return pyprof_fail(error, PYPROF_DAMAGED, 0, "a block is cut short");
        if (add_block(kept, &header, at, now) < 0)
            return pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to keep a block");
        at += header.length;
    }
    return 0;
}

/* A section as it is written. */
struct copy {
    uint64_t id;
    uint32_t sequence;
    struct pyprof_end totals; /* of what was written so far; `samples` includes removed ones */
    struct buffer out;
};

static void put_piece(struct copy *copy, enum block_type type, const struct piece *piece)
{
    /* Not written to. */
    const struct buffer payload = {.bytes = (uint8_t *)(uintptr_t)piece->bytes, .size = piece->size};

    block_put(&copy->out, type, copy->id, copy->sequence++, &payload);
}

static void put_definitions(struct copy *copy, const struct kept_section *section)
{
    if (section->info.first)
        put_piece(copy, BLOCK_SECTION, section->info.first);
    for (const struct piece *piece = section->defs.first; piece; piece = piece->next)
        put_piece(copy, BLOCK_DEFS, piece);
}

/* Puts a SAMPLES block, which counts rounds and samples from the first one that is kept. */
static int put_samples(struct copy *copy, const struct piece *piece, struct pyprof_error *error)
{
    struct samples_head head;
    struct buffer fields = {0}, payload = {0};

    if (samples_head_get(&head, cursor_over(piece->bytes, piece->size), 0, error) < 0)
        return -1;
    struct cursor rest = head.columns.head; /* pyprof(5), SAMPLES: unit, period, first round, before, and so on */
    for (int i = 0; i < 4; i++)
        cursor_varint(&rest);
    buffer_varint(&fields, head.head.unit);
    buffer_varint(&fields, head.head.period);
    buffer_varint(&fields, copy->totals.rounds);
    buffer_varint(&fields, copy->totals.samples);
    buffer_put(&fields, rest.at, cursor_left(&rest));
    column_put_head(&payload, &fields);
    buffer_put(&payload, rest.end, (size_t)(piece->bytes + piece->size - rest.end));
    block_put(&copy->out, BLOCK_SAMPLES, copy->id, copy->sequence++, &payload);
    copy->out.failed |= payload.failed;
    buffer_free(&fields);
    buffer_free(&payload);

    copy->totals.rounds += head.head.rounds;
    copy->totals.samples += head.head.samples + head.head.removed;
    copy->totals.missed += head.head.missed;
    copy->totals.late += head.head.late;
    copy->totals.overflow += head.head.overflow;
    return 0;
}

/* Puts the END block: the section's own, but for the totals, or that it runs on. */
static int put_end(struct copy *copy, const struct piece *own, int64_t time, struct pyprof_error *error)
{
    struct pyprof_end end = {.fate = PYPROF_FATE_RUNNING, .time = time};
    struct buffer payload = {0};

    if (own && end_get(&end, cursor_over(own->bytes, own->size)) != FACTS_OK)
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "an END block that is none");
    end.rounds = copy->totals.rounds;
    end.samples = copy->totals.samples;
    end.missed = copy->totals.missed;
    end.late = copy->totals.late;
    end.overflow = copy->totals.overflow;
    end_put(&payload, &end);
    block_put(&copy->out, BLOCK_END, copy->id, copy->sequence++, &payload);
    copy->out.failed |= payload.failed;
    buffer_free(&payload);
    return 0;
}

static int put_section(struct copy *copy, const struct kept_section *section, int64_t time,
                       struct pyprof_error *error)
{
    while (copy->id == 0) {
        if (getrandom(&copy->id, sizeof copy->id, 0) < 0)
            return pyprof_fail(error, PYPROF_SYSTEM, 0, "no random number");
    }
    put_definitions(copy, section);
    for (const struct piece *piece = section->samples.first; piece; piece = piece->next) {
        if (put_samples(copy, piece, error) < 0)
            return -1;
    }
    put_definitions(copy, section);
    return put_end(copy, section->end.first, time, error);
}

int pyprof_kept_write(struct pyprof_kept *kept, int64_t time, const struct pyprof_sink *sink,
                      struct pyprof_error *error)
{
    int result = 0;

    for (const struct kept_section *section = kept->sections; section && result == 0; section = section->next) {
        struct copy copy = {0};
        result = put_section(&copy, section, time, error);
        if (result == 0 && copy.out.failed)
            result = pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to write what was kept");
        else if (result == 0 && sink->write(sink->context, copy.out.bytes, copy.out.size) < 0)
            result = pyprof_fail(error, PYPROF_SYSTEM, 0, "cannot write");
        buffer_free(&copy.out);
    }
    return result;
}
