#include "walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE = 4096,
    WINDOW = 2 * PAGE,   /* memory read around a frame at once: some 40 frames; 4 pages measured slower */
    WINDOWS = 2,         /* one for the data stack, one for frames on the heap in between */
    GUESSES = 128,       /* frames on the heap read at once */
    CODES = 128,         /* code objects read at once: what mem.c puts into one system call */
    SLOTS = 512,         /* of the hash table of those, a power of 2 */
    INTERPRETERS = 1024, /* more are not believed */
    CHECKS = 32,         /* attempts of walk_check to read threads that run */
    POINTER_ALIGNMENT = 8,
    STR_HASH = 8, /* from PyASCIIObject.length to .hash (Include/cpython/unicodeobject.h), in all versions */
};

/* A copy of the memory from `start` to `end`, flush with the buffer's end. */
struct window {
    uint64_t start, end;
    unsigned char bytes[WINDOW];
};

/*
 * Copies of frames on the heap, in the order of the stack they were found on the last time.  What they link to is
 * believed only on the way from the current frame.  Halves the price of a stack.
 */
struct guesses {
    uint32_t known; /* depth of that stack: its frames from walk_stack.depth up to here are not yet overwritten */
    uint32_t count, next;
    uint64_t address[GUESSES];
    unsigned char bytes[GUESSES][LAYOUT_FRAME_MAX];
    unsigned char lone[LAYOUT_FRAME_MAX]; /* a frame that was not guessed */
};

/* Copies of the code objects of CODES frames, each read once however many frames run it. */
struct codes {
    uint32_t count;
    uint8_t of_frame[CODES]; /* index in `pieces` */
    uint8_t slots[SLOTS];    /* hash table: index in `pieces` plus 1, or 0 */
    struct mem_piece pieces[CODES];
    unsigned char bytes[CODES][LAYOUT_CODE_MAX];
};

/* What the walker needs besides its result, one after the other in walk_stack.scratch. */
union scratch {
    struct {
        struct window window[WINDOWS];
        uint32_t used; /* index of the window used last */
    };
    struct guesses guesses;
    struct codes codes;
};

_Static_assert(sizeof(union scratch) <= WALK_SCRATCH, "walk_stack.scratch is too small");

static union scratch *scratch_of(struct walk_stack *stack)
{
    return (union scratch *)(void *)stack->scratch;
}

