/*
 * seen: which blocks went by
 *
 * A set of (section id, sequence number).  It keeps ranges, and a section's blocks come nearly in order, so it stays
 * small however long the stream.
 */
#ifndef PYMERGE_SEEN_H
#define PYMERGE_SEEN_H

#include <stdint.h>

struct seen;

/* NULL if there is no memory. */
struct seen *seen_new(void);
void seen_free(struct seen *);

/* Adds a block: 1 if it is new, 0 if it was there, -1 if there is no memory. */
int seen_add(struct seen *, uint64_t section, uint32_t sequence);

#endif
