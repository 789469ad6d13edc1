#include "inner.h"

enum { STR_HASH = 8 /* from PyASCIIObject.length to .hash (Include/cpython/unicodeobject.h), in all versions */ };

static void take_code(const struct layout *l, const unsigned char *bytes, struct walk_code *code)
{
    code->qualname = word(bytes, l->code.qualname == LAYOUT_ABSENT ? l->code.name : l->code.qualname);
    code->linetable = word(bytes, l->code.linetable);
    code->firstline = int_at(bytes, l->code.firstlineno);
    code->size = int_at(bytes, l->code.units == LAYOUT_ABSENT ? l->code.stacksize : l->code.units);
}

/* Reads the hashes that the names of these frames' code objects have stored, once for frames of the same code. */
static bool read_name_hashes(const struct walk_runtime *rt, struct walk_frame *frames, size_t n)
{
    uint64_t hashes[CODES];
    uint8_t of_frame[CODES];
    struct mem_piece pieces[CODES];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = frames[i].code.qualname + rt->layout->str.length + STR_HASH;
        size_t piece = 0;
        while (piece < count && pieces[piece].addr != at)
            piece++;
        if (piece == count)
            pieces[count++] = (struct mem_piece){at, &hashes[piece], sizeof hashes[piece]};
        of_frame[i] = (uint8_t)piece;
    }
    if (count && rt->mem.readv(&rt->mem, pieces, count) != count)
        return false;
    for (size_t i = 0; i < n; i++)
        frames[i].code.name_hash = hashes[of_frame[i]];
    return true;
}

static bool sane_code(const struct layout *l, const struct walk_frame *frame)
{
    const struct walk_code *code = &frame->code;
    if (!plausible(code->qualname) || !plausible(code->linetable) || code->size < 0)
        return false;
    return l->code.units == LAYOUT_ABSENT || frame->instr < 2 * (int64_t)code->size;
}

/* Code without a traceable instruction is the interpreter's own: _Py_InitCleanup below a class's __init__ (3.12). */
static bool is_shim(const struct layout *l, const unsigned char *bytes)
{
    return l->code.firsttraceable != LAYOUT_ABSENT &&
           int_at(bytes, l->code.firsttraceable) >= int_at(bytes, l->code.units);
}

/* The index of a code object among those to be read, where it is put if it is new. */
static uint8_t place_code(struct codes *codes, uint64_t address, uint32_t size)
{
    uint32_t slot = (uint32_t)(address * UINT64_C(0x9E3779B97F4A7C15) >> 55) % SLOTS;
    while (codes->slots[slot]) {
        uint8_t index = (uint8_t)(codes->slots[slot] - 1);
        if (codes->pieces[index].addr == address)
            return index;
        slot = (slot + 1) % SLOTS;
    }
    uint8_t index = (uint8_t)codes->count++;
    codes->pieces[index] = (struct mem_piece){address, codes->bytes[index], size};
    codes->slots[slot] = (uint8_t)(index + 1);
    return index;
}

/* Reads the code objects of up to CODES frames; `type` is that of all of them, or 0 if none was seen yet. */
static bool read_codes(const struct walk_runtime *rt, const struct walk_frame *frames, size_t n, struct codes *codes,
                       uint64_t *type)
{
    codes->count = 0;
    memset(codes->slots, 0, sizeof codes->slots);
    for (size_t i = 0; i < n; i++)
        codes->of_frame[i] = place_code(codes, frames[i].code.address, rt->layout->code.size);
    if (rt->mem.readv(&rt->mem, codes->pieces, codes->count) != codes->count)
        return false;
    for (size_t i = 0; i < codes->count; i++) {
        uint64_t its_type = word(codes->bytes[i], rt->layout->object.type);
        if (!*type)
            *type = its_type;
        if (its_type != *type)
            return false;
    }
    return true;
}

enum walk_result walk_identify(const struct walk_runtime *rt, struct walk_stack *stack)
{
    const struct layout *l = rt->layout;
    struct codes *codes = &scratch_of(stack)->codes;
    uint64_t type = 0;
    uint32_t kept = 0;
    for (uint32_t from = 0; from < stack->depth; from += CODES) {
        uint32_t n = stack->depth - from < CODES ? stack->depth - from : CODES, first = kept;
        if (!read_codes(rt, stack->frames + from, n, codes, &type))
            return WALK_TORN;
        for (uint32_t i = 0; i < n; i++) {
            struct walk_frame *frame = &stack->frames[from + i];
            const unsigned char *bytes = codes->bytes[codes->of_frame[i]];
            take_code(l, bytes, &frame->code);
            if (!sane_code(l, frame))
                return WALK_TORN;
            if (!is_shim(l, bytes))
                stack->frames[kept++] = *frame;
        }
        if (!read_name_hashes(rt, stack->frames + first, kept - first))
            return WALK_TORN;
    }
    stack->depth = kept;
    return kept ? WALK_OK : WALK_NO_PYTHON;
}
