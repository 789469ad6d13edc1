#include "inner.h"

enum { STR_HASH = 8 /* from PyASCIIObject.length to .hash (Include/cpython/unicodeobject.h), in all versions */ };

static struct walk_code identity(const struct layout *l, uint64_t address, const unsigned char *bytes)
{
    return (struct walk_code){
        .address = address,
        .qualname = word(bytes, l->code.qualname == LAYOUT_ABSENT ? l->code.name : l->code.qualname),
        .linetable = word(bytes, l->code.linetable),
        .firstline = int_at(bytes, l->code.firstlineno),
        .size = int_at(bytes, l->code.units == LAYOUT_ABSENT ? l->code.stacksize : l->code.units),
    };
}

static bool sane(const struct walk_code *code)
{
    return plausible(code->qualname) && plausible(code->linetable) && code->size >= 0;
}

/* Code without a traceable instruction is the interpreter's own: _Py_InitCleanup below a class's __init__ (3.12). */
static bool is_shim(const struct layout *l, const unsigned char *bytes)
{
    return l->code.firsttraceable != LAYOUT_ABSENT &&
           int_at(bytes, l->code.firsttraceable) >= int_at(bytes, l->code.units);
}

static struct walk_name_hint *hint_of(struct walk_stack *stack, uint64_t code)
{
    return &stack->hints[code * UINT64_C(0x9E3779B97F4A7C15) >> 48 & (WALK_HINTS - 1)];
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

static struct mem_piece hash_piece(const struct walk_runtime *rt, struct codes *codes, size_t i, uint64_t qualname)
{
    return (struct mem_piece){qualname + rt->layout->str.length + STR_HASH, &codes->hash[i], sizeof codes->hash[i]};
}

/* Reads all code objects, and in the same call the hashes that their names have stored, where those lay before. */
static bool read_bytes(const struct walk_runtime *rt, struct walk_stack *stack, struct codes *codes)
{
    size_t n = codes->count;
    for (size_t i = 0; i < codes->count; i++) {
        const struct walk_name_hint *hint = hint_of(stack, codes->pieces[i].addr);
        codes->hashed[i] = hint->code == codes->pieces[i].addr ? hint->qualname : 0;
        if (codes->hashed[i])
            codes->pieces[n++] = hash_piece(rt, codes, i, hint->qualname);
    }
    size_t got = rt->mem.readv(&rt->mem, codes->pieces, n);
    if (got < codes->count)
        return false;
    for (size_t i = 0, next = codes->count; i < codes->count; i++) {
        if (codes->hashed[i] && next++ >= got)
            codes->hashed[i] = 0;
    }
    return true;
}

/* Reads the hashes of the names that were not where they had been. */
static bool read_other_hashes(const struct walk_runtime *rt, struct walk_stack *stack, struct codes *codes)
{
    struct mem_piece *pieces = codes->pieces + codes->count;
    size_t n = 0;
    for (size_t i = 0; i < codes->count; i++) {
        const struct walk_code *code = &codes->code[i];
        if (codes->hashed[i] == code->qualname)
            continue;
        pieces[n++] = hash_piece(rt, codes, i, code->qualname);
        *hint_of(stack, code->address) = (struct walk_name_hint){code->address, code->qualname};
    }
    if (n && rt->mem.readv(&rt->mem, pieces, n) != n)
        return false;
    for (size_t i = 0; i < codes->count; i++)
        codes->code[i].name_hash = codes->hash[i];
    return true;
}

/* Reads the code objects of `n` frames, at most CODES; `type` is that of all of them, or 0 if none was seen yet. */
static bool read_codes(const struct walk_runtime *rt, struct walk_stack *stack, const struct walk_frame *frames,
                       size_t n, uint64_t *type)
{
    struct codes *codes = &scratch_of(stack)->codes;
    codes->count = 0;
    memset(codes->slots, 0, sizeof codes->slots);
    for (size_t i = 0; i < n; i++)
        codes->of_frame[i] = place_code(codes, frames[i].code.address, rt->layout->code.size);
    if (!read_bytes(rt, stack, codes))
        return false;
    for (size_t i = 0; i < codes->count; i++) {
        uint64_t its_type = word(codes->bytes[i], rt->layout->object.type);
        codes->code[i] = identity(rt->layout, codes->pieces[i].addr, codes->bytes[i]);
        *type = *type ? *type : its_type;
        if (its_type != *type || !sane(&codes->code[i]))
            return false;
    }
    return read_other_hashes(rt, stack, codes);
}

enum walk_result walk_identify(const struct walk_runtime *rt, struct walk_stack *stack)
{
    const struct layout *l = rt->layout;
    const struct codes *codes = &scratch_of(stack)->codes;
    uint64_t type = 0;
    uint32_t kept = 0;
    for (uint32_t from = 0; from < stack->depth; from += CODES) {
        uint32_t n = stack->depth - from < CODES ? stack->depth - from : CODES;
        if (!read_codes(rt, stack, stack->frames + from, n, &type) ||
            !tlbc_resolve(rt, codes, stack->frames + from, n))
            return WALK_TORN;
        for (uint32_t i = 0; i < n; i++) {
            struct walk_frame *frame = &stack->frames[from + i];
            frame->code = codes->code[codes->of_frame[i]];
            if (l->code.units != LAYOUT_ABSENT && frame->instr >= 2 * (int64_t)frame->code.size)
                return WALK_TORN;
            if (!is_shim(l, codes->bytes[codes->of_frame[i]]))
                stack->frames[kept++] = *frame;
        }
    }
    stack->depth = kept;
    return kept ? WALK_OK : WALK_NO_PYTHON;
}
