/* pyrec._engine.Engine: engine.h for Python. */
#include "python.h"

#include "engine.h"

#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct engine_object {
    PyObject_HEAD;
    struct engine *engine; /* NULL: none yet */
    pid_t pid;             /* whose engine it is */
};

/* The engine, if it is this process's; else NULL with an exception. */
static struct engine *engine_of(PyObject *object)
{
    struct engine_object *self = (struct engine_object *)object;

    if (self->pid == getpid())
        return self->engine;
    PyErr_SetString(PyExc_RuntimeError, "the engine is another process's");
    return NULL;
}

static PyObject *make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    unsigned long long period;
    struct pyprof_error error = {0};

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "K:Engine", &period))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct engine_object *self = (struct engine_object *)allocate(type, 0);
    if (!self)
        return NULL;
    self->pid = getpid();
    self->engine = engine_new(period, Py_GetVersion(), &error);
    if (!self->engine) {
        Py_DECREF(self);
        return raise_error(&error);
    }
    return (PyObject *)self;
}

static void destroy(PyObject *object)
{
    struct engine_object *self = (struct engine_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

    if (self->pid == getpid())
        engine_free(self->engine);
    release(object);
    Py_DECREF(type); /* since 3.8 an object holds its heap type */
}

static PyObject *written(PyObject *self, PyObject *none)
{
    struct engine *engine = engine_of(self);

    (void)none;
    return engine ? PyLong_FromSize_t(engine_written(engine)) : NULL;
}

static PyObject *stop(PyObject *self, PyObject *none)
{
    struct engine *engine = engine_of(self);

    (void)none;
    if (!engine)
        return NULL;
    engine_stop(engine);
    return new_none();
}

static PyObject *copy(PyObject *self, PyObject *none)
{
    struct engine *engine = engine_of(self);
    struct pyprof_error error = {0};
    struct buffer into = {0};
    int result;

    (void)none;
    if (!engine)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    result = engine_copy(engine, &into, &error);
    Py_END_ALLOW_THREADS;
    PyObject *bytes =
        result < 0 ? raise_error(&error) : PyBytes_FromStringAndSize((const char *)into.bytes, (Py_ssize_t)into.size);
    buffer_free(&into);
    return bytes;
}

static PyObject *start_log(PyObject *self, PyObject *none)
{
    struct engine *engine = engine_of(self);

    (void)none;
    if (!engine)
        return NULL;
    engine_log(engine);
    return new_none();
}

static PyObject *logs(PyObject *self, PyObject *none)
{
    struct engine *engine = engine_of(self);
    PyObject *list = engine ? PyList_New(0) : NULL;
    struct buffer log = {0};

    (void)none;
    for (uint32_t i = 1; list && engine_copy_log(engine, i, &log); i++) {
        PyObject *bytes = PyBytes_FromStringAndSize((const char *)log.bytes, (Py_ssize_t)log.size);
        if (!bytes || PyList_Append(list, bytes) < 0)
            Py_CLEAR(list);
        Py_XDECREF(bytes);
        buffer_clear(&log);
    }
    buffer_free(&log);
    return list;
}

PyObject *engine_type_check(PyObject *module, PyObject *none)
{
    struct pyprof_error error = {0};

    (void)module;
    (void)none;
    if (engine_check(Py_GetVersion(), &error) < 0)
        return raise_error(&error);
    return new_none();
}

static PyMethodDef methods[] = {
    {"written", written, METH_NOARGS, "written() -> int\n\nBytes of the stream that hold only older samples."},
    {"stop", stop, METH_NOARGS, "stop()\n\nEnds the recording, at once."},
    {"log", start_log, METH_NOARGS, "log()\n\nFrom now on the threads' CPU clocks are logged."},
    {"logs", logs, METH_NOARGS, "logs() -> list\n\nThe logs (clocks.h), of the stream's threads in their order."},
    {"copy", copy, METH_NOARGS, "copy() -> bytes\n\nThe stream so far."},
    {NULL, NULL, 0, NULL},
};

PyObject *engine_type_new(void)
{
    PyType_Slot slots[] = {
        {Py_tp_new, (void *)make},
        {Py_tp_dealloc, (void *)destroy},
        {Py_tp_methods, methods},
        {Py_tp_doc, "Engine(period)\n\nRecords this process, period ns between samples, till it is stopped."},
        {0, NULL},
    };
    PyType_Spec spec = {.name = "pyrec._engine.Engine",
                        .basicsize = sizeof(struct engine_object),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};

    return PyType_FromSpec(&spec);
}
