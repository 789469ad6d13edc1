#include "dump.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interpreter.h"
#include "proc.h"
#include "record/objects.h"
#include "rest.h"
#include "text.h"
#include "values.h"

enum {
    TRIES = 200, /* to read a thread, TRY_PAUSE ns apart */
    TRY_PAUSE = 1000 * 1000,
    CHECKS = 300, /* to find Python at work, as long apart; torn memory is looked at again (sample/sampler.c) */
    THREADS = 4096,
    NAME = 4096,
    TABLE = 1024 * 1024,
    ARGV = 4096,
};

/* All that is needed to read one process. */
struct dump {
    struct walk_runtime *runtime;
    struct rest *rest;
    bool locals;
    struct walk_stack stack;
    struct walk_thread threads[THREADS];
    char file[NAME], name[NAME], table[TABLE];
};

static void pause_ns(long ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static int32_t line_of(const struct dump *self, const struct objects_code *code, int32_t instr)
{
    const uint8_t *table = (const uint8_t *)code->linetable.bytes;
    enum lines_kind kind = self->runtime->layout->lines;
    size_t n = lines_decode(kind, table, code->linetable.len, code->firstline, NULL, 0);
    struct lines_range *ranges = calloc(n + 1, sizeof *ranges);
    int32_t line = code->firstline;

    if (ranges) {
        lines_decode(kind, table, code->linetable.len, code->firstline, ranges, n);
        line = lines_at(ranges, n, code->firstline, instr);
    }
    free(ranges);
    return line;
}

static void put_frame(struct dump *self, FILE *out, const struct walk_frame *frame)
{
    struct objects_code code = {
        .filename = {.bytes = self->file, .room = sizeof self->file},
        .qualname = {.bytes = self->name, .room = sizeof self->name},
        .linetable = {.bytes = self->table, .room = sizeof self->table},
        .firstline = frame->code.firstline,
    };
    if (!objects_code(self->runtime, &frame->code, &code)) {
        fprintf(out, "  (a function that cannot be named)\n");
        return;
    }
    fputs("  File \"", out);
    text_put(out, code.filename.bytes, code.filename.len);
    fprintf(out, "\", line %d, in ", (int)line_of(self, &code, frame->instr));
    text_put(out, code.qualname.bytes, code.qualname.len);
    fputc('\n', out);
    if (self->locals)
        values_put_locals(out, self->runtime, frame);
}

static void put_head(struct dump *self, FILE *out, const struct still_thread *thread, const struct still_claim *claim)
{
    const struct walk_stack *stack = &self->stack;
    struct objects_buffer name = {.bytes = self->name, .room = sizeof self->name};

    fprintf(out, "\nThread %d", (int)thread->tid);
    if (thread->tid == self->rest->still.pid) {
        fputs(" \"MainThread\"", out);
    } else if (stack->depth > 0 && !stack->cut &&
               objects_thread_name(self->runtime, &stack->frames[stack->depth - 1], &name)) {
        fputs(" \"", out);
        text_put(out, name.bytes, name.len);
        fputc('"', out);
    }
    fputs(claim->runs ? ": running" : ": waiting", out);
    if (!still_has_gil(claim) && still_wait(&self->rest->still, claim) == STILL_WAITS_GIL)
        fputs(" for the GIL", out);
    if (still_has_gil(claim))
        fputs(", holds the GIL", out);
    if (still_has_gil(claim) && walk_collecting(self->runtime, thread->walk.interp))
        fputs(", collects garbage", out);
    if (claim->doubted)
        fputs(", not verified", out);
    fputs(stack->depth ? " (most recent call last)\n" : "\n", out);
}

/* Writes what was walked; true if it stood still to the last word. */
static bool put_thread(struct dump *self, FILE *out, const struct still_thread *thread,
                       const struct still_claim *claim)
{
    put_head(self, out, thread, claim);
    if (self->stack.cut)
        fputs("  (deeper frames are not shown)\n", out);
    for (uint32_t i = self->stack.depth; i > 0; i--)
        put_frame(self, out, &self->stack.frames[i - 1]);
    if (self->stack.depth == 0)
        fputs("  (no Python frame)\n", out);
    return still_holds(&self->rest->still, claim);
}

/* One attempt; the text is kept only if it is exact. */
static bool try_thread(struct dump *self, FILE *out, struct still_thread *thread, int try)
{
    struct still_claim claim;
    char *text = NULL;
    size_t size = 0;

    if (!still_claim(&self->rest->still, thread, try, &claim))
        return false;
    if (walk_stack(self->runtime, &thread->walk, &self->stack) == WALK_TORN)
        return false;
    FILE *memory = open_memstream(&text, &size);
    bool exact = memory && still_holds(&self->rest->still, &claim) && put_thread(self, memory, thread, &claim);
    if (memory)
        fclose(memory);
    if (exact)
        fwrite(text, 1, size, out);
    free(text);
    return exact;
}

static void dump_thread(struct dump *self, FILE *out, const struct walk_thread *listed)
{
    struct still *still = &self->rest->still;
    struct still_thread thread = {.walk = *listed, .tid = still_tid(still, listed)};
    uint64_t cpu;
    bool done = false;

    if (thread.tid <= 0 || !still_cpu(still, &thread, &cpu))
        return;
    for (int try = 0; try < TRIES && !done; try++) {
        if (try > 0)
            pause_ns(TRY_PAUSE);
        done = try_thread(self, out, &thread, try);
    }
    if (!done && still_cpu(still, &thread, &cpu))
        fprintf(out, "\nThread %d: could not be read exactly\n", (int)thread.tid);
    still_forget(still, &thread);
}

static void put_process(FILE *out, pid_t pid, const char *version)
{
    char argv[ARGV];
    ssize_t size = proc_read(pid, "cmdline", argv, sizeof argv);

    fprintf(out, "Process %d:", (int)pid);
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(argv + at) + 1) {
        fputc(' ', out);
        text_put(out, argv + at, strlen(argv + at));
    }
    fprintf(out, "\nPython %s\n", version);
}

