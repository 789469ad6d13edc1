/*
 * layout_check: compares every number of a layout table with the headers of the interpreter it is compiled for
 *
 *     inc=$(python3.11 -c 'import sysconfig; print(sysconfig.get_path("include"))')
 *     cc -I. -I"$inc" -I"$inc/internal" -o layout_check tests/layout_check.c record/cpython/layout*.c
 *
 * tests/layouts.bats does so for each interpreter found.  Not in any header, and so proved by objects_test only:
 * struct _dictkeysobject before 3.11 (Objects/dict-common.h).
 */
#define Py_BUILD_CORE 1
#include <Python.h>

#include <frameobject.h>
#include <stddef.h>
#if PY_VERSION_HEX >= 0x03080000
#include <internal/pycore_pystate.h>
#elif PY_VERSION_HEX >= 0x03070000
#include <internal/pystate.h>
#endif
#if PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#endif
#if PY_VERSION_HEX >= 0x030e0000
#include <internal/pycore_interpframe_structs.h>
#endif
#if PY_VERSION_HEX >= 0x03090000
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>
#endif

#include "record/cpython/layout.h"
#include "record/walk/walk.h"
#include "unit/tap.h"

#if PY_VERSION_HEX >= 0x030b0000
typedef struct _PyInterpreterFrame frame_struct;
#define FRAME_BACK previous
#else
typedef struct _frame frame_struct;
#define FRAME_BACK f_back
#endif

static void same(const char *field, uint32_t table, size_t headers)
{
    ok(table == headers, "%s: %u in the table, %zu in the headers", field, (unsigned)table, headers);
}

static void absent(const char *field, uint32_t table)
{
    ok(table == LAYOUT_ABSENT, "%s: absent", field);
}

static void check_runtime(const struct layout *l)
{
#if PY_VERSION_HEX < 0x03070000
    absent("runtime.interpreters_head", l->runtime.interpreters_head);
    absent("runtime.gil", l->runtime.gil);
    absent("runtime.gc_collecting", l->runtime.gc_collecting);
#else
    same("runtime.interpreters_head", l->runtime.interpreters_head, offsetof(_PyRuntimeState, interpreters.head));
#if PY_VERSION_HEX >= 0x030c0000
    absent("runtime.gil", l->runtime.gil);
#else
    same("runtime.gil", l->runtime.gil, offsetof(_PyRuntimeState, ceval.gil));
#endif
#if PY_VERSION_HEX >= 0x03090000
    absent("runtime.gc_collecting", l->runtime.gc_collecting);
#else
    same("runtime.gc_collecting", l->runtime.gc_collecting, offsetof(_PyRuntimeState, gc.collecting));
#endif
#endif
    ok(l->runtime.debug_offsets == (PY_VERSION_HEX >= 0x030d0000), "runtime.debug_offsets");
}

static void check_interp(const struct layout *l)
{
    same("interp.next", l->interp.next, offsetof(PyInterpreterState, next));
    same("interp.sysdict", l->interp.sysdict, offsetof(PyInterpreterState, sysdict));
#if PY_VERSION_HEX >= 0x030b0000
    same("interp.threads_head", l->interp.threads_head, offsetof(PyInterpreterState, threads.head));
#else
    same("interp.threads_head", l->interp.threads_head, offsetof(PyInterpreterState, tstate_head));
#endif
#if PY_VERSION_HEX >= 0x030c0000
    same("interp.gil", l->interp.gil, offsetof(PyInterpreterState, ceval.gil));
#else
    absent("interp.gil", l->interp.gil);
#endif
#if PY_VERSION_HEX >= 0x03090000
    same("interp.runtime", l->interp.runtime, offsetof(PyInterpreterState, runtime));
    same("interp.gc_collecting", l->interp.gc_collecting, offsetof(PyInterpreterState, gc.collecting));
#else
    absent("interp.runtime", l->interp.runtime);
    absent("interp.gc_collecting", l->interp.gc_collecting);
#endif
#if PY_VERSION_HEX >= 0x03070000
    same("gil.last_holder", l->gil.last_holder, offsetof(struct _gil_runtime_state, last_holder));
    same("gil.locked", l->gil.locked, offsetof(struct _gil_runtime_state, locked));
    same("gil.switch_number", l->gil.switch_number, offsetof(struct _gil_runtime_state, switch_number));
    same("gil.switch_number's end", l->gil.switch_number + 8, offsetof(struct _gil_runtime_state, cond));
    same("gil's size", l->gil.switch_number + 8 + WALK_GIL_LOCKS, sizeof(struct _gil_runtime_state));
#ifdef Py_GIL_DISABLED
    same("gil.enabled", l->gil.enabled, offsetof(struct _gil_runtime_state, enabled));
#else
    absent("gil.enabled", l->gil.enabled);
#endif
#else
    absent("gil.last_holder", l->gil.last_holder);
    absent("gil.locked", l->gil.locked);
    absent("gil.switch_number", l->gil.switch_number);
#endif
}

