/*
 * template: a page with {{names}} where its parts go
 *
 * A part is written by its function, with the context it was given.
 */
#ifndef PYRENDER_TEMPLATE_H
#define PYRENDER_TEMPLATE_H

#include "format/section.h"

#include <stdio.h>

struct template_part {
    const char *name;
    void (*put)(void *context, FILE *out);
};

/* Writes `page`, with `parts` in their places; a name that none has becomes nothing. */
void template_write(FILE *out, struct pyprof_text page, const struct template_part *parts, size_t nparts,
                    void *context);

/*
 * Writes a content-security policy for a page that makes no request and has nothing of its own but this style and this
 * script: they are named by their digests (CSP level 3, hash-source).
 */
void template_put_policy(FILE *out, struct pyprof_text style, struct pyprof_text script);

#endif
