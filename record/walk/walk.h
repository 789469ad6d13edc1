/*
 * walk: from a CPython runtime in memory to threads and stacks
 *
 * One walker for every CPython: what differs between versions is a struct layout (cpython/layout.h), whose memory it
 * is is a struct mem (mem.h).  The walker takes no lock, allocates nothing and writes only to its caller's buffers,
 * so it runs in the agent's sampler as well as outside.
 *
 * The walker reads; it does not judge.  A stack is true only if its thread did not run while it was read, which the
 * caller must know (sample/still.h).  Whatever the memory holds, the walker returns in bounded time: chains are cut
 * after WALK_DEPTH_MAX frames, lists after their caller's room.
 */
#ifndef PYREC_WALK_WALK_H
#define PYREC_WALK_WALK_H

#include <pthread.h>

#include "record/cpython/layout.h"
#include "record/mem.h"

enum {
    WALK_DEPTH_MAX = 16384,
    WALK_SCRATCH = 56 * 1024,
    WALK_HINTS = 256, /* a power of 2 */
};

/*
 * Where a runtime is and how to read it: set once per process, then constant.
 *
 * Before 3.7 there is no _PyRuntime.  What the dynamic symbol table names instead is _PyThreadState_Current, the
 * thread state that holds the GIL, and that leads to its interpreter.  So a runtime of that age is known by it, and
 * by the main interpreter once walk_check has met that: interpreters that mod_wsgi and its like make besides are not
 * seen.
 */
struct walk_runtime {
    const struct layout *layout;
    struct mem mem;
    uint64_t address; /* of _PyRuntime, or of _PyThreadState_Current where the layout has no interpreters_head */
    uint64_t interp;  /* the main interpreter, where walk_check had to find it; else 0 */
};

/* One thread state, as listed by its interpreter. */
struct walk_thread {
    uint64_t tstate;
    uint64_t interp;
    uint64_t pthread; /* pthread_t, as in threading.get_ident(); before 3.12 its creator's until the thread began */
    pid_t tid;        /* kernel's thread id, as pthread; 0 where this version does not store it (before 3.11) */
    bool several;     /* it has states in younger interpreters too; for the caller of walk_threads to say */
};

/*
 * A code object's identity.  CPython frees code objects and reuses their addresses, so an address alone names
 * nothing: two frames run the same code if all fields are equal.
 */
struct walk_code {
    uint64_t address;
    uint64_t qualname;  /* address of co_qualname, or co_name before 3.11 */
    uint64_t linetable; /* address of co_linetable, or co_lnotab before 3.10 */
    uint64_t name_hash; /* that the name's str has stored: made, called and freed in a loop, all else comes again */
    int32_t firstline;
    int32_t size; /* of the byte code, in units of 2 bytes; co_stacksize before 3.11 */
};

struct walk_frame {
    struct walk_code code;
    uint64_t address; /* of the frame itself; names no activation, as the next call lies at the same place */
    int32_t instr;    /* offset of the current instruction in the byte code, in bytes; -1 before the first */
};

/* Where the name of a code object lay. */
struct walk_name_hint {
    uint64_t code, qualname;
};

/*
 * A thread's stack, the innermost frame first.  Nearly a MiB: never on a thread's own stack.  `depth` is 0 before the
 * first use.  What it held before is a hint where frames and names may lie, never believed unseen: a stack of the same
 * thread as the last time costs half.
 */
struct walk_stack {
    uint32_t depth;
    bool cut;        /* deeper than WALK_DEPTH_MAX: the outermost frames are missing */
    uint64_t tstate; /* whose it is */
    uint64_t guess;  /* where its innermost frame lay the last time, or 0 */
    struct walk_frame frames[WALK_DEPTH_MAX];
    struct walk_name_hint hints[WALK_HINTS];
    _Alignas(16) unsigned char scratch[WALK_SCRATCH]; /* the walker's own */
};

/* Who may run Python code in an interpreter. */
struct walk_gil {
    bool locked;
    bool counted;         /* whether its switches tell who ran Python (from 3.7, not if free-threaded) */
    uint64_t last_holder; /* tstate; holds it if locked; 0 before 3.7, or free-threaded, if nobody does */
    uint64_t switches;    /* times the GIL went to another thread than its last holder */
    uint64_t locks;       /* where that lies which threads wait for it with, WALK_GIL_LOCKS bytes; 0: not known */
};

