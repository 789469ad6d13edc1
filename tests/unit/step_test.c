/*
 * step_test: a thread that stands still may stand at any instruction
 *
 * Run in the repository's root.  For each CPython found: a program (step_target.py) is stepped through with ptrace(2),
 * one machine instruction at a time, and its stack is read after each.  Every stack must be one that the program can
 * have: each function in it called by one that calls it.
 */
#include <errno.h>
#include <sys/ptrace.h>

#include "record/objects.h"
#include "record/walk/walk.h"
#include "tap.h"
#include "target.h"

enum { STEPS = 100000, THREADS = 8, EDGES = 512, CODES = 256, NAME = 32 };

struct edge {
    char callee[NAME], caller[NAME];
};

/* What is known of the code objects met so far. */
struct seen {
    struct walk_code code;
    char name[NAME];
};

static struct walk_stack stack;
static struct edge edges[EDGES];
static struct seen seen[CODES];
static size_t edge_count, seen_count;

static bool may_call(const char *caller, const char *callee)
{
    for (size_t i = 0; i < edge_count; i++)
        if (strcmp(edges[i].callee, callee) == 0 && strcmp(edges[i].caller, caller) == 0)
            return true;
    return false;
}

/* A function's plain name; the latest CODES of them are remembered. */
static const char *name_of(const struct target *t, const struct walk_code *code)
{
    static char filename[4096], linetable[65536];
    struct objects_code out = {
        .filename = {filename, sizeof filename, 0},
        .linetable = {linetable, sizeof linetable, 0},
    };
    for (size_t i = 0; i < seen_count && i < CODES; i++)
        if (memcmp(&seen[i].code, code, sizeof *code) == 0)
            return seen[i].name;
    struct seen *fresh = &seen[seen_count++ % CODES];
    out.qualname = (struct objects_buffer){fresh->name, NAME - 1, 0};
    fresh->code = *code;
    if (!objects_code(&t->rt, code, &out))
        return "?";
    fresh->name[out.qualname.len] = '\0';
    char *last = strrchr(fresh->name, '.');
    if (last)
        memmove(fresh->name, last + 1, strlen(last));
    return fresh->name;
}

static void print_stack(const struct target *t)
{
    for (uint32_t i = stack.depth; i-- > 0;)
        fprintf(stderr, "%s %s", i + 1 == stack.depth ? "#" : " >", name_of(t, &stack.frames[i].code));
    fputc('\n', stderr);
}

static bool is_legal(const struct target *t)
{
    char callee[NAME];
    for (uint32_t i = 0; i + 1 < stack.depth; i++) {
        snprintf(callee, sizeof callee, "%s", name_of(t, &stack.frames[i].code));
        if (!may_call(name_of(t, &stack.frames[i + 1].code), callee))
            return false;
    }
    return strcmp(name_of(t, &stack.frames[stack.depth - 1].code), "<module>") == 0;
}

/* Reads the target's edges and its thread's id. */
static uint64_t learn(struct target *t)
{
    uint64_t ident = 0;
    char *said;
    edge_count = seen_count = 0;
    while ((said = target_line(t))) {
        char *save = NULL;
        char *word = strtok_r(said, " ", &save), *first = strtok_r(NULL, " ", &save);
        if (strcmp(word, "thread") == 0) {
            ident = strtoull(first, NULL, 10);
        } else if (edge_count < EDGES) {
            struct edge *edge = &edges[edge_count++];
            snprintf(edge->callee, NAME, "%s", first);
            snprintf(edge->caller, NAME, "%s", strtok_r(NULL, " ", &save));
        }
    }
    return ident;
}

static bool step(pid_t pid)
{
    int status;
    return ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static void check_steps(const struct target *t, const struct walk_thread *thread, const char *python)
{
    size_t steps = 0, count[3] = {0}, illegal = 0;
    uint32_t deepest = 0;
    for (; steps < STEPS && step(t->pid); steps++) {
        enum walk_result result = walk_stack(&t->rt, thread, &stack);
        count[result]++;
        if (result == WALK_OK && !is_legal(t) && ++illegal <= 5)
            print_stack(t);
        if (stack.depth > deepest)
            deepest = stack.depth;
    }
    ok(steps == STEPS && deepest > 5, "%s: %zu steps, up to %u frames", python, steps, deepest);
    ok(illegal == 0, "%s: %zu stacks that cannot be", python, illegal);
    ok(count[WALK_NO_PYTHON] == 0, "%s: %zu times no Python at all", python, count[WALK_NO_PYTHON]);
    /* Some 3 in 100 as built for use; debug builds take their time between two stores. */
    ok(count[WALK_TORN] * 5 < STEPS, "%s: %zu refused", python, count[WALK_TORN]);
}

static bool find_thread(const struct target *t, uint64_t ident, struct walk_thread *thread)
{
    struct walk_thread threads[THREADS];
    size_t n = walk_threads(&t->rt, threads, THREADS), i = 0;
    while (i < n && threads[i].pthread != ident)
        i++;
    if (i < n)
        *thread = threads[i];
    return i < n;
}

static void check(const char *python)
{
    struct target t;
    struct walk_thread thread;
    int status;
    if (ok(target_start(&t, python, "step_target.py"), "%s: starts", python)) {
        uint64_t ident = learn(&t);
        bool stopped = ptrace(PTRACE_ATTACH, t.pid, NULL, NULL) == 0 && waitpid(t.pid, &status, 0) == t.pid;
        if (ok(stopped && find_thread(&t, ident, &thread), "%s: is stopped, its thread is found", python))
            check_steps(&t, &thread, python);
        ptrace(PTRACE_DETACH, t.pid, NULL, NULL);
    }
    target_stop(&t);
}

int main(void)
{
    static char pythons[PYTHONS_MAX][PATH_ROOM];
    size_t n = find_pythons(pythons);
    ok(n > 0, "%zu interpreters found", n);
    for (size_t i = 0; i < n; i++)
        check(pythons[i]);
    return done_testing();
}
