/*
 * names: bytes interned by value
 *
 * Equal bytes get the same id, from 1 on; 0 is the empty string.  What was interned stays where it is until names_free,
 * with a NUL behind it.  Zero-initialised it is empty and valid.
 */
#ifndef PYRENDER_NAMES_H
#define PYRENDER_NAMES_H

#include "format/section.h"
#include "map.h"

struct names {
    struct pyprof_text *items; /* of id i: items[i - 1] */
    size_t count, room;
    struct map by_hash;
};

/* The id of `text`; 0 for the empty one; UINT32_MAX if there is no memory. */
uint32_t names_intern(struct names *, struct pyprof_text text);

struct pyprof_text names_text(const struct names *, uint32_t id);

void names_free(struct names *);

/* A set of interned texts. */
struct texts {
    struct pyprof_text *items;
    size_t count, room;
    struct map have; /* by address */
};

/* Adds a text that was interned, if it is not in the set; -1 if there is no memory. */
int texts_add(struct texts *, struct pyprof_text text);
void texts_sort(struct texts *);
void texts_free(struct texts *);

/* As memcmp does, the shorter first. */
int text_compare(struct pyprof_text a, struct pyprof_text b);

static inline bool text_equal(struct pyprof_text a, struct pyprof_text b)
{
    return a.size == b.size && text_compare(a, b) == 0;
}

/* A text made of a string that lives on. */
struct pyprof_text text_of(const char *string);

#endif
