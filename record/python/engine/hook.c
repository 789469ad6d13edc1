/*
 * pyrec._engine.Hook: the profile function of the setprofile engine
 *
 * There is one in the process, on every thread that is to be seen.  CPython calls it when a function is called and when
 * it returns; it looks at the clock, and when a Recorder's sample is due, has it taken.  So what is sampled is the
 * thread's next event after the deadline, which favours code with many events.
 *
 * PyEval_SetProfile is not in the limited API, but every CPython has it and it has not changed since 2.2 (ceval.h); it
 * is looked up here.  The GIL protects everything.
 */
#include "python.h"

#include "recorder_type.h"

#include <dlfcn.h>
#include <stdbool.h>

typedef int profile_function(PyObject *self, PyFrameObject *, int event, PyObject *argument);
typedef void set_profile(profile_function *, PyObject *self);

struct hook_object {
    PyObject_HEAD;
    set_profile *set;
    PyObject *recorders; /* a list */
    uint64_t due;        /* of the first of them */
};

static uint64_t first_due(const struct hook_object *self)
{
    uint64_t first = UINT64_MAX;

    for (Py_ssize_t i = 0; i < PyList_Size(self->recorders); i++) {
        uint64_t due = recorder_type_due(PyList_GetItem(self->recorders, i));
        if (due < first)
            first = due;
    }
    return first;
}

/* A sample that fails is left out: the program is not to see an exception of its profiler's. */
static void sample(struct hook_object *self, uint64_t now, PyObject *frame)
{
    for (Py_ssize_t i = 0; i < PyList_Size(self->recorders); i++) {
        PyObject *recorder = PyList_GetItem(self->recorders, i);
        Py_INCREF(recorder); /* what is called may stop it */
        if (recorder_type_sample(recorder, now, frame) < 0)
            PyErr_Clear();
        Py_DECREF(recorder);
    }
    self->due = first_due(self);
}

static int on_event(PyObject *object, PyFrameObject *frame, int event, PyObject *argument)
{
    struct hook_object *self = (struct hook_object *)object;
    uint64_t now = recorder_type_clock();

    (void)event;
    (void)argument;
    if (now < self->due)
        return 0;
    if (PyList_Size(self->recorders) == 0)
        self->set(NULL, NULL); /* threads that nobody else can reach let go themselves */
    else
        sample(self, now, (PyObject *)frame);
    return 0;
}

static PyObject *make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    (void)arguments;
    (void)keywords;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct hook_object *self = (struct hook_object *)allocate(type, 0);
    if (!self)
        return NULL;
    self->set = (set_profile *)dlsym(RTLD_DEFAULT, "PyEval_SetProfile");
    self->recorders = PyList_New(0);
    if (self->set && self->recorders)
        return (PyObject *)self;
    if (self->recorders)
        PyErr_SetString(PyExc_NotImplementedError, "this interpreter has no PyEval_SetProfile");
    Py_DECREF(self);
    return NULL;
}

static void destroy(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

    Py_XDECREF(((struct hook_object *)object)->recorders);
    release(object);
    Py_DECREF(type);
}

/* The hook is its own successor where it was set from Python (threading.setprofile): the first event leads here. */
static PyObject *call(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    struct hook_object *self = (struct hook_object *)object;
    bool wanted = PyList_Size(self->recorders) > 0;

    (void)arguments;
    (void)keywords;
    self->set(wanted ? on_event : NULL, wanted ? object : NULL);
    return new_none();
}

static PyObject *add(PyObject *object, PyObject *recorder)
{
    struct hook_object *self = (struct hook_object *)object;

    if (PyList_Append(self->recorders, recorder) < 0)
        return NULL;
    self->due = first_due(self);
    return new_none();
}

static PyObject *drop(PyObject *object, PyObject *recorder)
{
    struct hook_object *self = (struct hook_object *)object;

    for (Py_ssize_t i = 0; i < PyList_Size(self->recorders); i++) {
        if (PyList_GetItem(self->recorders, i) == recorder && PyList_SetSlice(self->recorders, i, i + 1, NULL) < 0)
            return NULL;
    }
    self->due = PyList_Size(self->recorders) ? first_due(self) : 0;
    return PyBool_FromLong(PyList_Size(self->recorders) == 0);
}

static PyObject *install(PyObject *object, PyObject *none)
{
    (void)none;
    return call(object, NULL, NULL);
}

static PyMethodDef methods[] = {
    {"add", add, METH_O, "add(recorder)\n\nFrom now on it takes samples."},
    {"drop", drop, METH_O, "drop(recorder) -> bool\n\nIt takes no more samples; whether it was the last."},
    {"install", install, METH_NOARGS,
     "install()\n\nIs the calling thread's profile function, or none if it has no work."},
    {NULL, NULL, 0, NULL},
};

PyObject *hook_type_new(void)
{
    PyType_Slot slots[] = {
        {Py_tp_new, (void *)make},
        {Py_tp_dealloc, (void *)destroy},
        {Py_tp_call, (void *)call},
        {Py_tp_methods, methods},
        {Py_tp_doc, "Hook()\n\nA profile function that has samples taken."},
        {0, NULL},
    };
    PyType_Spec spec = {.name = "pyrec._engine.Hook",
                        .basicsize = sizeof(struct hook_object),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};

    return PyType_FromSpec(&spec);
}
