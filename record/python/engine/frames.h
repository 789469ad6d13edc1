/*
 * frames: a Python frame object as a node of a writer's call tree
 */
#ifndef PYREC_PYTHON_FRAMES_H
#define PYREC_PYTHON_FRAMES_H

#include "python.h"

#include "format/writer.h"

#include <stdint.h>

/*
 * The node of `frame` and all its callers.  `functions` is a dict that remembers functions by their code objects, whose
 * references it holds.  0 with an exception.
 */
uint32_t frames_node(struct pyprof_writer *, PyObject *functions, PyObject *frame);

#endif
