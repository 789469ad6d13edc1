/*
 * recorder_type: pyrec._engine.Recorder, a recorder (recorder.h) of one thread or of all
 */
#ifndef PYREC_PYTHON_RECORDER_TYPE_H
#define PYREC_PYTHON_RECORDER_TYPE_H

#include "python.h"

#include <stdint.h>

/* ns of CLOCK_MONOTONIC. */
uint64_t recorder_type_clock(void);

/* When a Recorder's next sample is due, ns of CLOCK_MONOTONIC. */
uint64_t recorder_type_due(PyObject *);

/*
 * Takes a sample now, if it is due and of interest: the calling thread is at `frame`, the others where they are.
 * -1 with an exception.
 */
int recorder_type_sample(PyObject *, uint64_t now, PyObject *frame);

#endif
