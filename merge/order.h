/*
 * order: the blocks of many files in one canonical order
 *
 * An index of blocks, 32 bytes each, and of their sections.  It is filled in any order and then sorted: sections by
 * their recording's start, recording, boot, process and process's start, so that a process's sections follow each
 * other in time; within a section, blocks by sequence number.  A block that is there more than once stays once.  So
 * the result depends on the set of blocks alone, not on the files that held them nor on their order.
 *
 * What sections are sorted by comes from the SECTION block with the lowest sequence number; a section that lost them
 * all sorts before the others, by its id.
 *
 * Life: order_new; order_block (and _facts) for every block; order_sort once; order_at; order_free.
 */
#ifndef PYMERGE_ORDER_H
#define PYMERGE_ORDER_H

#include "format/section.h"

struct order;

struct order_block {
    uint64_t offset; /* in its input */
    uint64_t sum;    /* of its bytes, by order_sum */
    uint32_t size;
    uint32_t input;   /* the caller's number of it */
    uint32_t section; /* number of its section: equal for the blocks of one section; filled by order_block */
    uint32_t sequence;
};

/* NULL if there is no memory. */
struct order *order_new(void);
void order_free(struct order *);

/* A checksum that tells blocks apart; not against an adversary. */
uint64_t order_sum(const uint8_t *bytes, size_t size);

/* Adds a block of section `id`, copied.  -1: no memory. */
int order_block(struct order *, uint64_t id, const struct order_block *);

/* Tells the facts that section `id`'s SECTION block `sequence` gives.  -1: no memory. */
int order_facts(struct order *, uint64_t id, uint32_t sequence, const struct pyprof_info *);

/*
 * Sorts and drops repeated blocks.  `text` is the filter that the sections will be rewritten with, or NULL: where
 * only ids decide, it is those of the result, so that filtering first and merging first give the same.  -1: no
 * memory.
 */
int order_sort(struct order *, const struct pyprof_text *text);

/* Sorted blocks: i from 0; NULL past the last.  Valid until order_free. */
const struct order_block *order_at(const struct order *, size_t i);

#endif
