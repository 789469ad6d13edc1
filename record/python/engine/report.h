/*
 * report: a stream in memory as a report, or as a tree
 *
 * The same readers and renderers as pyrender's, over bytes in place of files.
 */
#ifndef PYREC_PYTHON_REPORT_H
#define PYREC_PYTHON_REPORT_H

#include "format/error.h"
#include "render/model.h"
#include "render/render.h"

#include <stddef.h>

/* The renderer of that name, or NULL; not the one that draws on a terminal. */
const struct renderer *report_renderer(const char *name);

/* Allocates the report, `*length` bytes, to be freed by the caller; NULL with the error. */
char *report_render(const void *stream, size_t size, const struct renderer *, const struct render_options *,
                    size_t *length, struct pyprof_error *);

/* The model of a stream, to be freed by model_free; NULL with the error. */
struct model *report_model(const void *stream, size_t size, struct pyprof_error *);

#endif