static void check_tstate(const struct layout *l)
{
    same("tstate.next", l->tstate.next, offsetof(PyThreadState, next));
    same("tstate.interp", l->tstate.interp, offsetof(PyThreadState, interp));
    same("tstate.thread_id", l->tstate.thread_id, offsetof(PyThreadState, thread_id));
#if PY_VERSION_HEX >= 0x030d0000
    same("tstate.frame", l->tstate.frame, offsetof(PyThreadState, current_frame));
    absent("tstate.cframe", l->tstate.cframe);
#elif PY_VERSION_HEX >= 0x030b0000
    same("tstate.frame", l->tstate.frame, offsetof(PyThreadState, cframe));
    same("tstate.cframe", l->tstate.cframe, offsetof(_PyCFrame, current_frame));
    same("tstate.cframe_previous", l->tstate.cframe_previous, offsetof(_PyCFrame, previous));
#else
    same("tstate.frame", l->tstate.frame, offsetof(PyThreadState, frame));
    absent("tstate.cframe", l->tstate.cframe);
#endif
#if PY_VERSION_HEX >= 0x030b0000
    same("tstate.native_thread_id", l->tstate.native_thread_id, offsetof(PyThreadState, native_thread_id));
#else
    absent("tstate.native_thread_id", l->tstate.native_thread_id);
#endif
}

static void check_frame(const struct layout *l)
{
    same("frame.previous", l->frame.previous, offsetof(frame_struct, FRAME_BACK));
#if PY_VERSION_HEX >= 0x030d0000
    same("frame.code", l->frame.code, offsetof(frame_struct, f_executable));
    same("frame.instr", l->frame.instr, offsetof(frame_struct, instr_ptr));
#elif PY_VERSION_HEX >= 0x030b0000
    same("frame.code", l->frame.code, offsetof(frame_struct, f_code));
    same("frame.instr", l->frame.instr, offsetof(frame_struct, prev_instr));
#else
    same("frame.code", l->frame.code, offsetof(frame_struct, f_code));
    same("frame.instr", l->frame.instr, offsetof(frame_struct, f_lasti));
#endif
#if PY_VERSION_HEX >= 0x030b0000
    same("frame.owner", l->frame.owner, offsetof(frame_struct, owner));
    same("frame.localsplus", l->frame.localsplus, offsetof(frame_struct, localsplus));
    ok(l->frame.kind == LAYOUT_POINTER, "frame.kind");
#else
    absent("frame.owner", l->frame.owner);
    same("frame.localsplus", l->frame.localsplus, offsetof(frame_struct, f_localsplus));
    ok(l->frame.kind == (PY_VERSION_HEX >= 0x030a0000 ? LAYOUT_LASTI_UNITS : LAYOUT_LASTI_BYTES), "frame.kind");
#endif
#if PY_VERSION_HEX >= 0x030e0000
    same("the owner to step over", LAYOUT_OWNED_BY_C, FRAME_OWNED_BY_INTERPRETER);
    same("frame.reference_tags", l->frame.reference_tags, Py_TAG_REFCNT);
#elif PY_VERSION_HEX >= 0x030c0000
    same("the owner to step over", LAYOUT_OWNED_BY_C, FRAME_OWNED_BY_CSTACK);
#endif
#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030c0000
    same("frame.is_entry", l->frame.is_entry, offsetof(frame_struct, is_entry));
#else
    absent("frame.is_entry", l->frame.is_entry);
#endif
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
    same("frame.tlbc_index", l->frame.tlbc_index, offsetof(frame_struct, tlbc_index));
#else
    absent("frame.tlbc_index", l->frame.tlbc_index);
#endif
    ok(l->frame.stacked == (PY_VERSION_HEX >= 0x030b0000), "frame.stacked");
    ok(l->frame.size <= LAYOUT_FRAME_MAX && l->frame.size <= sizeof(frame_struct), "frame.size: %u", l->frame.size);
}

