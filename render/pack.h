/*
 * pack: numbers in columns and text, small enough to be carried in a page
 *
 * A pack is a piece of JSON and columns of numbers behind it: four bytes with the JSON's size, little-endian, the JSON, the
 * columns.  A number is as in LEB128: seven bits a byte, the low ones first, the high bit set in all bytes but the last;
 * one with a sign is folded first (0, -1, 1, -2, … become 0, 1, 2, 3, …).  The whole is deflated as zlib does it
 * (RFC 1950) and written in base64 (RFC 4648), which no markup can be in.
 *
 * A failure for lack of memory is kept: pack_close tells of it.
 */
#ifndef PYRENDER_PACK_H
#define PYRENDER_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pack_column {
    const char *name;
    size_t offset; /* of its first byte behind the JSON */
    size_t count;
};

struct pack {
    uint8_t *bytes;
    size_t size, room;
    struct pack_column columns[32];
    size_t ncolumns;
    bool failed;
};

/* Begins a column; the name must live as long as the pack. */
void pack_column(struct pack *, const char *name);
void pack_number(struct pack *, uint64_t number);
void pack_signed(struct pack *, int64_t number);

/* Writes `"columns":{"name":[offset,count],…}` for the JSON. */
void pack_put_index(const struct pack *, FILE *json);

/* The whole in base64, to be freed, and its size; NULL: no memory. */
char *pack_close(const struct pack *, const char *json, size_t json_size, size_t *size);

void pack_free(struct pack *);

#endif
