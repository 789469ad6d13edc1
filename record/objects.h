/*
 * objects: the few Python objects a profile needs, read out of memory
 *
 * Code objects' names and line tables, threads' names, what `sys` says about the installation.  As the walker, it
 * reads through a struct mem, allocates nothing, takes no lock, writes only to its caller's buffers and comes back in
 * bounded time whatever the memory holds.  It uses up to 16 KiB of the caller's stack: for a sampler's thread, not
 * for a signal handler.
 *
 * Objects change while they are read.  A function that returns false found something else than it looked for; a later
 * call may succeed.  The text is UTF-8: what Python holds as a lone surrogate U+DC80 to U+DCFF becomes the byte it
 * stands for (os.fsencode, PEP 383), other lone surrogates become U+FFFD; NULs stay.  A str of 2.7 comes as the bytes
 * it is.
 */
#ifndef PYREC_OBJECTS_H
#define PYREC_OBJECTS_H

#include "walk/walk.h"

enum {
    OBJECTS_TEXT_MAX = 64 * 1024,    /* longer strings are cut there, between two characters */
    OBJECTS_TABLE_MAX = 1024 * 1024, /* a longer line table is dropped */
    OBJECTS_PATH_MAX = 1024,         /* items of sys.path that are looked at */
    OBJECTS_LOCALS_MAX = 256,        /* names of local variables that are looked at */
};

/* Where bytes go: `room` bytes at `bytes` are the caller's, `len` of them were filled.  Not terminated. */
struct objects_buffer {
    char *bytes;
    size_t room;
    size_t len;
};

struct objects_code {
    struct objects_buffer filename;
    struct objects_buffer qualname;  /* co_name before 3.11 */
    struct objects_buffer linetable; /* len 0 if larger than its room or than OBJECTS_TABLE_MAX */
    int32_t firstline;
    bool hidden; /* a local variable is called __tracebackhide__: reports pass over the function */
};

/* Reads a str at `address`; cut at the buffer's room or OBJECTS_TEXT_MAX.  Not a str (or a subclass's): false. */
bool objects_str(const struct walk_runtime *, uint64_t address, struct objects_buffer *text);

/*
 * Reads what a code object says of itself; the caller has set the buffers' bytes and rooms.  False if it is not, or
 * no longer, the code object of that identity (CPython frees and reuses them), whose names are then lost.
 */
bool objects_code(const struct walk_runtime *, const struct walk_code *, struct objects_code *out);

/*
 * The name of the threading.Thread that a thread runs, given its stack's outermost frame (of a stack that was not
 * cut).  False for other threads: the main one, those of _thread and of C.
 */
bool objects_thread_name(const struct walk_runtime *, const struct walk_frame *outermost,
                         struct objects_buffer *name);

enum objects_sys_kind {
    OBJECTS_SYS_PREFIX,
    OBJECTS_SYS_BASE_PREFIX, /* in 2.7 only in a virtualenv, where it is called real_prefix, as its exec_prefix */
    OBJECTS_SYS_EXEC_PREFIX,
    OBJECTS_SYS_BASE_EXEC_PREFIX,
    OBJECTS_SYS_PATH, /* once an item, in order */
};

typedef void objects_sys_fn(void *context, enum objects_sys_kind, const struct objects_buffer *value);

/*
 * Calls `each` with every value that is there; `room` is the caller's buffer for one value, overwritten by the next.
 * False if the module is not there yet or changed meanwhile; some values may have been delivered then.
 */
bool objects_sys(const struct walk_runtime *, uint64_t interp, struct objects_buffer room, objects_sys_fn *each,
                 void *context);

#endif
