/*
 * reader: a stream as a sequence of items
 *
 * A reader is fed bytes, from memory or from a descriptor (a pipe as well as a file), in pieces of any size, and gives
 * items: blocks that are whole and sound, and reports of bytes that are not.  It never seeks.  It looks past damage: after
 * a bad block it scans for the next good one and says in a PYPROF_ITEM_DAMAGE how many bytes it skipped and why.  A block
 * that it has seen before (same section and sequence number, as in `cat a a`) is not given again.
 *
 * Life: pyprof_reader_new; then pyprof_reader_feed or _fill when _next asks for more; pyprof_reader_finish at the end of
 * the bytes, after which _next gives what is left; pyprof_reader_free.  Several readers may live at once, each used by
 * one thread at a time.  No function prints, exits or uses globals.
 *
 * Typical use:
 *
 *     while ((got = pyprof_reader_next(reader, &item, &error)) >= 0) {
 *         if (got == PYPROF_MORE) {
 *             if (pyprof_reader_fill(reader, fd, &error) < 0)
 *                 break;
 *             continue;
 *         }
 *         if (got == PYPROF_DONE)
 *             break;
 *         ...
 *     }
 */
#ifndef PYPROF_READER_H
#define PYPROF_READER_H

#include "error.h"
#include "samples.h"
#include "section.h"

#include <sys/types.h>

enum pyprof_item_type {
    PYPROF_ITEM_SECTION, /* facts of a section, new or changed; already in `section` */
    PYPROF_ITEM_DEFS,    /* definitions; already in `section` */
    PYPROF_ITEM_SAMPLES, /* samples: decode with pyprof_reader_samples */
    PYPROF_ITEM_END,     /* the section's end; already in `section` */
    PYPROF_ITEM_UNKNOWN, /* a block of a type that this reader does not know and need not */
    PYPROF_ITEM_DAMAGE,  /* bytes that could not be read: `offset`, `size`, `reason` */
};

struct pyprof_item {
    enum pyprof_item_type type;
    struct pyprof_section *section; /* NULL for damage */
    uint64_t offset;                /* of the block, or of the damage, in the stream */
    uint64_t size;                  /* in bytes, header included */
    uint32_t sequence;
    const uint8_t *block;       /* the block's bytes as they came, header first; until the next call */
    struct pyprof_error reason; /* of damage; of an UNSUPPORTED section, once */
};

struct pyprof_limits {
    uint64_t memory; /* bytes of tables, all sections together; 0: the default, 4 GiB */
};

struct pyprof_reader;

/* NULL if there is no memory.  `limits` may be NULL. */
struct pyprof_reader *pyprof_reader_new(const struct pyprof_limits *limits);
void pyprof_reader_free(struct pyprof_reader *);

/* Results of pyprof_reader_next besides -1, which only lack of memory (or the limit on it) brings. */
enum { PYPROF_MORE = 0, PYPROF_ITEM = 1, PYPROF_DONE = 2 };
int pyprof_reader_next(struct pyprof_reader *, struct pyprof_item *, struct pyprof_error *);

/* Gives the reader `size` bytes, which it copies. */
int pyprof_reader_feed(struct pyprof_reader *, const void *bytes, size_t size, struct pyprof_error *);

/*
 * Reads once from `fd` (blocking or not): bytes got, 0 at its end (which calls pyprof_reader_finish), -1 on an error.
 * An interrupted or would-block read returns -1 with error->system EINTR or EAGAIN.
 */
ssize_t pyprof_reader_fill(struct pyprof_reader *, int fd, struct pyprof_error *);

/* No more bytes will come. */
void pyprof_reader_finish(struct pyprof_reader *);

/*
 * Decodes the current item, a PYPROF_ITEM_SAMPLES, into `samples`; `want` is a set of enum pyprof_want.  -1 with
 * PYPROF_DAMAGED if its columns do not hold together, although its checksum does: nothing of it is to be counted.
 */
int pyprof_reader_samples(struct pyprof_reader *, unsigned want, struct pyprof_samples *samples,
                          struct pyprof_error *);

/* Sums over what was read so far. */
struct pyprof_reader_totals {
    uint64_t bytes, blocks, sections;
    uint64_t repeated; /* blocks seen before */
    uint64_t damages, damaged_bytes;
    uint64_t lost_blocks, lost_samples; /* by gaps in the sequence numbers, all sections */
};
struct pyprof_reader_totals pyprof_reader_totals(const struct pyprof_reader *);

/* Sections in the order of their first block: i from 0; NULL past the last. */
struct pyprof_section *pyprof_reader_section(const struct pyprof_reader *, size_t i);

/* Forgets a section whose END has come and which will not be asked for again; its id stays known as seen. */
void pyprof_reader_forget(struct pyprof_reader *, struct pyprof_section *);

#endif
