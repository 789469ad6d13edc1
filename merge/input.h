/*
 * input: one of the streams to be merged
 *
 * A struct input says what a name stands for, reads it through a reader of its own while it is open, and keeps the
 * account of what was wrong with it, for the tool to report.  An input's failures are its own: the others go on.
 *
 * Life: input_look; input_open, then input_next and input_fill until INPUT_END, input_close; regular files may be
 * opened again afterwards for input_read.  The struct is the caller's, zero-initialised; input_close can always be
 * called and leaves the account.
 */
#ifndef PYMERGE_INPUT_H
#define PYMERGE_INPUT_H

#include "format/reader.h"

#include <sys/stat.h>

struct input {
    const char *path;            /* the caller's; "-" is the standard input */
    struct stat file;            /* what it is */
    bool usable;                 /* something to read from */
    bool whole;                  /* read to its end */
    bool changed;                /* between two readings */
    struct pyprof_error failure; /* why it could not be read, or not to its end */
    struct pyprof_error damage;  /* at the first place that was no block, or not a good one */
    uint64_t unfiltered;         /* blocks that the filter could not read, and that were left out */
    uint64_t unknown;            /* samples that were removed for want of what a filter asks about */
    struct pyprof_reader_totals totals;

    /* Only while it is open. */
    int fd;      /* else -1 */
    off_t start; /* where in the file the stream begins */
    struct pyprof_reader *reader;
    struct pyprof_section *ended; /* by the item that was given last */
};

/* Finds out what `path` is; sets `failure` if it is nothing to read from. */
void input_look(struct input *, const char *path);

bool input_is_file(const struct input *);

/* Opens it, a FIFO without waiting for its writer; -1 with `failure` set. */
int input_open(struct input *);
void input_close(struct input *);

/*
 * The next item, which is never damage: that goes to the account.  Valid until the next call.  Sections of which
 * nothing more can come are forgotten.
 */
enum input_result { INPUT_ITEM, INPUT_MORE, INPUT_END };
enum input_result input_next(struct input *, struct pyprof_item *);

/* Reads once.  At the end, or where reading fails, input_next gives what is left and then INPUT_END. */
void input_fill(struct input *);

/* Adds a block that was left out because the filter could not read it to the account. */
void input_add_unfiltered(struct input *, const struct pyprof_error *);

/* Opens a regular file again, for input_read alone; -1 with `failure` set. */
int input_reopen(struct input *);

/* Reads `size` bytes at `offset` of the stream of a regular file; -1 with `failure` and `changed` set. */
int input_read(struct input *, uint64_t offset, void *bytes, size_t size);

/* Notes that the input is not what it was when it was read before. */
void input_fail_changed(struct input *);

#endif
