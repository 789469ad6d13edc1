#include "reader.h"

#include "block.h"
#include "codec.h"
#include "column.h"
#include "defs.h"
#include "intern.h"
#include "schedule.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_MEMORY (UINT64_C(4) << 30)

enum {
    READ_SIZE = 256 << 10,
    /*
     * A block with a bad sum is looked into for others, which may have bad sums as well.  So that a stream made of
     * nothing else is not summed again and again, no more than this is looked into without a good block in between.
     */
    WASTE_MAX = 64 << 20,
};

struct pyprof_reader {
    struct budget budget;
    struct pyprof_reader_totals totals;

    uint8_t *bytes; /* fed and not yet read: from `at` to `size` */
    size_t at, size, room;
    size_t taken;    /* bytes of the last item's block, still at `at` */
    uint64_t offset; /* of bytes[0] in the stream */
    bool finished;

    bool damaged;            /* a damage has begun and was not reported yet */
    uint64_t damage_start;   /* in the stream */
    struct pyprof_error why; /* what was found there */
    uint64_t waste;

    struct intern ids; /* of sections: what an id is the index of, plus 1 */
    struct pyprof_section **sections;
    uint32_t nsections, sections_room;

    struct pyprof_item item; /* the last one given */
    bool doubtful;           /* it is SAMPLES, still there to be decoded */
    struct samples_head samples;
    struct unpacker unpacker;
};

struct pyprof_reader *pyprof_reader_new(const struct pyprof_limits *limits)
{
    struct pyprof_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return NULL;
    reader->room = READ_SIZE;
    reader->bytes = malloc(reader->room);
    if (!reader->bytes) {
        free(reader);
        return NULL;
    }
    reader->budget.limit = limits && limits->memory ? limits->memory : DEFAULT_MEMORY;
    return reader;
}

void pyprof_reader_free(struct pyprof_reader *reader)
{
    if (!reader)
        return;
    for (uint32_t i = 0; i < reader->nsections; i++)
        section_free(reader->sections[i]);
    free(reader->sections);
    intern_free(&reader->ids);
    unpacker_free(&reader->unpacker);
    free(reader->bytes);
    free(reader);
}

/* Makes room for `more` bytes: first by moving what is unread to the front. */
static int make_room(struct pyprof_reader *reader, size_t more, struct pyprof_error *error)
{
    size_t left = reader->size - reader->at, room = reader->room;
    uint8_t *bytes;

    reader->at += reader->taken;
    reader->taken = 0;
    reader->doubtful = false;
    if (more <= reader->room - reader->size)
        return 0;
    if (reader->at > 0) {
        memmove(reader->bytes, reader->bytes + reader->at, left);
        reader->offset += reader->at;
        reader->size = left;
        reader->at = 0;
    }
    while (room - left < more && room <= SIZE_MAX / 2)
        room *= 2;
    if (room == reader->room)
        return 0;
    bytes = realloc(reader->bytes, room);
    if (!bytes)
        return pyprof_fail(error, PYPROF_MEMORY, reader->offset, "no memory to read on");
    reader->bytes = bytes;
    reader->room = room;
    return 0;
}

int pyprof_reader_feed(struct pyprof_reader *reader, const void *bytes, size_t size, struct pyprof_error *error)
{
    if (size == 0)
        return 0;
    if (make_room(reader, size, error) < 0)
        return -1;
    memcpy(reader->bytes + reader->size, bytes, size);
    reader->size += size;
    reader->totals.bytes += size;
    return 0;
}

ssize_t pyprof_reader_fill(struct pyprof_reader *reader, int fd, struct pyprof_error *error)
{
    ssize_t got;

    if (make_room(reader, READ_SIZE, error) < 0)
        return -1;
    got = read(fd, reader->bytes + reader->size, READ_SIZE);
    if (got < 0)
        return pyprof_fail(error, PYPROF_SYSTEM, reader->offset + reader->size, "cannot read");
    if (got == 0)
        pyprof_reader_finish(reader);
    reader->size += (size_t)got;
    reader->totals.bytes += (uint64_t)got;
    return got;
}

