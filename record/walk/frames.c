#include "inner.h"

/*
 * Reads the frame at `address` and the memory below it, where its callers lie: the rest of its page and whole pages,
 * the highest first, as far as they are mapped.
 */
static bool window_load(const struct walk_runtime *rt, struct window *w, uint64_t address)
{
    struct mem_piece pieces[WINDOW / WALK_PAGE];
    size_t n = 0;
    uint64_t start = address & ~(uint64_t)(WALK_PAGE - 1);
    w->start = w->end = address + rt->layout->frame.size;
    for (uint64_t top = w->end; n < WINDOW / WALK_PAGE && w->end - start <= WINDOW && start;
         top = start, start -= WALK_PAGE)
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

size_t walk_frames_ahead(struct walk_stack *stack, struct mem_piece pieces[WALK_AHEAD])
{
    struct window *w = &scratch_of(stack)->window[0];
    uint64_t page = stack->guess & ~(uint64_t)(WALK_PAGE - 1);
    if (page < 2 * WALK_PAGE)
        return 0;
    pieces[0] = (struct mem_piece){page, w->bytes + WALK_PAGE, WALK_PAGE};
    pieces[1] = (struct mem_piece){page - WALK_PAGE, w->bytes, WALK_PAGE};
    return WALK_AHEAD;
}

void walk_frames_came(struct walk_stack *stack, size_t n)
{
    struct window *w = &scratch_of(stack)->window[0];
    uint64_t page = stack->guess & ~(uint64_t)(WALK_PAGE - 1);
    if (!n)
        return;
    w->end = page + WALK_PAGE;
    w->start = w->end - n * WALK_PAGE;
}

void walk_frames_prepare(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_stack *stack)
{
    union scratch *s = scratch_of(stack);
    if (rt->layout->frame.stacked) {
        for (int i = 0; i < WINDOWS; i++)
            s->window[i].start = s->window[i].end = 0;
        s->used = 0;
        stack->guess = stack->tstate == thread->tstate && stack->depth ? stack->frames[0].address : 0;
        return;
    }
    stack->guess = 0;
    s->guesses.count = s->guesses.next = 0;
    s->guesses.known = stack->tstate == thread->tstate ? stack->depth : 0;
}

const unsigned char *walk_frame_at(const struct walk_runtime *rt, struct walk_stack *stack, uint64_t address)
{
    return rt->layout->frame.stacked ? stacked_frame(rt, stack, address) : heap_frame(rt, stack, address);
}
