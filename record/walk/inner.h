/*
 * inner: what the walker's files share: its scratch memory, and small steps that all of them take
 *
 * A stack is read in two steps, by frames (stack.c, frames.c) and then by code objects (codes.c), which use the same
 * scratch memory one after the other.
 */
#ifndef PYREC_WALK_INNER_H
#define PYREC_WALK_INNER_H

#include <string.h>

#include "walk.h"

enum {
    WALK_PAGE = 4096,
    WALK_AHEAD = 2,                  /* pages read where the innermost frame lay the last time */
    WINDOW = WALK_AHEAD * WALK_PAGE, /* memory read around a frame at once: some 40 frames; 4 pages measured slower */
    WINDOWS = 2,                     /* one for the data stack, one for frames on the heap in between */
    GUESSES = 128,                   /* frames on the heap read at once */
    CODES = 128,                     /* code objects read at once: what mem.c puts into one system call */
    SLOTS = 512,                     /* of the hash table of those, a power of 2 */
    POINTER_ALIGNMENT = 8,
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
    uint32_t count;                     /* of code objects */
    uint8_t of_frame[CODES];            /* index of its code object */
    uint8_t slots[SLOTS];               /* hash table: index of a code object plus 1, or 0 */
    struct mem_piece pieces[2 * CODES]; /* the code objects, then hashes of names */
    struct walk_code code[CODES];
    uint64_t hashed[CODES]; /* the name whose hash was read with the code object, or 0 */
    uint64_t hash[CODES];
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

static inline union scratch *scratch_of(struct walk_stack *stack)
{
    return (union scratch *)(void *)stack->scratch;
}

static inline uint64_t word(const unsigned char *bytes, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

static inline int32_t int_at(const unsigned char *bytes, uint32_t offset)
{
    int32_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

static inline bool plausible(uint64_t pointer)
{
    return pointer >= WALK_PAGE && pointer % POINTER_ALIGNMENT == 0;
}

/* Where the list of interpreters begins; false if that is not known now. */
bool walk_first_interp(const struct walk_runtime *, uint64_t *interp);

/*
 * Has the frames of each state of the thread appended to the stack, those of the youngest interpreter first; stops at
 * the first that cannot be read.
 */
typedef enum walk_result walk_chain_fn(const struct walk_runtime *, const struct walk_thread *, struct walk_stack *);
enum walk_result walk_each_chain(const struct walk_runtime *, const struct walk_thread *, struct walk_stack *stack,
                                 walk_chain_fn *read);

/* Makes the scratch memory ready to read the frames of `thread`; walk_frame_at then reads one; NULL: it cannot be. */
void walk_frames_prepare(const struct walk_runtime *, const struct walk_thread *, struct walk_stack *stack);

/*
 * What to read in one call with what must be read anyway, for the frames to be there already: pieces to put behind the
 * others, at most WALK_AHEAD, and then how many of them were read.
 */
size_t walk_frames_ahead(struct walk_stack *stack, struct mem_piece pieces[WALK_AHEAD]);
void walk_frames_came(struct walk_stack *stack, size_t n);
const unsigned char *walk_frame_at(const struct walk_runtime *, struct walk_stack *stack, uint64_t address);

/*
 * Free-threaded builds copy a code object's byte code for each thread but the first (thread-local byte code, from
 * 3.14).  A frame says which copy it runs, its code object where the copies are.  So where such a frame is in its code
 * is not known before that has been read: tlbc_note keeps what the frame says in fields of its code's identity, and
 * tlbc_resolve, before those are filled in, sets `instr` of the `n` frames whose code objects were read.  False: that
 * cannot be.
 */
bool tlbc_is_copy(const struct layout *, const unsigned char *frame);
bool tlbc_note(const struct layout *, const unsigned char *bytes, struct walk_frame *frame);
bool tlbc_resolve(const struct walk_runtime *, const struct codes *, struct walk_frame *frames, size_t n);

/*
 * Fills in the identities of all frames' code objects, and leaves out frames of shims: the interpreter's own code.
 * WALK_NO_PYTHON if nothing is left.
 */
enum walk_result walk_identify(const struct walk_runtime *, struct walk_stack *stack);

#endif
