/*
 * ring: raw samples from one process, through shared memory, to the collector
 *
 * The agent makes a memfd, maps it as a struct ring_shared followed by a ring of bytes, and sends the descriptor to
 * pyrec (agent/hello.h).  From then on the sampler thread is the only writer and the collector the only reader;
 * neither ever waits for the other.  The memory outlives the program: what was published before a kill -9 is still
 * there.
 *
 * The ring carries records, each a struct ring_record followed by its body, padded to 8 bytes.  Records of a round
 * are published together, so a reader never sees half a round.  A writer without room drops and counts; a round
 * starts only with room to say that all of its samples were missed.
 *
 * To the reader the memory is foreign: the program could write anything there.  ring_next copies a record out before
 * it looks at it, and checks lengths against what was published.  The agent seals the memfd against shrinking
 * (F_SEAL_SHRINK, fcntl(2)); the collector maps it only with that seal, or a read could end in SIGBUS.
 *
 * No record crosses the ring's end: a RING_PAD fills it first.  So a record may take up to twice its size of room,
 * and one of more than half the capacity may never fit.
 *
 * All numbers are of the machine's own byte order: both ends run on one machine.  Times are CLOCK_MONOTONIC in ns.
 */
#ifndef PYREC_RING_H
#define PYREC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC 0x31676e6972727970u /* "pyrring1" */

enum {
    RING_RECORD_MAX = 2 << 20,
    RING_FRAMES_MAX = 16384,
};

/* How a ring ended, if its process could say so. */
enum ring_end {
    RING_RUNNING = 0,
    RING_EXIT = 1, /* the process exits */
    RING_EXEC = 2, /* it is about to become another program */
};

/* The first page of the mapping. */
struct ring_shared {
    uint64_t magic;
    uint64_t capacity;                  /* bytes of the ring after this page: a power of two */
    uint64_t period;                    /* ns */
    uint64_t start;                     /* when the process started, or as near as is known */
    _Alignas(64) _Atomic uint64_t head; /* bytes ever published; written by the agent */
    _Atomic uint64_t overflows;         /* rounds and samples that found no room */
    _Atomic uint64_t late;              /* deadlines that passed without a round */
    _Atomic uint32_t end;               /* enum ring_end */
    _Atomic uint64_t ended;             /* when */
    _Atomic uint32_t refused;           /* 1: the memory is not as its version's layout says: no samples will come */
    _Alignas(64) _Atomic uint64_t tail; /* bytes ever consumed; written by the collector */
    _Atomic uint64_t heartbeat;         /* when the collector last looked */
    _Atomic uint32_t stop;              /* the collector wants no more */
    _Atomic uint32_t paused;            /* a futex: 1 while it wants no samples for now */
};

enum { RING_HEADER_SIZE = 4096 };

enum ring_type {
    RING_PAD = 0,    /* fills the ring's end; no body */
    RING_ROUND,      /* struct ring_round: what follows, up to the next round, was sampled then */
    RING_SAMPLE,     /* struct ring_sample */
    RING_MISSED,     /* struct ring_missed */
    RING_CODE,       /* struct ring_code: precedes the first sample that uses it */
    RING_THREAD,     /* struct ring_thread: a thread's first appearance, or its new name */
    RING_THREAD_END, /* struct ring_thread_end */
    RING_SYS,        /* struct ring_sys: interpreter prefixes and sys.path, when first seen and when changed */
};

struct ring_record {
    uint32_t size; /* of header and body, before padding */
    uint32_t type; /* enum ring_type; unknown ones are skipped */
};

struct ring_round {
    uint64_t time;
    uint64_t late; /* deadlines passed since the round before, without a round */
};

/* What the thread did, as bits; the stream's flags have the same meaning (pyprof(5)). */
enum ring_flags {
    RING_ON_CPU = 1 << 0,
    RING_HOLDS_GIL = 1 << 1,
    RING_WAITS_GIL = 1 << 2,
    RING_IN_GC = 1 << 3,
    RING_DOUBTED = 1 << 6,     /* there was no way to know whether the thread ran while it was read */
    RING_GIL_UNKNOWN = 1 << 7, /* nor whether it waited for the GIL */
};

