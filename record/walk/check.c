/* check: whether the layout fits, asked before anything is believed */
#include "inner.h"

#include <stdarg.h>
#include <stdio.h>

enum { CHECKS = 32 /* attempts to read threads that run */ };

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
    if (!walk_first_interp(rt, interp))
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
