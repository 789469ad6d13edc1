/*
 * section: one process as a stream tells of it
 *
 * A section's facts come in SECTION blocks (struct pyprof_info), its names in DEFS blocks (tables), its totals in an END
 * block.  The reader fills a struct pyprof_section as it goes; everything here reads it.  All strings are foreign bytes:
 * any byte may be in them, NUL included; lengths count.  Pointers stay valid until the reader reads on.
 *
 * Times are nanoseconds since the start of the recording (`info.wall` and `info.monotonic`), unless said otherwise.
 */
#ifndef PYPROF_SECTION_H
#define PYPROF_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pyprof_text {
    const char *bytes;
    size_t size;
};

struct pyprof_texts {
    const struct pyprof_text *items;
    size_t count;
};

/* Facts of a section: what is not known is 0 or empty. */
struct pyprof_info {
    uint8_t recording[16]; /* random; the same in all sections of one recording */
    uint8_t boot[16];      /* id of the host's boot: monotonic times compare only within one */
    struct pyprof_text host;
    uint64_t pid, ppid;
    uint64_t wall;               /* recording's start, ns since 1970 */
    uint64_t monotonic;          /* recording's start, ns of CLOCK_MONOTONIC */
    int64_t start;               /* process's start; negative if it was older than the recording */
    uint64_t period;             /* ns between rounds, as asked for */
    uint64_t unit;               /* ns a unit of the samples' times */
    struct pyprof_text python;   /* its version, as sys.version has it */
    struct pyprof_text recorder; /* name and version of what recorded */
    struct pyprof_texts argv;
    struct pyprof_texts prefixes; /* the interpreter's own folders: what is below is library code */
    struct pyprof_texts path;     /* sys.path */
    struct pyprof_texts filters;  /* what pymerge was told to remove, in order */
};

/* How a process left the recording. */
enum pyprof_fate {
    PYPROF_FATE_UNKNOWN = 0, /* no END block: the recorder was killed, or the stream was cut */
    PYPROF_FATE_EXITED = 1,  /* ended; `status` says how, if it is known */
    PYPROF_FATE_EXEC = 2,    /* became another program */
    PYPROF_FATE_RUNNING = 3, /* ran on when the recording ended */
};

struct pyprof_end {
    enum pyprof_fate fate;
    bool status_known;
    uint32_t status; /* as wait(2) has it */
    int64_t time;
    uint64_t rounds, samples, missed, late, overflow; /* totals of the section, for comparison with what arrived */
};

struct pyprof_thread {
    uint32_t id;  /* within the section */
    uint64_t tid; /* the kernel's */
    struct pyprof_text name;
    int64_t start;
    int64_t end; /* INT64_MAX while it ran */
};

enum pyprof_function_flags {
    PYPROF_FUNCTION_HIDDEN = 1, /* it asks reports to show what it calls in its place */
};

struct pyprof_function {
    struct pyprof_text file;
    struct pyprof_text name; /* qualified */
    uint32_t firstline;
    uint32_t flags; /* enum pyprof_function_flags; bits not known are to be ignored */
};

/* A node of the section's call tree. */
struct pyprof_node {
    uint32_t parent;   /* 0: the root; always smaller than the node's own id */
    uint32_t function; /* 0 where the stream lost it */
    uint32_t line;     /* current line */
};

/* What did not arrive, per section. */
struct pyprof_loss {
    uint64_t blocks;  /* missing sequence numbers */
    uint64_t samples; /* known to be missing; blocks at the end of a cut stream cannot be known */
};

struct pyprof_section; /* opaque; owned by the reader */

uint64_t pyprof_section_id(const struct pyprof_section *);
const struct pyprof_info *pyprof_section_info(const struct pyprof_section *);
/* Never NULL: before the END block all is 0. */
const struct pyprof_end *pyprof_section_end(const struct pyprof_section *);
struct pyprof_loss pyprof_section_loss(const struct pyprof_section *);

/*
 * Tables.  Ids run from 1 to the count; one that was never defined (its block was lost) answers false.  A node that is
 * there has all its ancestors there: where one of them was lost, the node counts as lost too, until both come again.
 */
uint32_t pyprof_section_nodes(const struct pyprof_section *);
bool pyprof_section_node(const struct pyprof_section *, uint32_t id, struct pyprof_node *);
uint32_t pyprof_section_functions(const struct pyprof_section *);
bool pyprof_section_function(const struct pyprof_section *, uint32_t id, struct pyprof_function *);
uint32_t pyprof_section_threads(const struct pyprof_section *);
bool pyprof_section_thread(const struct pyprof_section *, uint32_t id, struct pyprof_thread *);

/* A place for its user's own data about the section, NULL at first; the reader calls `free_user` on it at the end. */
void *pyprof_section_user(const struct pyprof_section *);
void pyprof_section_set_user(struct pyprof_section *, void *user, void (*free_user)(void *));

#endif
