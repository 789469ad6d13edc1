/*
 * pyrec._engine: the C side of the package; pyrec/_engine.pyi says what Python sees of it
 */
#include "python.h"

#include "cut.h"
#include "report.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

PyObject *raise_error(const struct pyprof_error *error)
{
    switch (error->code) {
    case PYPROF_MEMORY:
        return PyErr_NoMemory();
    case PYPROF_UNSUPPORTED:
        PyErr_SetString(PyExc_NotImplementedError, error->message);
        return NULL;
    case PYPROF_SYSTEM:
        PyErr_SetString(PyExc_OSError, error->message);
        return NULL;
    default:
        PyErr_Format(PyExc_ValueError, "byte %llu: %s", (unsigned long long)error->offset, error->message);
        return NULL;
    }
}

static PyObject *clock_now(PyObject *module, PyObject *none)
{
    struct timespec now;

    (void)module;
    (void)none;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return PyLong_FromLongLong((long long)now.tv_sec * 1000000000 + now.tv_nsec);
}

/* PyInterpreterState_Get came with 3.9; before, it had an underscore.  0 is the main one. */
static PyObject *interpreter(PyObject *module, PyObject *none)
{
    PyInterpreterState *(*get)(void) = (PyInterpreterState * (*)(void)) dlsym(RTLD_DEFAULT, "PyInterpreterState_Get");
    int64_t (*id)(PyInterpreterState *) =
        (int64_t(*)(PyInterpreterState *))dlsym(RTLD_DEFAULT, "PyInterpreterState_GetID");

    (void)module;
    (void)none;
    if (!get)
        get = (PyInterpreterState * (*)(void)) dlsym(RTLD_DEFAULT, "_PyInterpreterState_Get");
    return PyLong_FromLongLong(get && id ? id(get()) : 0);
}

/* Reads the nodes of a part: (parent, file, name, first line, flags, line), texts as bytes.  Allocated; NULL: exception. */
static struct cut_node *read_nodes(PyObject *list)
{
    Py_ssize_t n = PyList_Size(list);
    struct cut_node *nodes = n < 0 ? NULL : calloc((size_t)n + 1, sizeof *nodes);

    if (n >= 0 && !nodes)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; nodes && i < n; i++) {
        struct cut_node *node = &nodes[i];
        const char *file, *name;
        Py_ssize_t file_size, name_size;
        if (!PyArg_ParseTuple(PyList_GetItem(list, i), "Iy#y#III:cut", &node->parent, &file, &file_size, &name,
                              &name_size, &node->function.firstline, &node->function.flags, &node->line)) {
            free(nodes);
            return NULL;
        }
        node->function.file = (struct pyprof_text){file, (size_t)file_size};
        node->function.name = (struct pyprof_text){name, (size_t)name_size};
    }
    return nodes;
}

/* Reads a list of bytes.  Allocated; NULL: exception. */
static struct cut_log *read_logs(PyObject *list)
{
    Py_ssize_t n = PyList_Size(list);
    struct cut_log *logs = n < 0 ? NULL : calloc((size_t)n + 1, sizeof *logs);

    if (n >= 0 && !logs)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; logs && i < n; i++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, i), &bytes, &size) < 0) {
            free(logs);
            return NULL;
        }
        logs[i] = (struct cut_log){bytes, (size_t)size};
    }
    return logs;
}

/* Copies the spans, as their bytes need not be aligned.  Allocated; NULL: exception. */
static struct cut_span *read_spans(const char *bytes, size_t n)
{
    struct cut_span *spans = calloc(n + 1, sizeof *spans);

    if (spans)
        memcpy(spans, bytes, n * sizeof *spans);
    else
        PyErr_NoMemory();
    return spans;
}

static void free_part(struct cut_part *part)
{
    free((void *)part->spans);
    free((void *)part->nodes);
    free((void *)part->logs);
}

/* Reads (stream, begin, end, tid, skip, spans, nodes, logs), whose bytes it points into; to be freed by free_part. */
static int read_part(PyObject *tuple, struct cut_part *part)
{
    unsigned long long begin, end, tid, skip;
    const char *stream, *spans;
    Py_ssize_t size, spans_size;
    PyObject *nodes, *logs;

    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "a part must be a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(tuple, "y#KKKKy#O!O!:cut", &stream, &size, &begin, &end, &tid, &skip, &spans, &spans_size,
                          &PyList_Type, &nodes, &PyList_Type, &logs))
        return -1;
    *part = (struct cut_part){
        .stream = stream, .size = (size_t)size, .begin = begin, .end = end, .tid = tid, .skip = skip};
    part->nspans = (size_t)spans_size / sizeof *part->spans;
    part->nnodes = (size_t)PyList_Size(nodes);
    part->nlogs = (size_t)PyList_Size(logs);
    part->spans = read_spans(spans, part->nspans);
    part->nodes = part->spans ? read_nodes(nodes) : NULL;
    part->logs = part->nodes ? read_logs(logs) : NULL;
    if (part->logs)
        return 0;
    free_part(part);
    return -1;
}