static void check_code(const struct layout *l)
{
    same("code.stacksize", l->code.stacksize, offsetof(PyCodeObject, co_stacksize));
    same("code.firstlineno", l->code.firstlineno, offsetof(PyCodeObject, co_firstlineno));
#if PY_VERSION_HEX >= 0x030b0000
    same("code.localnames", l->code.localnames, offsetof(PyCodeObject, co_localsplusnames));
#else
    same("code.localnames", l->code.localnames, offsetof(PyCodeObject, co_varnames));
#endif
    same("code.filename", l->code.filename, offsetof(PyCodeObject, co_filename));
    same("code.name", l->code.name, offsetof(PyCodeObject, co_name));
#if PY_VERSION_HEX >= 0x030b0000
    same("code.units", l->code.units, offsetof(PyVarObject, ob_size));
    same("code.firsttraceable", l->code.firsttraceable, offsetof(PyCodeObject, _co_firsttraceable));
    same("code.qualname", l->code.qualname, offsetof(PyCodeObject, co_qualname));
    same("code.adaptive", l->code.adaptive, offsetof(PyCodeObject, co_code_adaptive));
#else
    absent("code.units", l->code.units);
    absent("code.firsttraceable", l->code.firsttraceable);
    absent("code.qualname", l->code.qualname);
    absent("code.adaptive", l->code.adaptive);
#endif
#if PY_VERSION_HEX >= 0x030a0000
    same("code.linetable", l->code.linetable, offsetof(PyCodeObject, co_linetable));
    ok(l->lines == (PY_VERSION_HEX >= 0x030b0000 ? LINES_LOCATIONS : LINES_RANGES), "lines");
#else
    same("code.linetable", l->code.linetable, offsetof(PyCodeObject, co_lnotab));
    ok(l->lines == (PY_MAJOR_VERSION >= 3 ? LINES_LNOTAB : LINES_LNOTAB_UNSIGNED), "lines");
#endif
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
    same("code.tlbc", l->code.tlbc, offsetof(PyCodeObject, co_tlbc));
#else
    absent("code.tlbc", l->code.tlbc);
#endif
    ok(l->code.size <= LAYOUT_CODE_MAX && l->code.size <= sizeof(PyCodeObject), "code.size: %u", l->code.size);
}

static void check_objects(const struct layout *l)
{
    same("object.type", l->object.type, offsetof(PyObject, ob_type));
    same("object.var_size", l->object.var_size, offsetof(PyVarObject, ob_size));
    same("type.name", l->type.name, offsetof(PyTypeObject, tp_name));
    same("type.basicsize", l->type.basicsize, offsetof(PyTypeObject, tp_basicsize));
    same("type.flags", l->type.flags, offsetof(PyTypeObject, tp_flags));
    same("type.dictoffset", l->type.dictoffset, offsetof(PyTypeObject, tp_dictoffset));
    same("bytes.data", l->bytes.data, offsetof(PyBytesObject, ob_sval));
#if PY_MAJOR_VERSION >= 3
    same("type.cached_keys", l->type.cached_keys, offsetof(PyHeapTypeObject, ht_cached_keys));
    same("str.length", l->str.length, offsetof(PyASCIIObject, length));
    same("str.state", l->str.state, offsetof(PyASCIIObject, state));
    same("str.ascii", l->str.ascii, sizeof(PyASCIIObject));
    same("str.compact", l->str.compact, sizeof(PyCompactUnicodeObject));
    same("dict.keys", l->dict.keys, offsetof(PyDictObject, ma_keys));
    same("dict.values", l->dict.values, offsetof(PyDictObject, ma_values));
    absent("dict.mask", l->dict.mask);
#else
    absent("type.cached_keys", l->type.cached_keys);
    same("str.length", l->str.length, offsetof(PyStringObject, ob_size));
    same("str.ascii", l->str.ascii, offsetof(PyStringObject, ob_sval));
    absent("str.state", l->str.state);
    absent("str.compact", l->str.compact);
    same("dict.keys", l->dict.keys, offsetof(PyDictObject, ma_table));
    same("dict.mask", l->dict.mask, offsetof(PyDictObject, ma_mask));
    absent("dict.values", l->dict.values);
    ok(sizeof(PyDictEntry) == 3 * sizeof(void *) && offsetof(PyDictEntry, me_key) == sizeof(void *), "dict entries");
#endif
    same("tuple.items", l->tuple.items, offsetof(PyTupleObject, ob_item));
    same("list.items", l->list.items, offsetof(PyListObject, ob_item));
}