/* Checks that the memory is as the layout says, as soon as Python is at work in it. */
static bool check(struct dump *self, char *why)
{
    enum walk_result result = WALK_NO_PYTHON;

    for (int i = 0; i < CHECKS && result != WALK_OK; i++) {
        if (i > 0)
            pause_ns(TRY_PAUSE);
        result = walk_check(self->runtime, &self->stack, why, DUMP_WHY_MAX);
    }
    if (result == WALK_NO_PYTHON)
        snprintf(why, DUMP_WHY_MAX, "no thread of it runs Python");
    return result == WALK_OK;
}

static int dump_found(FILE *out, struct rest *rest, const char *version, bool locals, char *why)
{
    struct dump *self = calloc(1, sizeof *self);
    int result = -1;

    if (!self) {
        snprintf(why, DUMP_WHY_MAX, "out of memory");
        return -1;
    }
    self->rest = rest;
    self->locals = locals;
    self->runtime = rest->still.runtime;
    if (check(self, why)) {
        size_t n = walk_threads(self->runtime, self->threads, THREADS);
        put_process(out, rest->still.pid, version);
        for (size_t i = n; i > 0; i--) /* the list begins with the youngest */
            dump_thread(self, out, &self->threads[i - 1]);
        result = 0;
    }
    free(self);
    return result;
}

/* What is wrong with a process in which no interpreter was found. */
static void explain(enum interpreter_result result, const char *reason, char *why)
{
    if (result == INTERPRETER_GONE)
        snprintf(why, DUMP_WHY_MAX, "no such process");
    else if (result == INTERPRETER_DENIED)
        snprintf(why, DUMP_WHY_MAX, "its memory may not be read: %s", reason);
    else if (result == INTERPRETER_UNKNOWN)
        snprintf(why, DUMP_WHY_MAX, "its python is not known to this pyrec (%s)", reason);
    else
        snprintf(why, DUMP_WHY_MAX, "%s", reason);
}

int dump_process(FILE *out, pid_t pid, bool locals, char *why)
{
    struct interpreter found;
    char reason[INTERPRETER_WHY_MAX];
    enum interpreter_result result = interpreter_find(&found, pid, reason);

    if (result != INTERPRETER_FOUND) {
        explain(result, reason, why);
        return -1;
    }
    struct rest *rest = rest_new(pid, &found.runtime);
    if (!rest) {
        snprintf(why, DUMP_WHY_MAX, "%s", strerror(errno));
        interpreter_close(&found);
        return -1;
    }
    int done = dump_found(out, rest, found.version, locals, why);
    rest_free(rest);
    return done;
}
