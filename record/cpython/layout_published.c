#include <string.h>

#include "layout.h"

/* "xdebugpy", the first 8 bytes. */
static const char cookie[8] = {'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y'};

enum {
    WORD_VERSION = 1, /* PY_VERSION_HEX */
    WORD_FREE_THREADED = 2,
    WORD_INTERP_GC = 10,
    WORD_INTERP_GIL = 15,
    WORD_INTERP_GIL_LOCKED = 17, /* counted from the interpreter, as the next */
    WORD_INTERP_GIL_HOLDER = 18,
    WORD_GC_COLLECTING = 72,
};

/* What the word at `index` must be. */
struct published {
    uint32_t index;
    uint32_t value;
    const char *name;
};

const char *layout_differs(const struct layout *l, const uint64_t words[LAYOUT_PUBLISHED_WORDS])
{
    const struct published fields[] = {
        {5, l->runtime.interpreters_head, "interpreters.head"},
        {8, l->interp.next, "interp.next"},
        {9, l->interp.threads_head, "interp.threads.head"},
        {12, l->interp.sysdict, "interp.sysdict"},
        {14, l->interp.gil, "interp.ceval.gil"},
        {21, l->tstate.next, "tstate.next"},
        {22, l->tstate.interp, "tstate.interp"},
        {23, l->tstate.frame, "tstate.current_frame"},
        {24, l->tstate.thread_id, "tstate.thread_id"},
        {25, l->tstate.native_thread_id, "tstate.native_thread_id"},
        {29, l->frame.previous, "frame.previous"},
        {30, l->frame.code, "frame.f_executable"},
        {31, l->frame.instr, "frame.instr_ptr"},
        {32, l->frame.localsplus, "frame.localsplus"},
        {33, l->frame.owner, "frame.owner"},
        {35, l->code.filename, "code.co_filename"},
        {36, l->code.name, "code.co_name"},
        {37, l->code.qualname, "code.co_qualname"},
        {38, l->code.linetable, "code.co_linetable"},
        {39, l->code.firstlineno, "code.co_firstlineno"},
        {43, l->code.adaptive, "code.co_code_adaptive"},
        {45, l->object.type, "object.ob_type"},
        {47, l->type.name, "type.tp_name"},
        {49, l->type.flags, "type.tp_flags"},
        {54, l->list.items, "list.ob_item"},
        {57, l->dict.keys, "dict.ma_keys"},
        {58, l->dict.values, "dict.ma_values"},
        {66, l->bytes.data, "bytes.ob_sval"},
        {68, l->str.state, "str.state"},
        {69, l->str.length, "str.length"},
        {70, l->str.ascii, "str (ascii)"},
    };
    if (memcmp(words, cookie, sizeof cookie) != 0)
        return "the cookie";
    if (words[WORD_VERSION] >> 16 != (0x0300u | (uint32_t)l->minor))
        return "the version";
    if (words[WORD_FREE_THREADED])
        return "free threading";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (words[fields[i].index] != fields[i].value)
            return fields[i].name;
    if (words[WORD_INTERP_GIL_LOCKED] - words[WORD_INTERP_GIL] != l->gil.locked)
        return "gil.locked";
    if (words[WORD_INTERP_GIL_HOLDER] - words[WORD_INTERP_GIL] != l->gil.last_holder)
        return "gil.last_holder";
    if (words[WORD_INTERP_GC] + words[WORD_GC_COLLECTING] != l->interp.gc_collecting)
        return "gc.collecting";
    return NULL;
}
