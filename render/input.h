/*
 * input: streams into a model
 *
 * All files go through one reader, one after the other, as if they were concatenated: so a section that comes twice
 * counts once.  Samples are tallied as they come and sections folded into the model as they end; what is held is tables,
 * never samples.
 *
 * Damage is no failure: what is sound is read, and the damages tell of the rest.  A failure is a file that cannot be
 * read, that holds no block of a stream at all, or a lack of memory.
 */
#ifndef PYRENDER_INPUT_H
#define PYRENDER_INPUT_H

#include "format/error.h"
#include "model.h"

/* Bytes of a file that could not be read. */
struct input_damage {
    const char *file;
    uint64_t offset, size;
    struct pyprof_error reason;
};

struct input_damages {
    struct input_damage *items; /* the first INPUT_DAMAGES_KEPT, sorted by file and offset */
    size_t count, room;
    uint64_t total;
    uint64_t bytes;
};

enum { INPUT_DAMAGES_KEPT = 100, INPUT_DAMAGES_REPORTED = 10 };

struct input {
    const char *const *files; /* names; "-" is stdin */
    size_t nfiles;
    const void *bytes; /* if not NULL: what is in the one file, which is not opened */
    size_t size;
    bool timed;                                  /* decode times and CPU */
    size_t most_runs;                            /* that the threads' tracks may have (track.h); 0: no tracks */
    void (*report)(const struct input_damage *); /* called for the first damages as they are met; may be NULL */
};

/*
 * Reads all of `input` into `model`.  -1 with the error and, if it is one file's, its name in `file`; the offset is
 * counted from the file's beginning.
 */
int input_read(const struct input *, struct model *, struct input_damages *, const char **file,
               struct pyprof_error *);

void input_damages_free(struct input_damages *);

#endif