/* cond, mutex, switch_cond and switch_mutex, the last fields of struct _gil_runtime_state (pycore_gil.h). */
enum { WALK_GIL_LOCKS = 2 * (sizeof(pthread_cond_t) + sizeof(pthread_mutex_t)) };

/* Results of a read: what was there, or why not. */
enum walk_result {
    WALK_OK = 0,
    WALK_NO_PYTHON, /* the thread runs no Python frame now (start, exit, plain C): not a loss */
    WALK_TORN,      /* memory not mapped, or not what it should be: the thread ran, or the layout is wrong */
};

/*
 * Whether the runtime looks as its layout says: to be called until the answer is not WALK_NO_PYTHON, before anything
 * it would misread is believed.
 *   WALK_OK         a Python frame was found and every link to it is right: the types named in the memory are "dict",
 *                   "code", "str" and "bytes" where they must be; where the runtime publishes its offsets, they are
 *                   the layout's
 *   WALK_NO_PYTHON  not initialised yet, or no thread runs Python now: ask again later
 *   WALK_TORN       another layout than believed (a build with traced references, a patched one, a later point
 *                   release): leave it alone; the reason is in `why` (`room` bytes, always terminated)
 * Threads may run meanwhile: what they could tear is read several times before it is refused.  Uses `stack`, and
 * 10 KiB of the caller's own.  After WALK_OK the runtime's `interp` is set if it has to be.
 */
enum walk_result walk_check(struct walk_runtime *, struct walk_stack *stack, char *why, size_t room);

/*
 * Lists the thread states of all interpreters, the youngest first, at most `room`; returns how many.  A list torn by threads that start
 * or end is cut where it stops making sense.
 */
size_t walk_threads(const struct walk_runtime *, struct walk_thread *threads, size_t room);

/*
 * Reads one thread's stack.  Frames that run no code of the program are stepped over, as tracebacks do: the
 * interpreter's own entries from C and the shims below a class's __init__ (from 3.12).  Code objects' identities are
 * read at the end, 128 at once.  Costs three to five system calls, more for generators and for deep stacks, and 10 KiB
 * of the caller's own stack.
 *
 * A thread may have states in several interpreters, as when code of one has it run code of another (concurrent.
 * interpreters).  Its stack is all of theirs then, the younger interpreter's inside.
 *
 * WALK_TORN also where two frames' code objects are of different types, an instruction lies outside of its byte code,
 * or the frames go in a circle; and of a thread that stands still at one of the few instructions between which its
 * chain of frames is not whole (3.11 on): let it run on a little and read again.  A stack that is not WALK_OK has
 * depth 0.
 */
enum walk_result walk_stack(const struct walk_runtime *, const struct walk_thread *, struct walk_stack *stack);

/*
 * Reads the GIL that `interp` runs under (WALK_NO_PYTHON: it has none yet), and whether its garbage collector is at
 * work.  CPython takes the GIL by setting `locked` before `last_holder`, and does not count a switch when a thread
 * takes it again (take_gil in Python/ceval_gil.h, ceval_gil.c).  Before 3.7 only the holder is known, and collecting
 * is not.  Free-threaded builds have a GIL that can be taken in and out of use any time: out of use it has no holder,
 * and its switches are never to be relied on.
 */
enum walk_result walk_gil(const struct walk_runtime *, uint64_t interp, struct walk_gil *gil);

/*
 * The GIL of the thread's interpreter; where it has several states and one holds its interpreter's GIL, that GIL, as if
 * the thread's oldest state held it.
 */
enum walk_result walk_gil_of(const struct walk_runtime *, const struct walk_thread *, struct walk_gil *gil);

/* Whether the garbage collector is at work. */
bool walk_collecting(const struct walk_runtime *, uint64_t interp);

/*
 * Whether a thread that is blocked on that futex waits for the GIL, whose `locks` are known: the futex lies in them, or,
 * with musl, in a node on the thread's own stack that is queued there (struct waiter in src/thread/
 * pthread_cond_timedwait.c, _c_head in src/internal/pthread_impl.h).
 */
bool walk_gil_waited(const struct walk_runtime *, const struct walk_gil *, uint64_t futex);

#endif