/* Adds the parts of a tuple, which stays unchanged and alive while the interpreter goes on. */
static int add_parts(struct cutting *cutting, PyObject *parts)
{
    struct pyprof_error error = {0};
    int result = 0;

    for (Py_ssize_t i = 0; i < PyTuple_Size(parts); i++) {
        struct cut_part part;
        if (read_part(PyTuple_GetItem(parts, i), &part) < 0)
            return -1;
        Py_BEGIN_ALLOW_THREADS;
        result = cut_add(cutting, &part, &error);
        Py_END_ALLOW_THREADS;
        free_part(&part);
        if (result < 0) {
            raise_error(&error);
            return -1;
        }
    }
    if (cut_end(cutting, &error) < 0) {
        raise_error(&error);
        return -1;
    }
    return 0;
}

static PyObject *cut(PyObject *module, PyObject *parts)
{
    struct buffer into = {0};
    PyObject *bytes = NULL;

    (void)module;
    if (PyTuple_Size(parts) == 0) {
        PyErr_SetString(PyExc_ValueError, "nothing to cut");
        return NULL;
    }
    struct cutting *cutting = cut_new(&into);
    if (!cutting)
        return PyErr_NoMemory();
    if (add_parts(cutting, parts) == 0)
        bytes = PyBytes_FromStringAndSize((const char *)into.bytes, (Py_ssize_t)into.size);
    cut_free(cutting);
    buffer_free(&into);
    return bytes;
}

static PyObject *render(PyObject *module, PyObject *arguments)
{
    struct render_options options = {0};
    struct pyprof_error error = {0};
    const char *stream, *name;
    int all, percent, color, unicode;
    Py_ssize_t size;
    size_t length = 0;
    char *text;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#sppppd:render", &stream, &size, &name, &all, &percent, &color, &unicode,
                          &options.threshold))
        return NULL;
    const struct renderer *renderer = report_renderer(name);
    if (!renderer)
        return PyErr_Format(PyExc_ValueError, "no renderer '%s'", name);
    options.all = all;
    options.percent = percent;
    options.color = color;
    options.unicode = unicode;
    Py_BEGIN_ALLOW_THREADS;
    text = report_render(stream, (size_t)size, renderer, &options, &length, &error);
    Py_END_ALLOW_THREADS;
    if (!text)
        return raise_error(&error);
    PyObject *string = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace");
    free(text);
    return string;
}

static PyMethodDef functions[] = {
    {"clock", clock_now, METH_NOARGS, "clock() -> int\n\nThe clock of all times here: CLOCK_MONOTONIC, ns."},
#ifndef PYREC_WITHOUT_SAMPLER
    {"check", engine_type_check, METH_NOARGS,
     "check()\n\nNotImplementedError, saying why, if the sampler cannot read this interpreter."},
#endif
    {"interpreter", interpreter, METH_NOARGS, "interpreter() -> int\n\nId of this interpreter; 0: the main one."},
    {"cut", cut, METH_VARARGS,
     "cut(*parts) -> bytes\n\nA stream of parts, each (stream, begin, end, tid, skip): what lies between two times, "
     "of "
     "one thread or (tid 0) all; samples in the first skip bytes are left out unread."},
    {"render", render, METH_VARARGS,
     "render(stream, renderer, show_all, percent, color, unicode, threshold) -> str\n\nA report, as pyrender's."},
    {"tree", tree_of_stream, METH_VARARGS, "tree(stream) -> list\n\nThe calls of each thread, callers first."},
    {NULL, NULL, 0, NULL},
};

/* Adds a type made by `make`, whose name is `name`. */
static int add_type(PyObject *module, const char *name, PyObject *(*make)(void))
{
    PyObject *type = make();

    if (!type)
        return -1;
    if (PyModule_AddObject(module, name, type) < 0) {
        Py_DECREF(type);
        return -1;
    }
    return 0;
}

static int fill(PyObject *module)
{
#ifndef PYREC_WITHOUT_SAMPLER
    if (add_type(module, "Engine", engine_type_new) < 0)
        return -1;
#endif
    (void)hook_type_new;
    if (add_type(module, "Hook", hook_type_new) < 0 || add_type(module, "Recorder", recorder_type_new) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "version", PYREC_VERSION);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "pyrec._engine",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__engine(void)
{
    return PyModuleDef_Init(&definition);
}
