/*
 * layout: what each CPython looks like in memory, as data
 *
 * One table a minor version (layout_2_07.c and so on) and one for each build of it that differs (layout_2_07d.c,
 * layout_3_13t.c), constant, found by layout_for.  All numbers are byte offsets
 * from the start of the structure a group is named after, on LP64 little-endian systems; they do not depend on the
 * architecture.  A field that a version does not have is LAYOUT_ABSENT.
 *
 * Facts: Include/cpython/ and Include/internal/pycore_*.h of each version; tests/layout_check.c compares every
 * number with the headers of the interpreters at hand.  A table is right for a whole minor version as far as known;
 * whether it fits the interpreter that runs, walk_check (walk/walk.h) finds out.
 */
#ifndef PYREC_CPYTHON_LAYOUT_H
#define PYREC_CPYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"

#define LAYOUT_ABSENT UINT32_MAX

/* What a frame stores of its current instruction. */
enum layout_instr {
    LAYOUT_LASTI_BYTES, /* int: offset in bytes, -1 before the first (up to 3.9) */
    LAYOUT_LASTI_UNITS, /* int: offset in units of 2 bytes, -1 before the first (3.10) */
    LAYOUT_POINTER,     /* address of a unit in the byte code; 3.11 and 3.12: one unit before it at the start */
};

/* Where an instance keeps its attributes. */
enum layout_attributes {
    LAYOUT_DICT,   /* a dict at tp_dictoffset (up to 3.10; any version where the type has no managed dict) */
    LAYOUT_SPLIT,  /* managed: a dict, else values in the word before (3.11) */
    LAYOUT_TAGGED, /* managed: values if the lowest bit is set, one byte on; else a dict (3.12) */
    LAYOUT_INLINE, /* managed: a dict, else values in the instance if their `valid` is set (from 3.13) */
};

/*
 * From this value of _PyInterpreterFrame.owner on, frames run no code of the program: C put one below each call of
 * the interpreter's loop (FRAME_OWNED_BY_CSTACK in 3.12 and 3.13, FRAME_OWNED_BY_INTERPRETER later).
 */
enum { LAYOUT_OWNED_BY_C = 3 };

/* Builds whose objects begin otherwise (struct _object in Include/object.h). */
enum layout_build {
    LAYOUT_RELEASE,       /* and debug builds from 3.8 on, which differ in nothing that is read */
    LAYOUT_TRACED,        /* debug builds before 3.8: each object is a link in a list of all (Py_TRACE_REFS) */
    LAYOUT_FREE_THREADED, /* no GIL, or one that is out of use: any number of threads runs Python (from 3.13) */
};

/* What an interpreter exports whose objects are links. */
#define LAYOUT_TRACED_SYMBOL "_Py_PrintReferences"

enum {
    LAYOUT_FRAME_MAX = 144, /* no layout's frame.size is larger */
    LAYOUT_CODE_MAX = 256,  /* nor its code.size */
};

