#include "frames.h"

#include <stdlib.h>

/* The text of a str, which must outlive the use of it; not to be kept. */
static int text_of(PyObject *string, PyObject **bytes, struct pyprof_text *text)
{
    char *start;
    Py_ssize_t size;

    *bytes = string ? PyUnicode_AsEncodedString(string, "utf-8", "surrogateescape") : NULL;
    if (!*bytes || PyBytes_AsStringAndSize(*bytes, &start, &size) < 0)
        return -1;
    *text = (struct pyprof_text){start, (size_t)size};
    return 0;
}

/* An int attribute; `otherwise` where it is None, as the line of a frame without one. */
static uint32_t number_of(PyObject *object, const char *name, uint32_t otherwise)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    long number = value && value != Py_None ? PyLong_AsLong(value) : (long)otherwise;

    Py_XDECREF(value);
    return number < 0 || number > INT32_MAX ? otherwise : (uint32_t)number;
}

static uint32_t flags_of(PyObject *code)
{
    PyObject *names = PyObject_GetAttrString(code, "co_varnames");
    PyObject *wanted = names ? PyUnicode_FromString("__tracebackhide__") : NULL;
    int found = wanted ? PySequence_Contains(names, wanted) : 0;

    Py_XDECREF(names);
    Py_XDECREF(wanted);
    return found > 0 ? PYPROF_FUNCTION_HIDDEN : 0;
}

/* co_qualname came with 3.11. */
static PyObject *name_of(PyObject *code)
{
    PyObject *name = PyObject_GetAttrString(code, "co_qualname");

    if (name)
        return name;
    PyErr_Clear();
    return PyObject_GetAttrString(code, "co_name");
}

static uint32_t intern_function(struct pyprof_writer *writer, PyObject *code)
{
    PyObject *file = PyObject_GetAttrString(code, "co_filename"), *name = name_of(code);
    PyObject *file_bytes = NULL, *name_bytes = NULL;
    struct pyprof_text file_text, name_text;
    uint32_t id = 0;

    if (text_of(file, &file_bytes, &file_text) == 0 && text_of(name, &name_bytes, &name_text) == 0)
        id = pyprof_writer_function(writer, file_text, name_text, number_of(code, "co_firstlineno", 0),
                                    flags_of(code));
    Py_XDECREF(file_bytes);
    Py_XDECREF(name_bytes);
    Py_XDECREF(file);
    Py_XDECREF(name);
    return id;
}

/* Code objects compare by what is in them, which is slow; so they are looked up by address, and kept alive. */
static uint32_t function_of(struct pyprof_writer *writer, PyObject *functions, PyObject *code)
{
    PyObject *key = PyLong_FromVoidPtr(code), *known = key ? PyDict_GetItemWithError(functions, key) : NULL;
    uint32_t id = 0;

    if (known) {
        id = (uint32_t)PyLong_AsUnsignedLong(PyTuple_GetItem(known, 0));
    } else if (key && !PyErr_Occurred() && (id = intern_function(writer, code))) {
        known = Py_BuildValue("IO", id, code);
        if (!known || PyDict_SetItem(functions, key, known) < 0)
            id = 0;
        Py_XDECREF(known);
    }
    Py_XDECREF(key);
    return id;
}

enum { DEPTH_MAX = 16384 };

/* The frame and its callers, innermost first, as a list. */
static PyObject *list_frames(PyObject *frame)
{
    PyObject *list = PyList_New(0);

    Py_INCREF(frame);
    while (list && frame && frame != Py_None && PyList_Size(list) < DEPTH_MAX) {
        if (PyList_Append(list, frame) < 0)
            Py_CLEAR(list);
        PyObject *back = PyObject_GetAttrString(frame, "f_back");
        Py_DECREF(frame);
        frame = back;
    }
    if (!frame)
        Py_CLEAR(list);
    Py_XDECREF(frame);
    return list;
}

static uint32_t node_below(struct pyprof_writer *writer, PyObject *functions, PyObject *frame, uint32_t parent)
{
    PyObject *code = PyObject_GetAttrString(frame, "f_code");
    uint32_t function = code ? function_of(writer, functions, code) : 0;

    Py_XDECREF(code);
    return function ? pyprof_writer_node(writer, parent, function, number_of(frame, "f_lineno", 0)) : 0;
}

uint32_t frames_node(struct pyprof_writer *writer, PyObject *functions, PyObject *frame)
{
    PyObject *list = list_frames(frame);
    uint32_t node = 0;

    for (Py_ssize_t i = list ? PyList_Size(list) : 0; i > 0; i--) {
        node = node_below(writer, functions, PyList_GetItem(list, i - 1), node);
        if (!node)
            break;
    }
    Py_XDECREF(list);
    if (!node && !PyErr_Occurred())
        PyErr_NoMemory();
    return node;
}