void pyprof_reader_finish(struct pyprof_reader *reader)
{
    reader->finished = true;
}

/* Damage begins here, unless it has begun already. */
static void begin_damage(struct pyprof_reader *reader, const struct pyprof_error *why)
{
    if (reader->damaged)
        return;
    reader->damaged = true;
    reader->damage_start = reader->offset + reader->at;
    reader->why = *why;
}

/* Gives the damage that ends here, if there is one. */
static int end_damage(struct pyprof_reader *reader, struct pyprof_item *item)
{
    if (!reader->damaged)
        return 0;
    reader->damaged = false;
    *item = (struct pyprof_item){
        .type = PYPROF_ITEM_DAMAGE,
        .offset = reader->damage_start,
        .size = reader->offset + reader->at - reader->damage_start,
        .reason = reader->why,
    };
    reader->totals.damages++;
    reader->totals.damaged_bytes += item->size;
    return PYPROF_ITEM;
}

/* Goes on to the next sync word, or to what may be the beginning of one at the end of the bytes. */
static void skip_to_sync(struct pyprof_reader *reader)
{
    const uint8_t *from = reader->bytes + reader->at, *end = reader->bytes + reader->size;

    while (from < end) {
        const uint8_t *found = memchr(from, block_sync[0], (size_t)(end - from));
        size_t left = found ? (size_t)(end - found) : 0;

        from = found ? found : end;
        if (left == 0 || memcmp(found, block_sync, left < BLOCK_SYNC_SIZE ? left : BLOCK_SYNC_SIZE) == 0)
            break;
        from++;
    }
    reader->at = (size_t)(from - reader->bytes);
}

enum found { FOUND_BLOCK, FOUND_DAMAGE, FOUND_TOO_LITTLE, FOUND_END };

/* What is at reader->at; `whole` is the size of a block whose header is sound, else 0. */
static enum found look(const struct pyprof_reader *reader, struct block_header *header, size_t *whole,
                       struct pyprof_error *why)
{
    const uint8_t *bytes = reader->bytes + reader->at;
    size_t left = reader->size - reader->at;
    uint64_t offset = reader->offset + reader->at;

    *whole = 0;
    if (left == 0 && reader->finished)
        return FOUND_END;
    if (left < BLOCK_HEADER_SIZE) {
        pyprof_fail(why, PYPROF_DAMAGED, offset, "wanted a block header of %d bytes, got %zu", BLOCK_HEADER_SIZE,
                    left);
        return reader->finished ? FOUND_DAMAGE : FOUND_TOO_LITTLE;
    }
    if (block_header_get(bytes, offset, header, why) < 0)
        return FOUND_DAMAGE;
    *whole = BLOCK_HEADER_SIZE + (size_t)header->length;
    if (left < *whole) {
        pyprof_fail(why, PYPROF_DAMAGED, offset, "wanted a block of %zu bytes, got %zu", *whole, left);
        return reader->finished ? FOUND_DAMAGE : FOUND_TOO_LITTLE;
    }
    return block_payload_check(header, bytes + BLOCK_HEADER_SIZE, offset, why) < 0 ? FOUND_DAMAGE : FOUND_BLOCK;
}

/* Goes on to the next block whose sums are right, which is then at reader->at, and passes over damage. */
static enum found find_block(struct pyprof_reader *reader, struct block_header *header)
{
    struct pyprof_error why;
    enum found found;
    size_t whole;

    while ((found = look(reader, header, &whole, &why)) == FOUND_DAMAGE) {
        begin_damage(reader, &why);
        reader->waste += whole;
        reader->at += reader->waste > WASTE_MAX && whole <= reader->size - reader->at && whole > 0 ? whole : 1;
        skip_to_sync(reader);
    }
    if (found == FOUND_BLOCK)
        reader->waste -= reader->waste < whole ? reader->waste : whole;
    return found;
}

/* The section with this id, new if need be; NULL if there is no memory. */
static struct pyprof_section *find_section(struct pyprof_reader *reader, uint64_t id)
{
    uint32_t number = intern_id(&reader->ids, &id, sizeof id);

