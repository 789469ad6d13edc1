/*
 * column: the parts of a DEFS or SAMPLES payload, each compressed by itself (pyprof(5), COLUMNS)
 *
 * A packer makes columns, an unpacker opens them; each keeps a zlib stream and uses it again and again.  A packer holds
 * about 256 KiB: made for a flush and freed after it.
 */
#ifndef PYPROF_COLUMN_H
#define PYPROF_COLUMN_H

#include "buffer.h"
#include "cursor.h"
#include "error.h"

#include <zlib.h>

struct packer {
    z_stream deflate;
    struct buffer packed[2]; /* scratch of column_put */
};

/* -1 if there is no memory. */
int packer_init(struct packer *);
void packer_free(struct packer *);

/* Puts `head`, with its length before it. */
void column_put_head(struct buffer *payload, const struct buffer *head);

/* Puts `values` as column `id`, deflated if that is smaller; nothing if they are empty.  Fails as buffers do. */
void column_put(struct packer *, struct buffer *payload, uint32_t id, const struct buffer *values);

/* Columns of a block by id; ids from COLUMNS_KNOWN on are passed over. */
enum { COLUMNS_KNOWN = 16 };

struct column {
    uint64_t id;
    uint8_t method;
    uint32_t inflated;    /* length */
    struct cursor stored; /* the bytes that hold it */
    struct cursor whole;  /* these and what is before them */
};

struct columns {
    struct cursor head;
    struct column by_id[COLUMNS_KNOWN];
};

/* Reads the next column of a payload whose head was read; false if it is not sound. */
bool column_next(struct cursor *payload, struct column *column);

/*
 * Finds head and columns of a payload, whose bytes they point into, and checks lengths; inflates nothing.  `name` is the
 * block's type and `offset` its place, for the message.
 */
int columns_get(struct columns *, struct cursor payload, const char *name, uint64_t offset, struct pyprof_error *);

struct unpacker {
    z_stream inflate;
    struct buffer bytes; /* what the last column_values gave, if it was deflated */
    bool ready;
};

/* Zero-initialised an unpacker is valid. */
void unpacker_free(struct unpacker *);

/*
 * A column's values, until the unpacker's next; empty for an absent column.  -1 with PYPROF_MEMORY or PYPROF_DAMAGED.
 * `what` names the column in a message.
 */
int column_values(struct unpacker *, const struct column *, struct cursor *values, const char *what, uint64_t offset,
                  struct pyprof_error *);

#endif
