/*
 * codec: samples as the payload of a SAMPLES block and back (pyprof(5), SAMPLES): encode.c and decode.c
 */
#ifndef PYPROF_CODEC_H
#define PYPROF_CODEC_H

#include "column.h"
#include "samples.h"

/* Columns of a SAMPLES block. */
enum {
    COLUMN_TIMES = 1,
    COLUMN_TRACKS,
    COLUMN_DICTIONARY_NODES,
    COLUMN_DICTIONARY_FLAGS,
    COLUMN_SYMBOLS,
    COLUMN_RARE,
    COLUMN_COUNTS,
    COLUMN_CPU,
};

/* How symbols are stored: pyprof(5), Symbols. */
enum {
    SYMBOL_FREQUENT = 192, /* those below are a byte by themselves */
    SYMBOL_ESCAPE = 255,   /* the byte that says that the rest is a varint */
    SYMBOL_ESCAPED = SYMBOL_FREQUENT + (SYMBOL_ESCAPE - SYMBOL_FREQUENT) * 256, /* the first such symbol */
};

enum { LACK_MAX = 255 }; /* units that CPU time may be expected to be short of, a sample */

/*
 * Puts the payload for `samples`, times and CPU times included.  The counts of samples, missed and removed are taken
 * from the runs.  -1 if there is no memory, or the payload would be over the format's limits.
 */
int samples_encode(const struct pyprof_samples *samples, struct packer *, struct buffer *payload,
                   struct pyprof_error *);

/* A payload of which the head was read. */
struct samples_head {
    struct columns columns;
    struct pyprof_samples head; /* all but the arrays; ntracks and nruns as claimed */
    int64_t first;              /* time of the first round */
    uint32_t entries;           /* of the dictionary, as claimed */
    uint32_t lack;              /* of CPU time, units a sample */
    uint64_t offset;            /* of the block, for messages */
};

/* Reads the head and checks it and the columns' lengths.  -1 and PYPROF_DAMAGED if they cannot be. */
int samples_head_get(struct samples_head *, struct cursor payload, uint64_t offset, struct pyprof_error *);

/* Decodes what the head belongs to, as pyprof_reader_samples does. */
int samples_decode(const struct samples_head *, struct unpacker *, unsigned want, struct pyprof_samples *samples,
                   struct pyprof_error *);

/* The CPU time expected of a run that takes `duration`; `lack` is the block's: pyprof(5), CPU. */
int64_t samples_expected_cpu(const struct pyprof_run *, int64_t duration, uint32_t lack);

/* Sets the counts of samples, missed and removed from the runs. */
void samples_count(struct pyprof_samples *);

#endif
