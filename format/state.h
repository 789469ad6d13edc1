/*
 * state: what a reader knows of a section, behind section.h
 *
 * Definitions are put in by defs.h, facts and loss by reader.c.  A defined node's parent is defined (or the root), so a
 * stack is either whole or not there.
 */
#ifndef PYPROF_STATE_H
#define PYPROF_STATE_H

#include "facts.h"
#include "seen.h"
#include "table.h"

struct string_item {
    const char *bytes; /* in a chunk; NULL: not defined */
    uint32_t size;
};

/* In both: a first number that is 0 while the item is not defined, for defs.c. */
struct function_item {
    uint32_t defined;
    uint32_t file, name; /* ids of strings */
    uint32_t firstline;
    uint32_t flags;
};

struct node_item {
    uint32_t depth; /* 1 below the root; 0: not defined */
    uint32_t parent, function;
    uint32_t line; /* minus its function's first */
};

struct thread_item {
    uint64_t tid;
    int64_t start, end;
    uint32_t name; /* id of a string */
    bool defined;
};

/* Bytes of the strings of one DEFS block. */
struct chunk {
    struct chunk *next;
    size_t size;
    char bytes[];
};

struct pyprof_section {
    uint64_t id;
    struct budget *budget;
    struct facts facts;
    struct pyprof_end end;
    struct table strings, functions, nodes, threads;
    struct chunk *chunks;

    uint64_t unit, period; /* as they came first; 0 before */
    struct seen seen;
    uint64_t broken;  /* SAMPLES blocks that could not be decoded */
    uint64_t due;     /* samples known to have been in its blocks, removed ones included */
    uint64_t arrived; /* of them */
    bool refused;     /* a newer major version, or an unknown critical block */

    void *user;
    void (*free_user)(void *);
};

/* NULL if there is no memory. */
struct pyprof_section *section_new(struct budget *, uint64_t id);
void section_free(struct pyprof_section *);

/* Releases all but the id, what was seen and what was lost. */
void section_forget(struct pyprof_section *);

/* Room for `size` bytes of strings, as long as the section lives; NULL if there is no memory. */
char *section_keep(struct pyprof_section *, size_t size);

#endif
