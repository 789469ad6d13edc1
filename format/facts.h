/*
 * facts: struct pyprof_info and struct pyprof_end as bytes and back (pyprof(5), FACTS)
 */
#ifndef PYPROF_FACTS_H
#define PYPROF_FACTS_H

#include "buffer.h"
#include "cursor.h"
#include "section.h"
#include "table.h"

/* Puts the payload of a SECTION block; what is too long is cut as pyprof(5) says. */
void info_put(struct buffer *payload, const struct pyprof_info *info);

/* An info and what its texts point into. */
struct facts {
    struct pyprof_info info;
    struct budget *budget;
    uint8_t *bytes; /* copy of the payload */
    size_t size;
    struct pyprof_text *items; /* of all lists */
    size_t nitems;
};

enum facts_result { FACTS_OK = 0, FACTS_DAMAGED = -1, FACTS_MEMORY = -2 };

/* Reads the payload of a SECTION block, which it copies, into `facts`, replacing what is there if it is sound. */
enum facts_result facts_get(struct facts *, struct cursor payload);
void facts_free(struct facts *);

void end_put(struct buffer *payload, const struct pyprof_end *end);
enum facts_result end_get(struct pyprof_end *, struct cursor payload);

#endif
