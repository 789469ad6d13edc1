#include "inner.h"

/* A thread's chain of frames, and what must be true of it besides. */
struct chain {
    uint64_t innermost;
    uint64_t cframe; /* _PyCFrame of the interpreter's loop below the one that runs now (3.11, 3.12), or 0 */
    uint64_t below;  /* the frame that C called the innermost loop from, by the chain */
    bool entered;    /* that was met */
    bool ended;      /* the chain ends where C called the outermost loop */
};

/* Reads two words, and in the same call where the frames lay the last time, if that was not done before. */
static bool read_words(const struct walk_runtime *rt, struct walk_stack *stack, bool ahead, struct mem_piece first,
                       struct mem_piece second)
{
    struct mem_piece pieces[2 + WALK_AHEAD] = {first, second};
    size_t more = ahead ? walk_frames_ahead(stack, pieces + 2) : 0;
    size_t got = rt->mem.readv(&rt->mem, pieces, 2 + more);
    if (got < 2)
        return false;
    walk_frames_came(stack, got - 2);
    return true;
}

static bool find_chain(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_stack *stack,
                       struct chain *chain)
{
    const struct layout *l = rt->layout;
    bool in_loop = l->tstate.cframe != LAYOUT_ABSENT;
    uint64_t interp, cframe;
    *chain = (struct chain){.ended = true};
    if (!read_words(rt, stack, !in_loop,
                    (struct mem_piece){thread->tstate + l->tstate.interp, &interp, sizeof interp},
                    (struct mem_piece){thread->tstate + l->tstate.frame, &chain->innermost, sizeof chain->innermost}))
        return false;
    if (interp != thread->interp)
        return false;
    cframe = chain->innermost;
    if (!in_loop || !cframe)
        return true;
    if (!read_words(rt, stack, true,
                    (struct mem_piece){cframe + l->tstate.cframe, &chain->innermost, sizeof chain->innermost},
                    (struct mem_piece){cframe + l->tstate.cframe_previous, &chain->cframe, sizeof chain->cframe}))
        return false;
    /* Only the outermost _PyCFrame, a part of the thread state, has none before it; a new one may not have it yet. */
    return chain->cframe || cframe - thread->tstate < WALK_PAGE;
}

static bool runs_no_code(const struct layout *l, const unsigned char *frame)
{
    return l->frame.owner != LAYOUT_ABSENT && frame[l->frame.owner] >= LAYOUT_OWNED_BY_C;
}

/* Whether C called the interpreter's loop here: below this frame the loop is another. */
static bool is_entry(const struct layout *l, const unsigned char *frame)
{
    return l->frame.is_entry == LAYOUT_ABSENT ? runs_no_code(l, frame) : frame[l->frame.is_entry];
}

static void follow_chain(const struct layout *l, const unsigned char *frame, struct chain *chain)
{
    chain->ended = is_entry(l, frame);
    if (chain->ended && !chain->entered) {
        chain->entered = true;
        chain->below = word(frame, l->frame.previous);
    }
}

/*
 * A thread may stand still between any two instructions of the interpreter's loop (_PyEval_EvalFrameDefault in
 * Python/ceval.c, Python/bytecodes.c).  Two places leave a chain that looks right and is not:
 *   - a generator yields: its `previous` may be NULL already, so it seems to be the outermost frame (3.12 on)
 *   - C calls the loop: tstate->cframe is the new one before that has a current_frame, which then is whatever the
 *     C stack held there, mostly NULL or a frame of a loop that has ended (3.11, 3.12)
 *   - a function is called: its frame may be the current one before its `previous` is stored, which then is of the
 *     frame that lay there before; what has begun, has it stored (3.11, 3.12)
 */
static bool sound_chain(const struct walk_runtime *rt, const struct walk_stack *stack, uint32_t first,
                        const struct chain *chain)
{
    uint64_t below;
    if (rt->layout->frame.stacked && !stack->cut && !chain->ended)
        return false;
    if (rt->layout->tstate.cframe != LAYOUT_ABSENT && stack->depth > first && stack->frames[first].instr < 0)
        return false;
    if (!chain->cframe || (stack->cut && !chain->entered))
        return true;
    return mem_read(&rt->mem, chain->cframe + rt->layout->tstate.cframe, &below, sizeof below) &&
           below == chain->below;
}

/* Takes over what a frame says; false if that cannot be. */
static bool take_frame(const struct layout *l, const unsigned char *bytes, struct walk_frame *frame)
{
    int64_t instr;
    frame->code.address = word(bytes, l->frame.code) & ~(uint64_t)l->frame.reference_tags;
    if (!plausible(frame->code.address))
        return false;
    if (tlbc_is_copy(l, bytes))
        return tlbc_note(l, bytes, frame);
    switch (l->frame.kind) {
    case LAYOUT_LASTI_BYTES:
        instr = int_at(bytes, l->frame.instr);
        break;
    case LAYOUT_LASTI_UNITS:
        instr = 2 * (int64_t)int_at(bytes, l->frame.instr);
        break;
    default:
        instr = (int64_t)(word(bytes, l->frame.instr) - (frame->code.address + l->code.adaptive));
        break;
    }
    if (instr < -2 || instr > INT32_MAX)
        return false;
    frame->instr = instr < 0 ? -1 : (int32_t)instr;
    return true;
}

static enum walk_result read_frames(const struct walk_runtime *rt, struct chain *chain, struct walk_stack *stack)
{
    const struct layout *l = rt->layout;
    uint64_t address = chain->innermost, mark = 0; /* an address met before: to meet it again is a circle (Brent) */
    for (uint32_t steps = 1; address; steps++) {
        if (stack->depth == WALK_DEPTH_MAX) {
            stack->cut = true;
            break;
        }
        if (!plausible(address) || address == mark || steps > 2 * WALK_DEPTH_MAX)
            return WALK_TORN;
        if ((steps & (steps - 1)) == 0)
            mark = address;
        const unsigned char *bytes = walk_frame_at(rt, stack, address);
        if (!bytes)
            return WALK_TORN;
        struct walk_frame *frame = &stack->frames[stack->depth];
        frame->address = address;
        if (!runs_no_code(l, bytes)) {
            if (!take_frame(l, bytes, frame))
                return WALK_TORN;
            stack->depth++;
        }
        follow_chain(l, bytes, chain);
        address = word(bytes, l->frame.previous);
    }
    return WALK_OK;
}

/* Appends the frames of one thread state. */
static enum walk_result read_chain(const struct walk_runtime *rt, const struct walk_thread *thread,
                                   struct walk_stack *stack)
{
    struct chain chain;
    uint32_t first = stack->depth;
    if (!find_chain(rt, thread, stack, &chain))
        return WALK_TORN;
    stack->guess = 0; /* it is for the first */
    enum walk_result result = read_frames(rt, &chain, stack);
    return result == WALK_OK && !sound_chain(rt, stack, first, &chain) ? WALK_TORN : result;
}

enum walk_result walk_stack(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_stack *stack)
{
    walk_frames_prepare(rt, thread, stack);
    stack->depth = 0;
    stack->cut = false;
    enum walk_result result =
        thread->several ? walk_each_chain(rt, thread, stack, read_chain) : read_chain(rt, thread, stack);
    if (result == WALK_OK)
        result = walk_identify(rt, stack);
    if (result != WALK_OK)
        stack->depth = 0;
    stack->tstate = thread->tstate;
    return result;
}
