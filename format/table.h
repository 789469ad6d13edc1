/*
 * table: what a reader keeps by id
 *
 * Ids come from foreign bytes and may be anywhere below 2^26, so a table is made of pages, which are allocated when one
 * of their items is; items never move.  Everything is paid for out of a budget that all tables of a reader share.
 */
#ifndef PYPROF_TABLE_H
#define PYPROF_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct budget {
    uint64_t used;
    uint64_t limit; /* bytes */
};

/* Zeroed memory, or NULL if there is none or it is over the limit. */
void *budget_alloc(struct budget *, size_t size);
void budget_free(struct budget *, void *memory, size_t size);

struct table {
    struct budget *budget;
    size_t item_size;
    void **pages;
    uint32_t npages;
    uint32_t top; /* highest id that was made */
};

void table_init(struct table *, struct budget *, size_t item_size);
void table_free(struct table *);

/* The item of `id`, NULL if it is on no page. */
void *table_get(const struct table *, uint32_t id);

/* The item of `id`, zeroed if it is new; NULL if there is no memory. */
void *table_make(struct table *, uint32_t id);

#endif