struct ring_frame {
    uint32_t code; /* id of a RING_CODE */
    int32_t instr; /* byte offset of the current instruction; -1 before the first */
};

/*
 * One thread's stack in this round.  `keep` frames, from the outermost, are as in the thread's last RING_SAMPLE; then
 * come `fresh` frames, outermost first.  A thread that is alive and has neither RING_SAMPLE nor RING_MISSED in a
 * round did not run since its last sample: same stack, same flags without RING_ON_CPU, no CPU time.  (A thread that
 * waits for the GIL still does so then, and one that is blocked elsewhere does not begin to.)
 */
struct ring_sample {
    uint32_t thread;
    uint32_t flags;
    uint64_t cpu; /* thread's CPU clock, ns */
    uint32_t keep;
    uint32_t fresh;
    struct ring_frame frames[];
};

/* The thread was there and could not be read without doubt. */
struct ring_missed {
    uint32_t thread;
    uint32_t reserved;
};

/* What the code asks for, as bits; the stream's function flags have the same meaning (pyprof(5)). */
enum ring_code_flags {
    RING_CODE_HIDDEN = 1,
};

/* Body: file name, qualified name, line table, one after the other. */
struct ring_code {
    uint32_t id;
    int32_t firstline;
    uint32_t lines_kind; /* enum lines_kind, cpython/lines.h */
    uint32_t file_size;
    uint32_t name_size;
    uint32_t lines_size;
    uint32_t flags; /* enum ring_code_flags */
    uint32_t reserved;
    uint8_t bytes[];
};

/* Body: the name, which may be empty while it is unknown. */
struct ring_thread {
    uint32_t thread; /* id within this ring; never reused */
    int32_t tid;
    uint64_t pthread;
    uint64_t start; /* when it was first seen */
    uint64_t cpu;   /* thread's CPU clock then, ns */
    uint32_t name_size;
    uint32_t reserved;
    uint8_t name[];
};

struct ring_thread_end {
    uint32_t thread;
    uint32_t reserved;
    uint64_t time; /* when it was first missed */
    uint64_t cpu;  /* last known */
};

/* Body: `prefixes` strings, then `paths` strings, each a uint32_t length and its bytes, unpadded. */
struct ring_sys {
    uint32_t prefixes;
    uint32_t paths;
    uint8_t bytes[];
};

/* The writing end.  One thread; async-signal-safe; no function fails otherwise than by its result. */
struct ring_writer {
    struct ring_shared *shared;
    uint8_t *bytes;
    uint64_t capacity; /* own copy */
    uint64_t next;     /* where the next record goes, counted like head */
    uint64_t spare;    /* bytes that ring_write must leave free; set by the caller, 0 at first */
};

/* Makes a writer of a fresh mapping of RING_HEADER_SIZE + capacity bytes. */
void ring_writer_init(struct ring_writer *, void *mapping, uint64_t capacity, uint64_t period, uint64_t start);

/* Bytes that could be written now. */
uint64_t ring_room(const struct ring_writer *);

/*
 * Writes a record whose body is `parts` joined; not yet visible to the reader.  False (and nothing written) if it
 * does not fit while leaving `spare` bytes.
 */
struct ring_part {
    const void *bytes;
    size_t size;
};
bool ring_write(struct ring_writer *, enum ring_type, const struct ring_part *parts, size_t n);

/* Takes back what was written since `next` had the value `mark`, which must not be published yet. */
void ring_rewind(struct ring_writer *, uint64_t mark);

/* Makes everything written so far visible. */
void ring_publish(struct ring_writer *);

/* The reading end. */
struct ring_reader {
    struct ring_shared *shared;
    const uint8_t *bytes;
    uint64_t capacity; /* as checked when it was opened: the shared one is not trusted again */
    uint64_t tail;
};

/* Checks a mapping of `size` bytes; false if it is not a ring of this layout. */
bool ring_reader_init(struct ring_reader *, void *mapping, size_t size);

/*
 * Copies the next published record, header first, into `into` (room for RING_RECORD_MAX bytes, 8-byte aligned).
 * Returns 1, 0 when there is none, -1 when the ring holds nonsense, after which it must not be read again.
 */
int ring_next(struct ring_reader *, void *into);

/* Gives the room of the records read so far back to the writer. */
void ring_release(struct ring_reader *);

#endif
