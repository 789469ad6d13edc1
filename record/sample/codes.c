#include "codes.h"

#include "pages.h"

struct codes_slot {
    struct walk_code code;
    uint32_t id; /* 0: free */
};

enum { FIRST_ROOM = 1024 };

static bool same(const struct walk_code *a, const struct walk_code *b)
{
    return a->address == b->address && a->qualname == b->qualname && a->linetable == b->linetable &&
           a->name_hash == b->name_hash && a->firstline == b->firstline && a->size == b->size;
}

/* Where a code object is, or the free slot where it would go.  The table is never full. */
static struct codes_slot *slot_of(const struct codes *self, const struct walk_code *code)
{
    uint64_t hash = (code->address ^ code->linetable << 17 ^ (uint32_t)code->firstline) * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(hash >> 32);

    for (;; at++) {
        struct codes_slot *slot = &self->slots[at & (self->room - 1)];
        if (!slot->id || same(&slot->code, code))
            return slot;
    }
}

/* Moves to a table of `room` slots, and takes what the old one holds along, if it is to be kept. */
static bool resize(struct codes *self, uint32_t room, bool keep)
{
    struct codes old = *self;
    struct codes_slot *slots = pages_new(room * sizeof *slots);

    if (!slots)
        return false;
    self->slots = slots;
    self->room = room;
    self->used = keep ? old.used : 0;
    for (uint32_t i = 0; keep && i < old.room; i++) {
        if (old.slots[i].id)
            *slot_of(self, &old.slots[i].code) = old.slots[i];
    }
    pages_free(old.slots, old.room * sizeof *slots);
    return true;
}

void codes_clear(struct codes *self)
{
    pages_free(self->slots, self->room * sizeof *self->slots);
    *self = (struct codes){0};
}

uint32_t codes_find(const struct codes *self, const struct walk_code *code)
{
    return self->room ? slot_of(self, code)->id : 0;
}

uint32_t codes_add(struct codes *self, const struct walk_code *code)
{
    bool ready = true;

    if (self->used == CODES_MAX)
        ready = resize(self, FIRST_ROOM, false);
    else if (self->used >= self->room / 2)
        ready = resize(self, self->room ? 2 * self->room : FIRST_ROOM, true);
    if (!ready)
        return 0;

    struct codes_slot *slot = slot_of(self, code);
    *slot = (struct codes_slot){.code = *code, .id = ++self->last_id};
    self->used++;
    return slot->id;
}