/* Where a type with Py_TPFLAGS_MANAGED_DICT has it: pycore_object.h; in 3.12 there is no name for it. */
static void check_managed(const struct layout *l)
{
#if PY_VERSION_HEX >= 0x030d0000
    same("type.managed_dict", l->type.managed_dict, -MANAGED_DICT_OFFSET);
#elif PY_VERSION_HEX >= 0x030b0000
    ok(l->type.managed_dict == 3 * sizeof(void *), "type.managed_dict");
#else
    absent("type.managed_dict", l->type.managed_dict);
#endif
}

static void check_keys(const struct layout *l)
{
#if PY_VERSION_HEX >= 0x030b0000
    typedef struct _dictkeysobject keys;
    absent("keys.table_size", l->keys.table_size);
    same("keys.log2_index_bytes", l->keys.log2_index_bytes, offsetof(keys, dk_log2_index_bytes));
    same("keys.kind", l->keys.kind, offsetof(keys, dk_kind));
    same("keys.nentries", l->keys.nentries, offsetof(keys, dk_nentries));
    same("keys.indices", l->keys.indices, offsetof(keys, dk_indices));
    same("dict.values_data", l->dict.values_data, offsetof(struct _dictvalues, values));
#elif PY_MAJOR_VERSION >= 3
    same("dict.values_data", l->dict.values_data, 0);
#else
    absent("keys.nentries", l->keys.nentries);
    absent("dict.values_data", l->dict.values_data);
#endif
#if PY_VERSION_HEX >= 0x030d0000
    same("dict.values_valid", l->dict.values_valid, offsetof(struct _dictvalues, valid));
    ok(l->type.attributes == LAYOUT_INLINE, "type.attributes");
#else
    absent("dict.values_valid", l->dict.values_valid);
    ok(l->type.attributes == (l->minor == 12   ? LAYOUT_TAGGED
                              : l->minor == 11 ? LAYOUT_SPLIT
                                               : LAYOUT_DICT),
       "type.attributes");
#endif
}

/* What the runtime publishes, where a header says it apart from the runtime's other contents. */
static void check_published(const struct layout *l)
{
#if PY_VERSION_HEX >= 0x030e0000
    static const struct _Py_DebugOffsets published = _Py_DebugOffsets_INIT("xdebugpy");
    const char *differs = layout_differs(l, (const uint64_t *)&published);
    ok(!differs, "what is published: %s", differs ? differs : "the same");
#else
    (void)l;
#endif
}

int main(void)
{
    char why[200];
    bool traced = false;
    const char *version = PY_VERSION " (headers)";
#ifdef Py_TRACE_REFS
    traced = PY_VERSION_HEX < 0x030d0000;
#endif
#ifdef Py_GIL_DISABLED
    version = PY_VERSION " free-threading build (headers)";
#endif
    const struct layout *l = layout_for(version, traced, why, sizeof why);
    if (!ok(l && l->major == PY_MAJOR_VERSION && l->minor == PY_MINOR_VERSION, "a table for %s %s", version, why))
        return done_testing();
    check_runtime(l);
    check_interp(l);
    check_tstate(l);
    check_frame(l);
    check_code(l);
    check_objects(l);
    check_managed(l);
    check_keys(l);
    check_published(l);
    return done_testing();
}
