/*
 * blockset: which blocks went by
 *
 * A set of (section id, sequence number).  It keeps ranges, and a section's blocks come nearly in order, so it stays
 * small however long the stream.
 */
#ifndef PYMERGE_BLOCKSET_H
#define PYMERGE_BLOCKSET_H

#include <stdint.h>

struct blockset;

/* NULL if there is no memory. */
struct blockset *blockset_new(void);
void blockset_free(struct blockset *);

/* Adds a block: 1 if it is new, 0 if it was there, -1 if there is no memory. */
int blockset_add(struct blockset *, uint64_t section, uint32_t sequence);

#endif