    if (number == 0)
        return NULL;
    if (number <= reader->nsections)
        return reader->sections[number - 1];
    if (reader->nsections == reader->sections_room) {
        uint32_t room = reader->sections_room ? reader->sections_room * 2 : 16;
        struct pyprof_section **sections = realloc(reader->sections, room * sizeof *sections);

        if (!sections)
            return NULL;
        reader->sections = sections;
        reader->sections_room = room;
    }
    reader->sections[reader->nsections] = section_new(&reader->budget, id);
    if (!reader->sections[reader->nsections])
        return NULL;
    return reader->sections[reader->nsections++];
}

/* Unit and period stay what they were first; false if they are not. */
static bool same_clock(struct pyprof_section *section, uint64_t unit, uint64_t period)
{
    if (unit > LIMIT_UNIT || period > LIMIT_UNIT)
        return false;
    if (section->unit == 0) {
        section->unit = unit;
        section->period = period;
    }
    return section->unit == unit && section->period == period;
}

static int read_facts(struct pyprof_section *section, struct cursor payload, uint64_t offset,
                      struct pyprof_error *error)
{
    struct facts facts = {.budget = section->budget};
    enum facts_result result = facts_get(&facts, payload);

    if (result == FACTS_MEMORY)
        return pyprof_fail(error, PYPROF_MEMORY, offset, "no memory for the facts of a section");
    if (result == FACTS_OK && same_clock(section, facts.info.unit, facts.info.period)) {
        facts_free(&section->facts);
        section->facts = facts;
        return 0;
    }
    facts_free(&facts);
    return pyprof_fail(error, PYPROF_DAMAGED, offset, "SECTION block: %s",
                       result == FACTS_OK ? "its unit or period cannot be" : "its fields do not hold together");
}

static int read_samples(struct pyprof_reader *reader, struct pyprof_section *section, struct cursor payload,
                        uint64_t offset, struct pyprof_error *error)
{
    const struct pyprof_samples *head = &reader->samples.head;
    uint64_t here, due;

    if (samples_head_get(&reader->samples, payload, offset, error) < 0)
        return -1;
    if (!same_clock(section, head->unit, head->period))
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "SAMPLES block: another unit or period than before");
    section->facts.info.unit = head->unit;
    section->facts.info.period = head->period;
    here = head->samples + head->removed;
    due = head->before + here;
    if (due > section->due)
        section->due = due;
    section->arrived += here;
    reader->doubtful = true;
    return 0;
}

static int read_end(struct pyprof_section *section, struct cursor payload, uint64_t offset,
                    struct pyprof_error *error)
{
    if (end_get(&section->end, payload) != FACTS_OK)
        return pyprof_fail(error, PYPROF_DAMAGED, offset, "END block: its fields do not hold together");
    if (section->end.samples > section->due)
        section->due = section->end.samples;
    return 0;
}

/* The section is not read from here on; the item that says so says why. */
static int refuse(struct pyprof_item *item, uint64_t offset, const char *what, unsigned number)
{
    item->type = PYPROF_ITEM_UNKNOWN;
    item->section->refused = true;
    pyprof_fail(&item->reason, PYPROF_UNSUPPORTED, offset, "%s %u is newer than this program", what, number);
    return 0;
}

/* Reads a block into its section and `item`.  -1 with PYPROF_MEMORY or, where it must not be trusted, another code. */
static int read_block(struct pyprof_reader *reader, const struct block_header *header, struct cursor payload,
                      struct pyprof_item *item, struct pyprof_error *error)
{
    uint64_t offset = item->offset;

    item->type = PYPROF_ITEM_UNKNOWN;
    if (item->section->refused)
        return 0;
    if (header->major != BLOCK_MAJOR)
        return refuse(item, offset, "major version", header->major);
    switch (header->type) {
    case BLOCK_SECTION:
        item->type = PYPROF_ITEM_SECTION;
        return read_facts(item->section, payload, offset, error);
    case BLOCK_DEFS:
        item->type = PYPROF_ITEM_DEFS;
        return defs_get(item->section, payload, &reader->unpacker, offset, error);
    case BLOCK_SAMPLES:
        item->type = PYPROF_ITEM_SAMPLES;
        return read_samples(reader, item->section, payload, offset, error);
    case BLOCK_END:
        item->type = PYPROF_ITEM_END;
        return read_end(item->section, payload, offset, error);
    default:
        return header->flags & BLOCK_CRITICAL ? refuse(item, offset, "critical block type", header->type) : 0;
    }
}

