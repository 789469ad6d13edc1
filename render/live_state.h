/*
 * live_state: what a live table is made of, for live_table.c, live_count.c and live_snapshot.c
 *
 * Functions and threads are indices into the table's arrays, which never shrink.  The index of a thread that was folded
 * leads to LIVE_ENDED, so that whoever kept it, keeps something valid.
 */
#ifndef PYRENDER_LIVE_STATE_H
#define PYRENDER_LIVE_STATE_H

#include "live_table.h"
#include "map.h"
#include "names.h"
#include "tally.h"

#define LIVE_SLOT_NS INT64_C(1000000000)

/* Functions that are none. */
enum { LIVE_NO_FRAME = 0, LIVE_LOST = 1, LIVE_FIRST_FUNCTION = 2 };

/* A thread that is none: all of those that ended and were folded. */
enum { LIVE_ENDED = 0 };

/* A record's cell that stands for the whole thread. */
#define LIVE_WHOLE UINT32_MAX

struct live_counts {
    struct counts self, total;
};

/* What a thread spent in a function. */
struct live_cell {
    uint32_t function;
    uint32_t record;           /* where its last record was put; may be another's by now */
    struct live_counts counts; /* since the beginning */
};

struct live_thread {
    uint64_t pid, tid;
    uint32_t id; /* within its sections */
    struct pyprof_text name;
    bool main;
    bool framed; /* it had a Python frame */
    bool ended;
    int64_t debt; /* ns of missed samples that wait for the next one */
    struct counts counts;
    uint32_t record; /* as a cell's: its last record as a whole */
    struct live_cell *cells;
    size_t ncells, cells_room;
    struct counts recent;             /* of the slots that a snapshot asked for, */
    struct live_counts *recent_cells; /* cell by cell; stale otherwise */
    size_t recent_room;
    struct map cell_of; /* function: index of its cell, + 1 */
};

/* What a thread spent in a slot. */
struct live_record {
    uint32_t thread;
    uint32_t cell; /* or LIVE_WHOLE */
    struct live_counts counts;
};

/* One second by the recording's clock. */
struct live_slot {
    int64_t number; /* seconds since 1970 */
    bool used;
    struct live_record *records; /* each cell once; of threads that were folded, more than once */
    size_t nrecords, room;
};

/*
 * A node of a section's call tree.  A node is outermost if no caller of it is of the same function; the outermost ones of
 * a stack are the functions that its time is a part of, each once.
 */
struct live_node {
    uint32_t function;
    uint32_t link : 31; /* the nearest outermost node among its callers; 0: none */
    uint32_t outermost : 1;
};

/* What the table knows of a section; its user data. */
struct live_section {
    uint64_t process; /* hash of what it is */
    uint64_t pid;
    int64_t base;        /* ns from 1970 to the recording's start */
    uint32_t *functions; /* by the section's ids: the table's */
    size_t nfunctions, functions_room;
    struct live_node *nodes;
    size_t nnodes, nodes_room;
    struct map thread_of; /* the section's id: the table's, + 1 */
    bool sampled;
    int64_t begin, end; /* of what was sampled */
};

/* Counts of one thread in one slot while a block is counted; all 0 in between. */
struct live_scratch {
    struct counts *nodes;
    uint32_t *met_nodes;
    size_t nmet_nodes, nodes_room, met_nodes_room;
    struct live_counts *functions;
    uint32_t *met_functions;
    size_t nmet_functions, functions_room, met_functions_room;
};

struct live_table {
    const struct model_patterns *patterns;
    struct names names;
    struct texts prefixes, paths;
    struct model_function *functions;
    size_t nfunctions, functions_room;
    struct map function_of; /* by hash; equal hashes take the keys that follow */
    struct live_thread **threads;
    size_t nthreads, threads_room;
    size_t nended;        /* and not folded yet */
    struct map thread_of; /* by hash: index + 1 */
    struct live_slot slots[LIVE_SLOTS];
    int64_t newest; /* number of the newest slot, once one is used */
    bool started;   /* something was counted since the beginning or the reset */
    struct live_scratch scratch;

    struct pyprof_text command; /* of the first process */
    uint64_t pid;
    size_t nprocesses;
    struct map process_of; /* hash of what it is: its number, from 1 */
    struct sums sums;
    int64_t sampled;    /* ns, all sections after each other */
    uint64_t period;    /* the shortest */
    int64_t begin, end; /* ns since 1970, of what was counted since the beginning or the reset */
};

/* The table's function of a section's; UINT32_MAX if there is no memory. */
uint32_t live_function(struct live_table *, const struct pyprof_function *);

/* What is kept of a section, from its first mention on; NULL if there is no memory. */
struct live_section *live_section(struct live_table *, struct pyprof_section *);

/* The table's thread of a section's; UINT32_MAX if there is no memory. */
uint32_t live_thread(struct live_table *, struct live_section *, const struct pyprof_section *, uint32_t id);

/* The thread's cell of `function`, by index; UINT32_MAX if there is no memory. */
uint32_t live_cell(struct live_thread *, uint32_t function);

/* The slot of that number; NULL if it is too old to be kept. */
struct live_slot *live_slot(struct live_table *, int64_t number);

/* Whether the index is a thread's own, not that of one that was folded. */
static inline bool live_is_thread(const struct live_table *table, size_t index)
{
    return index == LIVE_ENDED || table->threads[index] != table->threads[LIVE_ENDED];
}

/* From `begin` to `end`, not negative, at most INT64_MAX. */
static inline int64_t live_span(int64_t begin, int64_t end)
{
    int64_t span;

    if (end <= begin)
        return 0;
    return __builtin_sub_overflow(end, begin, &span) ? INT64_MAX : span;
}

void live_counts_add(struct live_counts *, const struct live_counts *more);

#endif