struct layout {
    int major;
    int minor; /* 11 in 3.11 */
    enum layout_build build;
    enum lines_kind lines;
    struct {
        uint32_t interpreters_head;
        uint32_t gil;           /* struct _gil_runtime_state, where all interpreters share one (3.7 to 3.11) */
        uint32_t gc_collecting; /* int (3.7, 3.8) */
        bool debug_offsets;     /* starts with a _Py_DebugOffsets, which walk_check compares (from 3.13) */
    } runtime;                  /* _PyRuntimeState (from 3.7) */
    struct {
        uint32_t next;
        uint32_t threads_head;
        uint32_t runtime;       /* pointer back (from 3.9) */
        uint32_t gil;           /* pointer to a struct _gil_runtime_state (from 3.12) */
        uint32_t gc_collecting; /* int (from 3.9) */
        uint32_t sysdict;
    } interp; /* PyInterpreterState */
    struct {
        uint32_t last_holder;
        uint32_t locked; /* int */
        uint32_t switch_number;
        uint32_t enabled; /* int: 0 if nobody takes it (free-threaded) */
    } gil;                /* struct _gil_runtime_state (from 3.7) */
    struct {
        uint32_t next;
        uint32_t interp;
        uint32_t frame;            /* pointer to the current frame, or to a _PyCFrame that has it */
        uint32_t cframe;           /* in that _PyCFrame: current_frame (3.11, 3.12) */
        uint32_t cframe_previous;  /* and that of the loop's call before */
        uint32_t thread_id;        /* unsigned long: pthread_t */
        uint32_t native_thread_id; /* unsigned long: gettid() (from 3.11) */
    } tstate;                      /* PyThreadState */
    struct {
        enum layout_instr kind;
        uint32_t size;           /* bytes to read of it */
        uint32_t previous;       /* the caller's frame */
        uint32_t code;           /* from 3.13 an executable: a code object unless the owner says otherwise */
        uint32_t reference_tags; /* bits that code and locals carry besides the address (_PyStackRef, from 3.14) */
        uint32_t instr;
        uint32_t owner;      /* char (from 3.11) */
        uint32_t is_entry;   /* bool: the first frame of a call of the interpreter's loop (3.11) */
        uint32_t localsplus; /* PyObject *[] */
        bool stacked;        /* frames lie side by side, callers at lower addresses (from 3.11) */
        uint32_t tlbc_index; /* int: which of the code's copies of the byte code it runs (free-threaded, from 3.14) */
    } frame;                 /* _PyInterpreterFrame, PyFrameObject before 3.11 */
    struct {
        uint32_t size;           /* bytes to read for all fields here */
        uint32_t units;          /* ob_size: units of byte code (from 3.11) */
        uint32_t stacksize;      /* int */
        uint32_t firstlineno;    /* int */
        uint32_t firsttraceable; /* int: units before it are not the program's own (from 3.11) */
        uint32_t localnames;     /* tuple of str: co_varnames; from 3.11 co_localsplusnames */
        uint32_t filename;
        uint32_t name;
        uint32_t qualname;  /* (from 3.11) */
        uint32_t linetable; /* bytes; co_lnotab up to 3.9 */
        uint32_t adaptive;  /* the byte code itself (from 3.11) */
        uint32_t tlbc;      /* pointer to a _PyCodeArray of copies, the first the code's own (as frame.tlbc_index) */
    } code;                 /* PyCodeObject */
    struct {
        uint32_t type;
        uint32_t var_size; /* ob_size of a PyVarObject */
    } object;              /* PyObject */
    struct {
        uint32_t name; /* char *tp_name */
        uint32_t basicsize;
        uint32_t flags; /* unsigned long */
        uint32_t dictoffset;
        uint32_t cached_keys; /* ht_cached_keys of a PyHeapTypeObject */
        enum layout_attributes attributes;
        uint32_t managed_dict; /* bytes in front of an instance (from 3.11) */
    } type;                    /* PyTypeObject */
    struct {
        uint32_t length;
        uint32_t state; /* 32 bits: interned:2, kind:3, compact:1, ascii:1; absent where a str is bytes (2.7) */
        uint32_t ascii; /* where the characters begin if compact and ascii, or bytes */
        uint32_t compact;
    } str; /* PyASCIIObject, PyCompactUnicodeObject; PyStringObject in 2.7 */
    struct {
        uint32_t data;
    } bytes; /* PyBytesObject */
    struct {
        uint32_t mask; /* Py_ssize_t: entries, less one, in the table that `keys` points to (2.7) */
        uint32_t keys;
        uint32_t values;       /* pointer to the values of a split table, or NULL */
        uint32_t values_data;  /* in them: the array itself */
        uint32_t values_valid; /* uint8_t (from 3.13) */
    } dict;                    /* PyDictObject, struct _dictvalues */
    struct {
        uint32_t table_size;       /* Py_ssize_t dk_size (before 3.11) */
        uint32_t log2_index_bytes; /* uint8_t (from 3.11) */
        uint32_t kind;             /* uint8_t: 0 general, else entries have no hash (from 3.11) */
        uint32_t nentries;
        uint32_t indices; /* the table of indices; the entries follow it */
    } keys;               /* struct _dictkeysobject */
    struct {
        uint32_t items; /* PyObject *[] */
    } tuple;            /* PyTupleObject */
    struct {
        uint32_t items; /* PyObject ** */
    } list;             /* PyListObject */
};

extern const struct layout layout_2_07, layout_3_06, layout_3_07, layout_3_08, layout_3_09, layout_3_10, layout_3_11,
    layout_3_12, layout_3_13, layout_3_14, layout_3_15;
extern const struct layout layout_2_07d, layout_3_06d, layout_3_07d;
extern const struct layout layout_3_13t, layout_3_14t, layout_3_15t;

/*
 * The table for the interpreter whose Py_GetVersion() is `version` ("3.11.7 (main, ...) [GCC ...]"), or NULL with a
 * reason in `why` (`room` bytes, always terminated) if there is none.  Free-threaded builds say so in that text;
 * `traced`: whether it exports LAYOUT_TRACED_SYMBOL.  Any thread.
 */
const struct layout *layout_for(const char *version, bool traced, char *why, size_t room);

enum { LAYOUT_PUBLISHED_WORDS = 96 };

/*
 * Compares a layout with what the runtime publishes of itself: the first LAYOUT_PUBLISHED_WORDS words of a _PyRuntime
 * that has `debug_offsets` (struct _Py_DebugOffsets in Include/internal/pycore_runtime.h, later
 * pycore_debug_offsets.h).  Returns NULL if they agree, else the name of the first field that does not.
 */
const char *layout_differs(const struct layout *, const uint64_t words[LAYOUT_PUBLISHED_WORDS]);

#endif