/* Reads the sound block at reader->at: PYPROF_ITEM, 0 if there is nothing to give, -1 without memory. */
static int take_block(struct pyprof_reader *reader, const struct block_header *header, struct pyprof_item *item,
                      struct pyprof_error *error)
{
    struct cursor payload = cursor_over(reader->bytes + reader->at + BLOCK_HEADER_SIZE, header->length);
    struct pyprof_section *section = find_section(reader, header->section);
    size_t whole = BLOCK_HEADER_SIZE + (size_t)header->length;
    uint64_t offset = reader->offset + reader->at;
    struct pyprof_error why;

    if (!section)
        return pyprof_fail(error, PYPROF_MEMORY, offset, "no memory for a section");
    if (seen_has(&section->seen, header->sequence)) {
        reader->totals.repeated++;
        reader->at += whole;
        return 0;
    }
    *item = (struct pyprof_item){.section = section, .offset = offset, .size = whole, .sequence = header->sequence};
    if (read_block(reader, header, payload, item, &why) < 0) {
        if (why.code == PYPROF_MEMORY) {
            if (error)
                *error = why;
            return -1;
        }
        begin_damage(reader, &why);
        reader->at += whole;
        return 0;
    }
    if (seen_add(&section->seen, &reader->budget, header->sequence) < 0)
        return pyprof_fail(error, PYPROF_MEMORY, offset, "no memory for a section");
    item->block = reader->bytes + reader->at;
    reader->taken = whole;
    reader->totals.blocks++;
    return PYPROF_ITEM;
}

int pyprof_reader_next(struct pyprof_reader *reader, struct pyprof_item *item, struct pyprof_error *error)
{
    struct block_header header;
    int result = 0;

    reader->at += reader->taken;
    reader->taken = 0;
    reader->doubtful = false;
    while (result == 0) {
        enum found found = find_block(reader, &header);

        if (found == FOUND_TOO_LITTLE)
            return PYPROF_MORE;
        result = end_damage(reader, item);
        if (result == 0 && found == FOUND_END)
            return PYPROF_DONE;
        if (result == 0)
            result = take_block(reader, &header, item, error);
    }
    if (result == PYPROF_ITEM)
        reader->item = *item;
    return result;
}

int pyprof_reader_samples(struct pyprof_reader *reader, unsigned want, struct pyprof_samples *samples,
                          struct pyprof_error *error)
{
    struct pyprof_section *section = reader->item.section;

    if (!reader->doubtful)
        return pyprof_fail(error, PYPROF_DAMAGED, reader->item.offset, "no samples to decode");
    if (samples_decode(&reader->samples, &reader->unpacker, want, samples, error) == 0)
        return 0;
    if (!error || error->code == PYPROF_DAMAGED) {
        reader->doubtful = false;
        section->broken++;
        section->arrived -= reader->samples.head.samples + reader->samples.head.removed;
    }
    return -1;
}

struct pyprof_reader_totals pyprof_reader_totals(const struct pyprof_reader *reader)
{
    struct pyprof_reader_totals totals = reader->totals;

    totals.sections = reader->nsections;
    for (uint32_t i = 0; i < reader->nsections; i++) {
        struct pyprof_loss loss = pyprof_section_loss(reader->sections[i]);

        totals.lost_blocks += loss.blocks;
        totals.lost_samples += loss.samples;
    }
    return totals;
}

struct pyprof_section *pyprof_reader_section(const struct pyprof_reader *reader, size_t i)
{
    return i < reader->nsections ? reader->sections[i] : NULL;
}

void pyprof_reader_forget(struct pyprof_reader *reader, struct pyprof_section *section)
{
    (void)reader;
    section_forget(section);
}
