/*
 * render: what a renderer is
 *
 * A renderer writes one report of one model.  Adding one takes a file that defines a struct renderer and a line in
 * renderers.c.  Renderers never see the stream, and everything they draw comes from the model, so that what all of them
 * have to say is said once: summary.h.
 */
#ifndef PYRENDER_RENDER_H
#define PYRENDER_RENDER_H

#include "input.h"
#include "model.h"

#include <stdio.h>

/* What the user asked for; a renderer takes what applies to it. */
struct render_options {
    bool all;         /* --show-all */
    bool combine;     /* one tree of all processes and threads */
    bool percent;     /* shares instead of seconds */
    bool color;       /* escape sequences may be used */
    bool unicode;     /* the output may hold more than ASCII */
    double threshold; /* percent of a tree's root; negative: the renderer's own */
};

struct report {
    const struct model *model;
    const struct input_damages *damages;
};

struct renderer {
    const char *name; /* of its option, --name */
    const char *description;
    const char *const *extensions; /* of -o FILE that choose it, NULL at the end */
    bool timed;                    /* needs times; without them input is faster */
    size_t most_runs;              /* that it takes of the threads' tracks (track.h); 0: it needs none */
    /* Writes the report; errors of `out` are the caller's to notice.  -1: no memory. */
    int (*render)(const struct report *, const struct render_options *, FILE *out);
};

extern const struct renderer text_renderer, html_renderer, collapsed_renderer;

/* All renderers, the default one first, NULL at the end. */
extern const struct renderer *const renderers[];

/* The renderer for a file's name by its extension; NULL if none claims it. */
const struct renderer *renderer_for(const char *file);

#endif
