/*
 * ids: section ids, numbered
 *
 * Gives every section id a small number, 0 for the first one met and so on, so that others can keep arrays by
 * section. The ids are foreign: the table is seeded, so that nobody can choose ids that collide.
 */
#ifndef PYMERGE_IDS_H
#define PYMERGE_IDS_H

#include <stdint.h>

struct ids;

/* NULL if there is no memory. */
struct ids *ids_new(void);
void ids_free(struct ids *);

#define IDS_NONE UINT32_MAX

/* The number of `id`, the next free one if it is new; IDS_NONE if there is no memory. */
uint32_t ids_number(struct ids *, uint64_t id);

/* How many ids there are, which is the number of the next new one. */
uint32_t ids_count(const struct ids *);

#endif
