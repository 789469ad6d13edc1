/*
 * defs: definitions as DEFS blocks and back (pyprof(5), DEFINITIONS)
 *
 * A struct defs holds what a writer defines: interned strings, functions and nodes, and threads.  It remembers what has
 * gone out, so that only news goes into the next block.
 */
#ifndef PYPROF_DEFS_H
#define PYPROF_DEFS_H

#include "column.h"
#include "error.h"
#include "intern.h"
#include "state.h"

/* Interned as they are: no padding. */
struct function_key {
    uint32_t file, name, firstline, flags;
};

struct node_key {
    uint32_t parent, function, line;
};

struct thread_def {
    uint64_t tid;
    int64_t start, end;
    uint32_t id, name;
    bool changed; /* not yet written as it is */
};

struct defs {
    struct intern strings, functions, nodes;
    struct thread_def *threads; /* [i] has id i + 1; those with id 0 are not defined */
    uint32_t nthreads, threads_room;
    uint32_t written_strings, written_functions, written_nodes; /* ids up to these have gone out */
    bool threads_changed;
};

void defs_free(struct defs *);

/* Ids of values; 0 if there is no memory.  An empty text is string 0, so this one gives false for a failure. */
bool defs_string(struct defs *, struct pyprof_text text, uint32_t *id);
uint32_t defs_function(struct defs *, struct pyprof_text file, struct pyprof_text name, uint32_t firstline,
                       uint32_t flags);
uint32_t defs_node(struct defs *, uint32_t parent, uint32_t function, uint32_t line);
int defs_thread(struct defs *, const struct pyprof_thread *thread);

/* True if something has not gone out yet. */
bool defs_pending(const struct defs *);

/* Lets everything go out once more. */
void defs_repeat(struct defs *);

/*
 * Puts the payload of one DEFS block into `payload`, with as much of what has not gone out as fits; to be called while
 * defs_pending.  -1 if there is no memory.
 */
int defs_put(struct defs *, struct packer *, struct buffer *payload);

/*
 * What a node's parent becomes on its way into another stream: rewrite.h.  NULL: itself.
 */
struct pyprof_node_map;

/* Puts `payload`, a sound DEFS payload, with its nodes' parents mapped. */
int defs_map(struct cursor payload, const struct pyprof_node_map *, struct unpacker *, struct packer *,
             struct buffer *out, uint64_t offset, struct pyprof_error *);

/* Reads the payload of a DEFS block into the section's tables.  -1 with PYPROF_DAMAGED, PYPROF_LIMIT or PYPROF_MEMORY. */
int defs_get(struct pyprof_section *, struct cursor payload, struct unpacker *, uint64_t offset,
             struct pyprof_error *);

#endif
