/*
 * seen: which sequence numbers of a section have come
 *
 * Kept as ranges in order, one for a stream without gaps.  Beyond SEEN_MAX ranges the lowest gap is given up: a block
 * that would fall into it later counts as seen.  The count of missing numbers stays right.
 */
#ifndef PYPROF_SEEN_H
#define PYPROF_SEEN_H

#include "table.h"

#include <stdbool.h>

enum { SEEN_MAX = 4096 };

struct seen_range {
    uint32_t first, last;
};

struct seen {
    struct seen_range *ranges;
    uint32_t count, room;
    uint64_t numbers; /* that have come */
};

/* Notes `sequence`: 1 if it is new, 0 if it had come already, -1 if there is no memory. */
int seen_add(struct seen *, struct budget *, uint32_t sequence);

/* True if it has come. */
bool seen_has(const struct seen *, uint32_t sequence);

/* How many numbers below the highest have not come. */
uint64_t seen_missing(const struct seen *);

void seen_free(struct seen *, struct budget *);

#endif
