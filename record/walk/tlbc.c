#include "inner.h"

enum {
    INSTR_IN_COPY = INT32_MIN,
    COPIES_MAX = 1 << 16, /* of one code object; more are not believed */
    ENTRIES = 8,          /* offset of _PyCodeArray.entries (Include/cpython/code.h) */
};

bool tlbc_is_copy(const struct layout *l, const unsigned char *frame)
{
    return l->frame.tlbc_index != LAYOUT_ABSENT && int_at(frame, l->frame.tlbc_index) != 0;
}

bool tlbc_note(const struct layout *l, const unsigned char *bytes, struct walk_frame *frame)
{
    frame->instr = INSTR_IN_COPY;
    frame->code.size = int_at(bytes, l->frame.tlbc_index);
    frame->code.linetable = word(bytes, l->frame.instr);
    return frame->code.size > 0 && frame->code.size < COPIES_MAX;
}

bool tlbc_resolve(const struct walk_runtime *rt, const struct codes *codes, struct walk_frame *frames, size_t n)
{
    struct mem_piece pieces[CODES];
    uint64_t starts[CODES];
    size_t count = 0, done = 0;
    for (size_t i = 0; i < n; i++) {
        if (frames[i].instr != INSTR_IN_COPY)
            continue;
        uint64_t array = word(codes->bytes[codes->of_frame[i]], rt->layout->code.tlbc);
        uint64_t at = array + ENTRIES + (uint32_t)frames[i].code.size * sizeof *starts;
        pieces[count] = (struct mem_piece){at, &starts[count], sizeof *starts};
        count++;
    }
    if (count && rt->mem.readv(&rt->mem, pieces, count) != count)
        return false;
    for (size_t i = 0; done < count; i++) {
        if (frames[i].instr != INSTR_IN_COPY)
            continue;
        int64_t instr = (int64_t)(frames[i].code.linetable - starts[done++]);
        if (instr < 0 || instr > INT32_MAX)
            return false;
        frames[i].instr = (int32_t)instr;
    }
    return true;
}
