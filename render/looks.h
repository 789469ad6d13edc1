/*
 * looks: colour, Unicode and width of a report, where they were not asked for: by the output, the environment and the locale
 */
#ifndef PYRENDER_LOOKS_H
#define PYRENDER_LOOKS_H

#include "render.h"

/* Columns below which reports are not cut further. */
enum { LOOKS_LEAST_WIDTH = 40 };

/* What was asked for. */
struct looks {
    int color, unicode; /* 1: yes, 0: no, -1: not said */
    bool width_said;
};

/* Completes the options for a report to `out`; may set the locale's LC_CTYPE. */
void looks_choose(const struct looks *, struct render_options *, FILE *out);

/* Whether what is drawn on `fd` may be coloured; `said` is as in struct looks. */
bool looks_want_color(int said, int fd);

/* Whether the locale's codeset is UTF-8. */
bool looks_have_unicode(void);

#endif
