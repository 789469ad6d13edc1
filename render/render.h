/*
 * render: what a renderer is
 *
 * A renderer writes one report of one model.  Adding one takes a file that defines a struct renderer and a line in
 * renderers.c.  Renderers never see the stream, and everything they draw comes from the model, so that what all of
 * them have to say is said once: summary.h.
 */
#ifndef PYRENDER_RENDER_H
#define PYRENDER_RENDER_H

#include "input.h"
#include "model.h"

#include <stdio.h>

/* Rows by what; SORT_DEFAULT is the renderer's own. */
enum render_sort { SORT_DEFAULT, SORT_SELF, SORT_TOTAL, SORT_NAME, SORT_SAMPLES };

/* What the user asked for. */
struct render_options {
    bool all;         /* --show-all */
    bool combine;     /* one tree of all processes and threads */
    bool percent;     /* shares instead of seconds */
    bool invert;      /* callers below what they call */
    bool color;       /* escape sequences may be used */
    bool unicode;     /* the output may hold more than ASCII */
    double threshold; /* percent of a tree's root; negative: the renderer's own */
    uint32_t depth;   /* rows may be below each other; 0: the renderer's own */
    size_t width;     /* columns of a line of text; 0: any */
    bool source;      /* --source: the text of source files goes into the page */
    size_t max_size;  /* bytes that a page may have; 0: the renderer's own bound */
    enum render_sort sort;
};

/*
 * Options that not every renderer takes, as bits: what it does not take is refused when it is asked for, so that
 * nothing is ignored in silence.  Looks (colour, Unicode) are preferences, and whoever has none of them takes them.
 */
enum render_takes {
    TAKES_PERCENT = 1 << 0,
    TAKES_THRESHOLD = 1 << 1,
    TAKES_SHOW_ALL = 1 << 2,
    TAKES_FOLDING = 1 << 3, /* --hide, --show */
    TAKES_DEPTH = 1 << 4,
    TAKES_INVERT = 1 << 5,
    TAKES_SORT = 1 << 6,
    TAKES_WIDTH = 1 << 7,
    TAKES_TIME = 1 << 8, /* --time */
    TAKES_COMBINE = 1 << 9,
    TAKES_SOURCE = 1 << 10,
    TAKES_MAX_SIZE = 1 << 11,
};

struct report {
    const struct model *model;
    const struct input_damages *damages;
};

struct comparison; /* compare.h */

struct renderer {
    const char *name; /* of its option, --name */
    const char *description;
    const char *const *extensions; /* of -o FILE that choose it, NULL at the end; NULL: none does */
    unsigned takes;                /* bits of enum render_takes */
    bool timed;                    /* needs times; without them input is faster */
    size_t most_runs;              /* that it takes of the threads' tracks (track.h); 0: it needs none */
    /* Writes the report; errors of `out` are the caller's to notice.  -1: no memory.  NULL: live.h does it all. */
    int (*render)(const struct report *, const struct render_options *, FILE *out);
    /* The same for a difference, and what it takes then; NULL if this form has none. */
    unsigned compare_takes;
    int (*compare)(const struct comparison *, const struct render_options *, FILE *out);
};

extern const struct renderer text_renderer, flat_renderer, lines_renderer, timeline_renderer, html_renderer,
    collapsed_renderer, live_renderer;

/* All renderers, the default one first, NULL at the end. */
extern const struct renderer *const renderers[];

/* The renderer for a file's name by its extension; NULL if none claims it. */
const struct renderer *renderer_for(const char *file);

#endif
