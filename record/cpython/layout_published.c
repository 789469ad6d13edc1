#include <string.h>

#include "layout.h"

/* "xdebugpy", the first 8 bytes. */
static const char cookie[8] = {'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y'};

enum { WORD_VERSION = 1, WORD_FREE_THREADED = 2 };

enum { FIRST_MINOR = 13, VERSIONS = 3, NOT_PUBLISHED = 0 };

/* The words' index by version: 3.13, 3.14, 3.15. */
typedef uint8_t indices[VERSIONS];

/* What the word at an index must be. */
struct published {
    indices index;
    uint32_t value;
    const char *name;
};

static const indices interp_gc = {10, 11, 11};
static const indices gc_collecting = {72, 82, 95};
static const indices interp_gil = {15, 16, 16};
static const indices interp_gil_locked = {17, 18, 18}; /* counted from the interpreter, as the next */
static const indices interp_gil_holder = {18, 19, 19};

/* A field that is not there is published as 0. */
static uint32_t or_0(uint32_t offset)
{
    return offset == LAYOUT_ABSENT ? 0 : offset;
}

const char *layout_differs(const struct layout *l, const uint64_t words[LAYOUT_PUBLISHED_WORDS])
{
    const struct published fields[] = {
        {{5, 5, 5}, l->runtime.interpreters_head, "interpreters.head"},
        {{8, 8, 8}, l->interp.next, "interp.next"},
        {{9, 9, 9}, l->interp.threads_head, "interp.threads.head"},
        {{12, 13, 13}, l->interp.sysdict, "interp.sysdict"},
        {{14, 15, 15}, l->interp.gil, "interp.ceval.gil"},
        {{21, 24, 24}, l->tstate.next, "tstate.next"},
        {{22, 25, 25}, l->tstate.interp, "tstate.interp"},
        {{23, 26, 26}, l->tstate.frame, "tstate.current_frame"},
        {{24, 27, 30}, l->tstate.thread_id, "tstate.thread_id"},
        {{25, 28, 31}, l->tstate.native_thread_id, "tstate.native_thread_id"},
        {{29, 32, 40}, l->frame.previous, "frame.previous"},
        {{30, 33, 41}, l->frame.code, "frame.f_executable"},
        {{31, 34, 42}, l->frame.instr, "frame.instr_ptr"},
        {{32, 35, 43}, l->frame.localsplus, "frame.localsplus"},
        {{33, 36, 44}, l->frame.owner, "frame.owner"},
        {{35, 40, 48}, l->code.filename, "code.co_filename"},
        {{36, 41, 49}, l->code.name, "code.co_name"},
        {{37, 42, 50}, l->code.qualname, "code.co_qualname"},
        {{38, 43, 51}, l->code.linetable, "code.co_linetable"},
        {{39, 44, 52}, l->code.firstlineno, "code.co_firstlineno"},
        {{41, 46, 54}, l->code.localnames, "code.co_localsplusnames"},
        {{43, 48, 56}, l->code.adaptive, "code.co_code_adaptive"},
        {{45, 51, 59}, l->object.type, "object.ob_type"},
        {{47, 53, 61}, l->type.name, "type.tp_name"},
        {{49, 55, 63}, l->type.flags, "type.tp_flags"},
        {{NOT_PUBLISHED, NOT_PUBLISHED, 64}, l->type.basicsize, "type.tp_basicsize"},
        {{NOT_PUBLISHED, NOT_PUBLISHED, 65}, l->type.dictoffset, "type.tp_dictoffset"},
        {{NOT_PUBLISHED, NOT_PUBLISHED, 67}, l->type.cached_keys, "type.ht_cached_keys"},
        {{51, 57, 69}, l->tuple.items, "tuple.ob_item"},
        {{54, 60, 72}, l->list.items, "list.ob_item"},
        {{57, 67, 79}, l->dict.keys, "dict.ma_keys"},
        {{58, 68, 80}, l->dict.values, "dict.ma_values"},
        {{66, 76, 88}, l->bytes.data, "bytes.ob_sval"},
        {{68, 78, 90}, l->str.state, "str.state"},
        {{69, 79, 91}, l->str.length, "str.length"},
        {{70, 80, 92}, l->str.ascii, "str (ascii)"},
        {{NOT_PUBLISHED, NOT_PUBLISHED, 93}, l->str.compact, "str (compact)"},
        {{NOT_PUBLISHED, 38, 46}, or_0(l->frame.tlbc_index), "frame.tlbc_index"},
        {{NOT_PUBLISHED, 49, 57}, or_0(l->code.tlbc), "code.co_tlbc"},
    };
    if (memcmp(words, cookie, sizeof cookie) != 0)
        return "the cookie";
    if (words[WORD_VERSION] >> 16 != (0x0300u | (uint32_t)l->minor))
        return "the version";
    if (words[WORD_FREE_THREADED] != (l->build == LAYOUT_FREE_THREADED))
        return "free threading";
    int v = l->minor - FIRST_MINOR;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].index[v] != NOT_PUBLISHED && words[fields[i].index[v]] != fields[i].value)
            return fields[i].name;
    if (words[interp_gil_locked[v]] - words[interp_gil[v]] != l->gil.locked)
        return "gil.locked";
    if (words[interp_gil_holder[v]] - words[interp_gil[v]] != l->gil.last_holder)
        return "gil.last_holder";
    if (words[interp_gc[v]] + words[gc_collecting[v]] != l->interp.gc_collecting)
        return "gc.collecting";
    return NULL;
}
