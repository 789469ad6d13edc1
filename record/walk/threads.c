#include "inner.h"

enum {
    INTERPRETERS = 1024, /* more are not believed, */
    STATES = 8192,       /* nor more of an interpreter */
};

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
    thread->several = false;
    return true;
}

bool walk_first_interp(const struct walk_runtime *rt, uint64_t *interp)
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

/* Is given a thread state, of the youngest interpreter first; false: no more are wanted. */
typedef bool state_fn(void *context, const struct walk_thread *state);

static bool each_of_interp(const struct walk_runtime *rt, uint64_t interp, uint64_t tstate, state_fn *take,
                           void *context)
{
    struct walk_thread state;
    for (int seen = 0; tstate && seen < STATES && read_thread(rt, interp, tstate, &state, &tstate); seen++) {
        /* From 3.12 on a thread state has no thread until that runs. */
        if (state.pthread && !take(context, &state))
            return false;
    }
    return true;
}

static void each_state(const struct walk_runtime *rt, state_fn *take, void *context)
{
    const struct layout *l = rt->layout;
    uint64_t interp, next, head;
    if (!walk_first_interp(rt, &interp))
        return;
    for (int i = 0; plausible(interp) && i < INTERPRETERS; i++, interp = next) {
        const struct mem_piece pieces[] = {
            {interp + l->interp.next, &next, sizeof next},
            {interp + l->interp.threads_head, &head, sizeof head},
        };
        if (rt->mem.readv(&rt->mem, pieces, 2) != 2 || !each_of_interp(rt, interp, head, take, context))
            return;
    }
}

struct list {
    struct walk_thread *threads;
    size_t n, room;
};

static bool add_to_list(void *context, const struct walk_thread *state)
{
    struct list *list = context;
    list->threads[list->n++] = *state;
    return list->n < list->room;
}

size_t walk_threads(const struct walk_runtime *rt, struct walk_thread *threads, size_t room)
{
    struct list list = {.threads = threads, .room = room};
    if (room)
        each_state(rt, add_to_list, &list);
    return list.n;
}

/* The states of one thread. */
struct own_states {
    const struct walk_runtime *rt;
    const struct walk_thread *thread; /* the oldest of them */
    struct walk_stack *stack;
    walk_chain_fn *read;
    enum walk_result result; /* so far */
    bool met;                /* the oldest was read */
};

static bool read_own(void *context, const struct walk_thread *state)
{
    struct own_states *own = context;
    if (state->pthread != own->thread->pthread)
        return true;
    own->met = own->met || state->tstate == own->thread->tstate;
    own->result = own->read(own->rt, state, own->stack);
    return own->result == WALK_OK;
}

enum walk_result walk_each_chain(const struct walk_runtime *rt, const struct walk_thread *thread,
                                 struct walk_stack *stack, walk_chain_fn *read)
{
    struct own_states own = {.rt = rt, .thread = thread, .stack = stack, .read = read, .result = WALK_OK};
    each_state(rt, read_own, &own);
    return own.result == WALK_OK && !own.met ? WALK_TORN : own.result;
}

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
    int32_t locked, enabled = 1;
    const struct mem_piece pieces[] = {
        {address + l->gil.last_holder, &gil->last_holder, sizeof gil->last_holder},
        {address + l->gil.locked, &locked, sizeof locked},
        {address + l->gil.switch_number, &gil->switches, sizeof gil->switches},
        {address + l->gil.enabled, &enabled, sizeof enabled},
    };
    size_t n = l->gil.enabled == LAYOUT_ABSENT ? 3 : 4;
    if (!plausible(address) || rt->mem.readv(&rt->mem, pieces, n) != n || locked < -1 || locked > 1 || enabled < 0)
        return WALK_TORN;
    if (!enabled)
        *gil = (struct walk_gil){0};
    gil->locked = enabled && locked == 1;
    gil->counted = l->build != LAYOUT_FREE_THREADED;
    gil->locks = enabled ? address + l->gil.switch_number + sizeof gil->switches : 0;
    return WALK_OK;
}

/* The GIL that one of a thread's states holds. */
struct held {
    const struct walk_runtime *rt;
    const struct walk_thread *thread;
    struct walk_gil *gil;
};

static bool is_held(void *context, const struct walk_thread *state)
{
    struct held *held = context;
    struct walk_gil gil;
    if (state->pthread != held->thread->pthread || walk_gil(held->rt, state->interp, &gil) != WALK_OK ||
        !gil.locked || gil.last_holder != state->tstate)
        return true;
    *held->gil = gil;
    held->gil->last_holder = held->thread->tstate;
    return false;
}

enum walk_result walk_gil_of(const struct walk_runtime *rt, const struct walk_thread *thread, struct walk_gil *gil)
{
    struct held held = {.rt = rt, .thread = thread, .gil = gil};
    enum walk_result result = walk_gil(rt, thread->interp, gil);
    if (thread->several)
        each_state(rt, is_held, &held);
    return result;
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

/* Of musl, and how many waiters are looked at. */
enum { MUSL_COND_HEAD = 8, MUSL_WAITER_NEXT = 8, MUSL_WAITER_BARRIER = 20, WAITERS = 64 };

/* Whether the futex is that of a node in the queue of a musl condition variable; with glibc there is no such queue. */
static bool is_queued(const struct walk_runtime *rt, uint64_t cond, uint64_t futex)
{
    uint64_t node;

    if (!mem_read(&rt->mem, cond + MUSL_COND_HEAD, &node, sizeof node))
        return false;
    for (int i = 0; i < WAITERS && plausible(node); i++) {
        if (futex == node + MUSL_WAITER_BARRIER)
            return true;
        if (!mem_read(&rt->mem, node + MUSL_WAITER_NEXT, &node, sizeof node))
            return false;
    }
    return false;
}

bool walk_gil_waited(const struct walk_runtime *rt, const struct walk_gil *gil, uint64_t futex)
{
    if (!futex)
        return false;
    return (futex >= gil->locks && futex - gil->locks < WALK_GIL_LOCKS) || is_queued(rt, gil->locks, futex) ||
           is_queued(rt, gil->locks + WALK_GIL_LOCKS / 2, futex);
}