static uint64_t word(const unsigned char *bytes, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

static int32_t int_at(const unsigned char *bytes, uint32_t offset)
{
    int32_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

static bool plausible(uint64_t pointer)
{
    return pointer >= PAGE && pointer % POINTER_ALIGNMENT == 0;
}

/* ---- threads ---- */

static bool read_thread(const struct walk_runtime *rt, uint64_t interp, uint64_t tstate, struct walk_thread *thread,
                        uint64_t *next)
{
    const struct layout *l = rt->layout;
    uint64_t owner, native = 0;
    const struct mem_piece pieces[] = {
        {tstate + l->tstate.next, next, sizeof *next},
        {tstate + l->tstate.interp, &owner, sizeof owner},
        {tstate + l->tstate.thread_id, &thread->pthread, sizeof thread->pthread},
        {tstate + l->tstate.native_thread_id, &native, sizeof native},
    };
    size_t n = l->tstate.native_thread_id == LAYOUT_ABSENT ? 3 : 4;
    if (!plausible(tstate) || rt->mem.readv(&rt->mem, pieces, n) != n || owner != interp)
        return false;
    thread->tstate = tstate;
    thread->interp = interp;
    thread->tid = (pid_t)native;
    return true;
}

static size_t interp_threads(const struct walk_runtime *rt, uint64_t interp, uint64_t tstate,
                             struct walk_thread *threads, size_t room)
{
    size_t n = 0, seen = 0;
    while (tstate && n < room && seen++ < 2 * room) {
        if (!read_thread(rt, interp, tstate, &threads[n], &tstate))
            break;
        /* From 3.12 on a thread state has no thread until that runs. */
        if (threads[n].pthread)
            n++;
    }
    return n;
}

/* Where the list of interpreters begins; 0 if that is not known now. */
static bool first_interp(const struct walk_runtime *rt, uint64_t *interp)
{
    const struct layout *l = rt->layout;
    uint64_t current;
    *interp = rt->interp;
    if (rt->interp)
        return true;
    if (l->runtime.interpreters_head != LAYOUT_ABSENT)
        return mem_read(&rt->mem, rt->address + l->runtime.interpreters_head, interp, sizeof *interp);
    if (!mem_read(&rt->mem, rt->address, &current, sizeof current))
        return false;
    return !current || mem_read(&rt->mem, current + l->tstate.interp, interp, sizeof *interp);
}

size_t walk_threads(const struct walk_runtime *rt, struct walk_thread *threads, size_t room)
{
    const struct layout *l = rt->layout;
    uint64_t interp;
    size_t n = 0;
    if (!first_interp(rt, &interp))
        return 0;
    for (int i = 0; plausible(interp) && i < INTERPRETERS && n < room; i++) {
        uint64_t next, head;
        const struct mem_piece pieces[] = {
            {interp + l->interp.next, &next, sizeof next},
            {interp + l->interp.threads_head, &head, sizeof head},
        };
        if (rt->mem.readv(&rt->mem, pieces, 2) != 2)
            break;
        n += interp_threads(rt, interp, head, threads + n, room - n);
        interp = next;
    }
    return n;
}

/* ---- frames ---- */

/*
 * Reads the frame at `address` and the memory below it, where its callers lie: the rest of its page and whole pages,
 * the highest first, as far as they are mapped.
 */
static bool window_load(const struct walk_runtime *rt, struct window *w, uint64_t address)
{
    struct mem_piece pieces[WINDOW / PAGE];
    size_t n = 0;
    uint64_t start = address & ~(uint64_t)(PAGE - 1);
    w->start = w->end = address + rt->layout->frame.size;
    for (uint64_t top = w->end; n < WINDOW / PAGE && w->end - start <= WINDOW && start; top = start, start -= PAGE)
        pieces[n++] = (struct mem_piece){start, w->bytes + WINDOW - (w->end - start), top - start};
    size_t whole = rt->mem.readv(&rt->mem, pieces, n);
    if (whole)
        w->start = pieces[whole - 1].addr;
    return whole > 0;
}

static const unsigned char *stacked_frame(const struct walk_runtime *rt, struct walk_stack *stack, uint64_t address)
{
    union scratch *s = scratch_of(stack);
    uint32_t size = rt->layout->frame.size;
    for (uint32_t i = 0; i < WINDOWS; i++) {
        struct window *w = &s->window[i];
        if (address >= w->start && address < w->end && w->end - address >= size) {
            s->used = i;
            return w->bytes + WINDOW - (w->end - address);
        }
    }
    s->used = (s->used + 1) % WINDOWS;
    struct window *w = &s->window[s->used];
    return window_load(rt, w, address) ? w->bytes + WINDOW - (w->end - address) : NULL;
}

/* Reads the next frames that lay on the same thread's stack the last time, all at once. */
static void guess_frames(const struct walk_runtime *rt, const struct walk_stack *stack, struct guesses *g)
{
    struct mem_piece pieces[GUESSES];
    uint32_t n = 0;
    for (uint32_t i = stack->depth; i < g->known && n < GUESSES; i++, n++) {
        g->address[n] = stack->frames[i].address;
        pieces[n] = (struct mem_piece){g->address[n], g->bytes[n], rt->layout->frame.size};
    }
    g->count = (uint32_t)rt->mem.readv(&rt->mem, pieces, n);
    g->next = 0;
    if (!g->count)
        g->known = 0;
}

/* Calls come and go at the inner end: what is not the next guess may be a later one. */
static const unsigned char *heap_frame(const struct walk_runtime *rt, struct walk_stack *stack, uint64_t address)
{
    struct guesses *g = &scratch_of(stack)->guesses;
    if (g->next == g->count && g->known > stack->depth)
        guess_frames(rt, stack, g);
    for (uint32_t i = g->next; i < g->count; i++) {
        if (g->address[i] == address) {
            g->next = i + 1;
            return g->bytes[i];
        }
    }
    return mem_read(&rt->mem, address, g->lone, rt->layout->frame.size) ? g->lone : NULL;
}

static void prepare(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_stack *stack)
{
    union scratch *s = scratch_of(stack);
    if (rt->layout->frame.stacked) {
        for (int i = 0; i < WINDOWS; i++)
            s->window[i].start = s->window[i].end = 0;
        s->used = 0;
        return;
    }
    s->guesses.count = s->guesses.next = 0;
    s->guesses.known = stack->tstate == thread->tstate ? stack->depth : 0;
}

/* A thread's chain of frames, and what must be true of it besides. */
struct chain {
    uint64_t innermost;
    uint64_t cframe; /* _PyCFrame of the interpreter's loop below the one that runs now (3.11, 3.12), or 0 */
    uint64_t below;  /* the frame that C called the innermost loop from, by the chain */
    bool entered;    /* that was met */
    bool ended;      /* the chain ends where C called the outermost loop */
};

static bool find_chain(const struct walk_runtime *rt, const struct walk_thread *thread, struct chain *chain)
{
    const struct layout *l = rt->layout;
    uint64_t interp, cframe;
    const struct mem_piece pieces[] = {
        {thread->tstate + l->tstate.interp, &interp, sizeof interp},
        {thread->tstate + l->tstate.frame, &chain->innermost, sizeof chain->innermost},
    };
    *chain = (struct chain){.ended = true};
    if (rt->mem.readv(&rt->mem, pieces, 2) != 2 || interp != thread->interp)
        return false;
    cframe = chain->innermost;
    if (l->tstate.cframe == LAYOUT_ABSENT || !cframe)
        return true;
    const struct mem_piece loop[] = {
        {cframe + l->tstate.cframe, &chain->innermost, sizeof chain->innermost},
        {cframe + l->tstate.cframe_previous, &chain->cframe, sizeof chain->cframe},
    };
    /* Only the outermost _PyCFrame, a part of the thread state, has none before it; a new one may not have it yet. */
    return rt->mem.readv(&rt->mem, loop, 2) == 2 && (chain->cframe || cframe - thread->tstate < PAGE);
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
static bool sound_chain(const struct walk_runtime *rt, const struct walk_stack *stack, const struct chain *chain)
{
    uint64_t below;
    if (rt->layout->frame.stacked && !stack->cut && !chain->ended)
        return false;
    if (rt->layout->tstate.cframe != LAYOUT_ABSENT && stack->depth && stack->frames[0].instr < 0)
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
    const unsigned char *(*read_frame)(const struct walk_runtime *, struct walk_stack *, uint64_t) =
        l->frame.stacked ? stacked_frame : heap_frame;
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
        const unsigned char *bytes = read_frame(rt, stack, address);
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

/* ---- code objects ---- */

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

/* Fills in the identities of all code objects; frames of shims are left out. */
static enum walk_result identify(const struct walk_runtime *rt, struct walk_stack *stack)
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

enum walk_result walk_stack(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_stack *stack)
{
    struct chain chain;
    enum walk_result result = WALK_TORN;
    prepare(rt, thread, stack);
    stack->depth = 0;
    stack->cut = false;
    if (find_chain(rt, thread, &chain))
        result = read_frames(rt, &chain, stack);
    if (result == WALK_OK)
        result = sound_chain(rt, stack, &chain) ? identify(rt, stack) : WALK_TORN;
    if (result != WALK_OK)
        stack->depth = 0;
    stack->tstate = thread->tstate;
    return result;
}

/* ---- the interpreter's state ---- */

/* Before 3.7: a thread makes itself the current one when it has the GIL, and nobody that before it lets go of it. */
static enum walk_result current_holder(const struct walk_runtime *rt, struct walk_gil *gil)
{
    *gil = (struct walk_gil){0};
    if (!mem_read(&rt->mem, rt->address, &gil->last_holder, sizeof gil->last_holder))
        return WALK_TORN;
    gil->locked = gil->last_holder != 0;
    return WALK_OK;
}

enum walk_result walk_gil(const struct walk_runtime *rt, uint64_t interp, struct walk_gil *gil)
{
    const struct layout *l = rt->layout;
    uint64_t address = rt->address + l->runtime.gil;
    if (l->runtime.gil == LAYOUT_ABSENT && l->interp.gil == LAYOUT_ABSENT)
        return current_holder(rt, gil);
    if (l->runtime.gil == LAYOUT_ABSENT && !mem_read(&rt->mem, interp + l->interp.gil, &address, sizeof address))
        return WALK_TORN;
    if (!address)
        return WALK_NO_PYTHON;
    int32_t locked;
    const struct mem_piece pieces[] = {
        {address + l->gil.last_holder, &gil->last_holder, sizeof gil->last_holder},
        {address + l->gil.locked, &locked, sizeof locked},
        {address + l->gil.switch_number, &gil->switches, sizeof gil->switches},
    };
    if (!plausible(address) || rt->mem.readv(&rt->mem, pieces, 3) != 3 || locked < -1 || locked > 1)
        return WALK_TORN;
    gil->locked = locked == 1;
    gil->counted = true;
    return WALK_OK;
}

bool walk_collecting(const struct walk_runtime *rt, uint64_t interp)
{
    const struct layout *l = rt->layout;
    uint64_t address = l->runtime.gc_collecting == LAYOUT_ABSENT ? interp + l->interp.gc_collecting
                                                                 : rt->address + l->runtime.gc_collecting;
    int32_t collecting;
    if (l->runtime.gc_collecting == LAYOUT_ABSENT && l->interp.gc_collecting == LAYOUT_ABSENT)
        return false;
    return mem_read(&rt->mem, address, &collecting, sizeof collecting) && collecting;
}

/* ---- whether the layout fits ---- */

struct reason {
    char *text;
    size_t room;
};

__attribute__((format(printf, 2, 3))) static enum walk_result torn(struct reason why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why.text, why.room, format, args);
    va_end(args);
    return WALK_TORN;
}

/* Whether the object at `address` is of the built-in type of that name, of less than 8 letters. */
static bool is_a(const struct walk_runtime *rt, uint64_t address, const char *name)
{
    const struct layout *l = rt->layout;
    uint64_t type, its_name;
    char letters[8];
    size_t len = strlen(name) + 1;
    return plausible(address) && mem_read(&rt->mem, address + l->object.type, &type, sizeof type) &&
           plausible(type) && mem_read(&rt->mem, type + l->type.name, &its_name, sizeof its_name) &&
           mem_read(&rt->mem, its_name, letters, len) && memcmp(letters, name, len) == 0;
}

static enum walk_result check_published(const struct walk_runtime *rt, struct reason why)
{
    uint64_t words[LAYOUT_PUBLISHED_WORDS];
    if (!mem_read(&rt->mem, rt->address, words, sizeof words))
        return torn(why, "the runtime is not readable");
    const char *differs = layout_differs(rt->layout, words);
    return differs ? torn(why, "the runtime publishes another layout: %s differs", differs) : WALK_OK;
}

/* The interpreter that was made last, and that its fields are what they are called. */
static enum walk_result check_interp(const struct walk_runtime *rt, uint64_t *interp, struct reason why)
{
    const struct layout *l = rt->layout;
    uint64_t runtime = rt->address, sysdict, head;
    if (!first_interp(rt, interp))
        return torn(why, "the runtime is not readable");
    if (!*interp)
        return WALK_NO_PYTHON;
    if (!plausible(*interp))
        return torn(why, "interpreters.head is no address");
    const struct mem_piece pieces[] = {
        {*interp + l->interp.sysdict, &sysdict, sizeof sysdict},
        {*interp + l->interp.threads_head, &head, sizeof head},
        {*interp + l->interp.runtime, &runtime, sizeof runtime},
    };
    size_t n = l->interp.runtime == LAYOUT_ABSENT ? 2 : 3;
    if (rt->mem.readv(&rt->mem, pieces, n) != n)
        return torn(why, "interpreters.head is no interpreter");
    if (!runtime || !sysdict || !head)
        return WALK_NO_PYTHON;
    if (runtime != rt->address)
        return torn(why, "interp.runtime does not point back");
    return is_a(rt, sysdict, "dict") ? WALK_OK : torn(why, "interp.sysdict is no dict");
}

static enum walk_result check_code(const struct walk_runtime *rt, const struct walk_code *code, struct reason why)
{
    uint64_t filename;
    if (!is_a(rt, code->address, "code"))
        return torn(why, "a frame's code is no code");
    if (!is_a(rt, code->qualname, "str"))
        return torn(why, "a code's name is no str");
    if (!is_a(rt, code->linetable, rt->layout->major == 2 ? "str" : "bytes"))
        return torn(why, "a code's line table is no bytes");
    if (!mem_read(&rt->mem, code->address + rt->layout->code.filename, &filename, sizeof filename) ||
        !is_a(rt, filename, "str"))
        return torn(why, "a code's file name is no str");
    return WALK_OK;
}

/* One attempt; threads may run meanwhile. */
static enum walk_result check_once(const struct walk_runtime *rt, uint64_t *interp, struct walk_stack *stack,
                                   struct reason why)
{
    struct walk_gil gil;
    struct walk_thread threads[16];
    enum walk_result result = check_interp(rt, interp, why);
    if (result != WALK_OK)
        return result;
    result = walk_gil(rt, *interp, &gil);
    if (result != WALK_OK)
        return result == WALK_TORN ? torn(why, "the interpreter's GIL is none") : result;
    size_t n = walk_threads(rt, threads, sizeof threads / sizeof *threads);
    if (!n)
        return torn(why, "interp.threads.head is no thread of it");
    result = WALK_NO_PYTHON;
    for (size_t i = 0; i < n && result == WALK_NO_PYTHON; i++) {
        result = walk_stack(rt, &threads[i], stack);
        if (result == WALK_TORN)
            return torn(why, "a thread's frames are none");
    }
    return result == WALK_OK ? check_code(rt, &stack->frames[stack->depth - 1].code, why) : result;
}

enum walk_result walk_check(struct walk_runtime *rt, struct walk_stack *stack, char *why, size_t room)
{
    uint64_t interp = 0;
    struct reason reason = {why, room};
    enum walk_result result = WALK_TORN;
    if (room)
        why[0] = '\0';
    if (rt->layout->runtime.debug_offsets && check_published(rt, reason) != WALK_OK)
        return WALK_TORN;
    for (int i = 0; i < CHECKS && result == WALK_TORN; i++)
        result = check_once(rt, &interp, stack, reason);
    if (result == WALK_OK && rt->layout->runtime.interpreters_head == LAYOUT_ABSENT)
        rt->interp = interp;
    if (result != WALK_TORN && room)
        why[0] = '\0';
    return result;
}
