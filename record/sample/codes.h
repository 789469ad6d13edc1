/*
 * codes: which code objects the ring has been told about
 *
 * A table from identities (struct walk_code) to the ids of RING_CODE records.  It lives in memory of its own
 * (mmap(2)), out of malloc's way, grows with what it holds and forgets everything when CODES_MAX is reached; ids are
 * never reused.  One thread.
 */
#ifndef PYREC_SAMPLE_CODES_H
#define PYREC_SAMPLE_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "record/walk/walk.h"

enum { CODES_MAX = 1 << 19 };

/* All zero is an empty table. */
struct codes {
    struct codes_slot *slots;
    uint32_t room; /* of slots: a power of two, or 0 */
    uint32_t used;
    uint32_t last_id;
};

/* Empties the table and gives its memory back. */
void codes_clear(struct codes *);

/* The id of a code object, or 0 if it is not in the table. */
uint32_t codes_find(const struct codes *, const struct walk_code *);

/* Adds a code object that is not in the table and returns its id, last_id + 1; 0 if there is no memory. */
uint32_t codes_add(struct codes *, const struct walk_code *);

#endif
