/*
 * diff_render: how renderers draw a difference: their `compare`, see render.h
 */
#ifndef PYRENDER_DIFF_RENDER_H
#define PYRENDER_DIFF_RENDER_H

#include "compare.h"

/* What changed, as text: functions by their own time, then calls by their total time (diff_text.c). */
int diff_render_text(const struct comparison *, const struct render_options *, FILE *out);

/* The same, with functions by their total time in place of the calls (diff_text.c). */
int diff_render_flat(const struct comparison *, const struct render_options *, FILE *out);

/* difffolded.pl's form (diff_collapsed.c). */
int diff_render_collapsed(const struct comparison *, const struct render_options *, FILE *out);

/* One page that works offline (diff_html.c). */
int diff_render_html(const struct comparison *, const struct render_options *, FILE *out);

#endif
