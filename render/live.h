/*
 * live: a stream as it arrives, like top(1)
 *
 * Reads a stream (live_feed.h), counts it (live_table.h) and shows it on the terminal (live_screen.h) as the user chose
 * (live_view.h), until the stream or the user ends it; then writes the table to `out`, the same terminal's.  The
 * terminal is given back whatever happens.
 *
 * While it runs, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and SIGWINCH are blocked and read from a descriptor;
 * the mask is the caller's again after it.
 */
#ifndef PYRENDER_LIVE_H
#define PYRENDER_LIVE_H

#include "input.h"
#include "model.h"
#include "render.h"

#include <stdio.h>

struct live_options {
    const char *file; /* "-" is stdin */
    const struct model_patterns *patterns;
    enum render_sort sort; /* at first; SORT_SAMPLES is none */
    bool cpu;              /* at first */
    bool color;
    bool unicode; /* the locale's codeset is UTF-8 */
};

/* How it ended. */
struct live_outcome {
    struct input_damages damages; /* the caller's to free (input_damages_free) */
    const char *file;             /* that the error is about; NULL: none */
    size_t cut;                   /* sections that had no end when the stream ended by itself */
    int signal;                   /* that ended it, for the caller to die of; 0: none */
};

/* 0, or -1 with the error. */
int live_run(const struct live_options *, FILE *out, struct live_outcome *, struct pyprof_error *);

#endif
