#include "recorder_type.h"

#include "frames.h"
#include "recorder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct recorder_object {
    PyObject_HEAD;
    struct recorder *recorder;
    uint64_t ident;      /* of the thread to record; 0: all */
    PyObject *describe;  /* from an ident to (the kernel's id, name) */
    PyObject *functions; /* frames.h */
    PyObject *current;   /* sys._current_frames */
};

static uint64_t clock_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t recorder_type_clock(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

uint64_t recorder_type_due(PyObject *object)
{
    return recorder_due(((struct recorder_object *)object)->recorder);
}

/* The thread's id in the stream; 0 with an exception. */
static uint32_t thread_of(struct recorder_object *self, uint64_t ident)
{
    uint32_t id = recorder_thread(self->recorder, ident);
    unsigned long long tid;
    const char *name;
    Py_ssize_t size;

    if (id)
        return id;
    PyObject *facts = PyObject_CallFunction(self->describe, "K", (unsigned long long)ident);
    if (!facts)
        return 0;
    if (PyArg_ParseTuple(facts, "Ky#:describe", &tid, &name, &size)) {
        id = recorder_add_thread(self->recorder, ident, tid, (struct pyprof_text){name, (size_t)size});
        if (!id)
            PyErr_NoMemory();
    }
    Py_DECREF(facts);
    return id;
}

static int sample_thread(struct recorder_object *self, uint64_t ident, PyObject *frame, uint64_t cpu)
{
    uint32_t thread = thread_of(self, ident);
    uint32_t node = thread ? frames_node(recorder_writer(self->recorder), self->functions, frame) : 0;

    if (!node)
        return -1;
    if (recorder_sample(self->recorder, thread, node, cpu) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* All threads that are not the calling one: they stand still, as this one has the interpreter. */
static int sample_others(struct recorder_object *self, uint64_t own)
{
    PyObject *frames = PyObject_CallObject(self->current, NULL), *ident, *frame;
    Py_ssize_t at = 0;
    int result = frames ? 0 : -1;

    while (result == 0 && PyDict_Next(frames, &at, &ident, &frame)) {
        uint64_t other = PyLong_AsUnsignedLongLong(ident);
        if (other != own)
            result = sample_thread(self, other, frame, 0);
    }
    Py_XDECREF(frames);
    return result;
}

int recorder_type_sample(PyObject *object, uint64_t now, PyObject *frame)
{
    struct recorder_object *self = (struct recorder_object *)object;
    uint64_t own = PyThread_get_thread_ident();

    if (now < recorder_due(self->recorder) || (self->ident && self->ident != own))
        return 0;
    if (recorder_round(self->recorder, now) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (sample_thread(self, own, frame, clock_of(CLOCK_THREAD_CPUTIME_ID)) < 0)
        return -1;
    return self->ident ? 0 : sample_others(self, own);
}

/* A list of bytes as texts that point into them, allocated; NULL with an exception. */
static struct pyprof_text *read_texts(PyObject *list, struct pyprof_texts *texts)
{
    Py_ssize_t n = PyList_Size(list);
    struct pyprof_text *items = n < 0 ? NULL : calloc((size_t)n + 1, sizeof *items);

    if (!items) {
        if (n >= 0)
            PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, i), &bytes, &size) < 0) {
            free(items);
            return NULL;
        }
        items[i] = (struct pyprof_text){bytes, (size_t)size};
    }
    *texts = (struct pyprof_texts){items, (size_t)n};
    return items;
}

/* Begins the recording now, with lists of bytes for what is known of the process. */
static int begin(struct recorder_object *self, uint64_t period, PyObject *argv, PyObject *prefixes, PyObject *path)
{
    static const char recorder[] = "pyrec " PYREC_VERSION " (setprofile)";
    const char *version = Py_GetVersion();
    char host[256] = "";
    struct pyprof_info info = {
        .pid = (uint64_t)getpid(),
        .ppid = (uint64_t)getppid(),
        .wall = clock_of(CLOCK_REALTIME),
        .monotonic = recorder_type_clock(),
        .period = period,
        .unit = 1, /* spans of tasks (cut.h) are told apart to the ns */
        .python = {version, strlen(version)},
        .recorder = {recorder, sizeof recorder - 1},
    };
    struct pyprof_text *texts[3] = {read_texts(argv, &info.argv), NULL, NULL};

    gethostname(host, sizeof host - 1);
    info.host = (struct pyprof_text){host, strlen(host)};
    if (texts[0])
        texts[1] = read_texts(prefixes, &info.prefixes);
    if (texts[1])
        texts[2] = read_texts(path, &info.path);
    if (texts[2] && !(self->recorder = recorder_new(&info)))
        PyErr_NoMemory();
    for (size_t i = 0; i < 3; i++)
        free(texts[i]);
    return self->recorder ? 0 : -1;
}

static PyObject *current_frames(void)
{
    PyObject *sys = PyImport_ImportModule("sys"), *current;

    if (!sys)
        return NULL;
    current = PyObject_GetAttrString(sys, "_current_frames");
    Py_DECREF(sys);
    return current;
}

static PyObject *make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    unsigned long long period, ident;
    PyObject *describe, *argv, *prefixes, *path;

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "KKOOOO:Recorder", &period, &ident, &describe, &argv, &prefixes, &path))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct recorder_object *self = (struct recorder_object *)allocate(type, 0);
    if (!self)
        return NULL;
    Py_INCREF(describe);
    self->describe = describe;
    self->ident = ident;
    self->functions = PyDict_New();
    self->current = current_frames();
    if (!self->functions || !self->current || begin(self, period, argv, prefixes, path) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void destroy(PyObject *object)
{
    struct recorder_object *self = (struct recorder_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

    recorder_free(self->recorder);
    Py_XDECREF(self->describe);
    Py_XDECREF(self->functions);
    Py_XDECREF(self->current);
    release(object);
    Py_DECREF(type);
}

static PyObject *end(PyObject *object, PyObject *argument)
{
    struct recorder_object *self = (struct recorder_object *)object;
    uint64_t now = PyLong_AsUnsignedLongLong(argument);

    if (PyErr_Occurred())
        return NULL;
    if (recorder_end(self->recorder, now) < 0)
        return PyErr_NoMemory();
    const struct buffer *bytes = recorder_bytes(self->recorder);
    return PyBytes_FromStringAndSize((const char *)bytes->bytes, (Py_ssize_t)bytes->size);
}

static PyMethodDef methods[] = {
    {"end", end, METH_O, "end(now) -> bytes\n\nEnds the recording, at ns of clock(): its stream."},
    {NULL, NULL, 0, NULL},
};

PyObject *recorder_type_new(void)
{
    PyType_Slot slots[] = {
        {Py_tp_new, (void *)make},
        {Py_tp_dealloc, (void *)destroy},
        {Py_tp_methods, methods},
        {Py_tp_doc,
         "Recorder(period, ident, describe, argv, prefixes, path)\n\nRecords one thread, or (ident 0) all."},
        {0, NULL},
    };
    PyType_Spec spec = {.name = "pyrec._engine.Recorder",
                        .basicsize = sizeof(struct recorder_object),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};

    return PyType_FromSpec(&spec);
}
