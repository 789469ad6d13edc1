/*
 * model: what the renderers draw: processes, their threads, and where each of them spent its samples
 *
 * A model is made of any number of tallied sections, from any number of streams.  Sections of one process (the same
 * recording, host, pid, start and command line: what filters split, say) become one process, threads likewise.  Names
 * are interned by value, so that the same function of two processes is one function; call stacks of all threads share
 * one tree of nodes.
 *
 * Canonical: after model_finish, processes and threads are in an order that depends on nothing but what they are, and
 * every sum is of integers, so that the same sections give the same report in whatever order they came.  Indices of
 * functions and nodes are in order of arrival: renderers sort by names, never by index.
 *
 * Life: model_new; model_add per section; model_finish once; reading; model_free (NULL is fine).  The model copies what
 * it keeps.  Functions return -1 when there is no memory, after which the model may only be freed.
 *
 * Strings are foreign bytes, with a NUL added behind the last.
 */
#ifndef PYRENDER_MODEL_H
#define PYRENDER_MODEL_H

#include "format/section.h"
#include "map.h"
#include "names.h"
#include "tally.h"
#include "track.h"

/* Whose code a function is (origin.h). */
enum model_origin {
    ORIGIN_APPLICATION,
    ORIGIN_LIBRARY, /* below one of an interpreter's prefixes, or frozen into it */
    ORIGIN_CALLER,  /* typed in: counts as whoever called it */
};

/* Whether a function's frames may be folded away. */
enum model_folding {
    FOLD_BY_ORIGIN, /* if it is library code */
    FOLD_ALWAYS,    /* a hide pattern says so */
    FOLD_NEVER,     /* a show pattern says so */
};

struct model_function {
    struct pyprof_text file;
    struct pyprof_text name; /* qualified; empty where the stream lost it */
    uint32_t firstline;
    bool hidden;             /* it asks that its callees are shown in its place */
    struct pyprof_text path; /* `file` as it is shown: relative to the nearest entry of sys.path */
    enum model_origin origin;
    enum model_folding folding;
};

/* A call: `function` was called by `parent` and is at `line`.  Node 0 is outside of all Python code. */
struct model_node {
    uint32_t parent; /* smaller than the node's own index */
    uint32_t function;
    uint32_t line;
};

struct model_cell {
    uint32_t node;
    struct counts counts;
};

struct model_thread {
    uint32_t id; /* within its sections */
    uint64_t tid;
    struct pyprof_text name; /* may be empty */
    int64_t start;
    int64_t end; /* INT64_MAX while it ran */
    bool main;
    bool idle;                /* it had no Python frame in any sample */
    struct counts counts;     /* of all its cells */
    struct model_cell *cells; /* the same node may come more than once */
    size_t ncells, cells_room;
    struct track track; /* the same samples in order of time; empty where no tracks were asked for */
};

struct model_process {
    struct pyprof_info info; /* of its first section, see model_add; start as the others are */
    enum pyprof_fate fate;   /* PYPROF_FATE_UNKNOWN where no section has an END */
    bool cut;                /* a section of it has no END */
    uint64_t rounds;
    int64_t begin, end;   /* of what was sampled, ns since the recording's start */
    struct counts counts; /* of all its threads */
    struct model_thread *threads;
    size_t nthreads, threads_room;
    struct map thread_of; /* by hash: index + 1 */
};

struct model {
    struct model_process *processes;
    size_t nprocesses;
    const struct model_function *functions; /* from 1 */
    size_t nfunctions;                      /* the last index */
    const struct model_node *nodes;         /* from 1 */
    size_t nnodes;
    struct sums sums;
    struct pyprof_loss loss;
    struct counts counts; /* of all processes */
    int64_t duration;     /* ns sampled, all recordings after each other */
    int64_t sampled;      /* ns sampled, all processes after each other: what `sums.rounds` were spread over */
    uint64_t period;      /* ns, the shortest; 0 if unknown */
    size_t nrecordings;
    size_t cut;                        /* processes whose stream was cut */
    size_t running;                    /* processes that ran on */
    const struct pyprof_text *filters; /* what was removed, sorted, each once */
    size_t nfilters;
    int64_t width;    /* of the tracks' bins, in ns; 0: they are exact (track.h) */
    size_t most_runs; /* that the tracks may have together; 0: there are none */
    size_t nruns;     /* that they have */

    /* Set by select.h. */
    const char *root;          /* the pattern of what all stacks begin with; NULL: they are whole */
    struct counts root_counts; /* of all that is left then */
    bool cpu;                  /* cells hold CPU time for their time */
};

struct model *model_new(void);
void model_free(struct model *);

/* Adds a section with all that was counted of it.  Facts of one process that differ: the greater is taken. */
int model_add(struct model *, const struct pyprof_section *, const struct tally *);

/*
 * Sorts, sums up, and tells whose code is whose.  `hide` and `show` are patterns as of fnmatch(3) on the functions'
 * files; show wins.
 */
struct model_patterns {
    const char *const *hide;
    size_t nhide;
    const char *const *show;
    size_t nshow;
};
int model_finish(struct model *, const struct model_patterns *);

/* Makes `node` an outermost call: of whoever called it, nothing is known any more. */
void model_uproot(struct model *, uint32_t node);

/* All threads of all processes, in order, `*n` of them, in an array for the caller to free; NULL: no memory. */
const struct model_thread **model_threads(const struct model *, size_t *n);

/* Order of functions by name, path, first line: as strcmp. */
int model_compare_functions(const struct model *, uint32_t a, uint32_t b);

#endif
