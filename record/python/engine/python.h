/*
 * python: what the module's files share of Python's C API
 *
 * Only the limited API of 3.8 is used, so that one build serves every CPython from 3.8 on (PEP 384); what is outside of
 * it is looked up when the module is loaded (hook.c).
 */
#ifndef PYREC_PYTHON_PYTHON_H
#define PYREC_PYTHON_PYTHON_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03080000
#endif
#include <Python.h>

#include "format/error.h"

/*
 * Raises what the error stands for: MemoryError, NotImplementedError for what is not supported, OSError for a system
 * call, else ValueError.  Returns NULL.
 */
PyObject *raise_error(const struct pyprof_error *);

static inline PyObject *new_none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

/* Make the types; NULL with an exception. */
PyObject *engine_type_new(void);
PyObject *hook_type_new(void);
PyObject *recorder_type_new(void);

/* check(): engine_check for Python. */
PyObject *engine_type_check(PyObject *module, PyObject *none);

/* tree(stream): the calls of each thread, as tuples. */
PyObject *tree_of_stream(PyObject *module, PyObject *arguments);

#endif
