/* tree(stream): the model's calls as Python's tuples; the package makes frames of them. */
#include "python.h"

#include "render/tree.h"
#include "report.h"

#include <stdlib.h>

static PyObject *text(struct pyprof_text from)
{
    return PyUnicode_DecodeUTF8(from.bytes ? from.bytes : "", (Py_ssize_t)from.size, "replace");
}

/* (parent, name, file, first line, application, self ns, total ns, samples, cpu ns): a name of None has no frame. */
static PyObject *node_tuple(const struct model *model, const struct tree_node *node)
{
    const struct model_function *function = &model->functions[node->function];
    bool call = node->kind == TREE_CALL;
    PyObject *name = call ? text(function->name) : new_none();
    PyObject *file = call ? text(function->file) : new_none();

    if (!name || !file) {
        Py_XDECREF(name);
        Py_XDECREF(file);
        return NULL;
    }
    return Py_BuildValue("INNIOLLKL", node->parent, name, file, call ? function->firstline : 0,
                         call && function->origin != ORIGIN_LIBRARY ? Py_True : Py_False, (long long)node->self.time,
                         (long long)node->total.time, (unsigned long long)node->total.samples,
                         (long long)node->total.cpu);
}

static PyObject *nodes_of(const struct model *model, const struct model_thread *thread)
{
    struct tree *tree = tree_new(model, &thread, 1, NULL);
    PyObject *list = tree ? PyList_New((Py_ssize_t)tree->count) : PyErr_NoMemory();

    for (size_t i = 0; list && i < tree->count; i++) {
        PyObject *node = node_tuple(model, &tree->nodes[i]);
        if (!node || PyList_SetItem(list, (Py_ssize_t)i, node) < 0)
            Py_CLEAR(list);
    }
    tree_free(tree);
    return list;
}

static PyObject *list_threads(const struct model *model)
{
    size_t n = 0;
    const struct model_thread **threads = model_threads(model, &n);
    PyObject *list = threads ? PyList_New(0) : PyErr_NoMemory();

    for (size_t i = 0; list && i < n; i++) {
        PyObject *nodes = nodes_of(model, threads[i]), *name = nodes ? text(threads[i]->name) : NULL;
        PyObject *item = name ? Py_BuildValue("KOO", (unsigned long long)threads[i]->tid, name, nodes) : NULL;
        Py_XDECREF(nodes);
        Py_XDECREF(name);
        if (!item || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    free(threads);
    return list;
}

PyObject *tree_of_stream(PyObject *module, PyObject *arguments)
{
    struct pyprof_error error = {0};
    struct model *model;
    const char *stream;
    Py_ssize_t size;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#:tree", &stream, &size))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    model = report_model(stream, (size_t)size, &error);
    Py_END_ALLOW_THREADS;
    if (!model)
        return raise_error(&error);
    PyObject *list = list_threads(model);
    model_free(model);
    return list;
}
