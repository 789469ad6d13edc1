/*
 * walk_test: real interpreters, read from outside, against what they say of their own stacks
 *
 * Run in the repository's root.  For each CPython found: threads parked in all kinds of places (walk_target.py) must
 * be read exactly; a program that never stands still (busy_target.py) may be misread, but not endlessly nor fatally;
 * layouts of other versions must be refused.
 */
#include <stdlib.h>
#include <time.h>

#include "record/objects.h"
#include "record/walk/walk.h"
#include "tap.h"
#include "target.h"

enum { THREADS = 64, BUSY_READS = 3000 };

static struct walk_stack stack;
static struct lines_range ranges[65536];

/* A code object's names, as read. */
struct names {
    char filename[4096], qualname[4096], linetable[65536];
    struct objects_code code;
};

static struct names names;

static bool read_names(const struct target *t, const struct walk_code *code)
{
    names.code.filename = (struct objects_buffer){names.filename, sizeof names.filename, 0};
    names.code.qualname = (struct objects_buffer){names.qualname, sizeof names.qualname, 0};
    names.code.linetable = (struct objects_buffer){names.linetable, sizeof names.linetable, 0};
    return objects_code(&t->rt, code, &names.code);
}

/* Whether a buffer holds what "x" and hexadecimal digits say; the digits are decoded in place. */
static bool equal(const struct objects_buffer *buffer, char *said)
{
    size_t len = unhex(said + 1);
    return len == buffer->len && memcmp(said + 1, buffer->bytes, len) == 0;
}

/* Compares a frame with the line "frame LINE INSTR NAME FILE". */
static bool same_frame(const struct target *t, const struct walk_frame *frame, char *said)
{
    char *save = NULL;
    strtok_r(said, " ", &save);
    int32_t line = (int32_t)strtol(strtok_r(NULL, " ", &save), NULL, 10);
    int32_t instr = (int32_t)strtol(strtok_r(NULL, " ", &save), NULL, 10);
    char *name = strtok_r(NULL, " ", &save), *file = strtok_r(NULL, " ", &save);
    if (!read_names(t, &frame->code))
        return false;
    const struct objects_code *code = &names.code;
    size_t n = lines_decode(t->rt.layout->lines, (const uint8_t *)code->linetable.bytes, code->linetable.len,
                            code->firstline, ranges, sizeof ranges / sizeof *ranges);
    int32_t read = lines_at(ranges, n, code->firstline, frame->instr);
    bool same = equal(&code->qualname, name) && equal(&code->filename, file) && read == line &&
                (instr == -2 || instr == frame->instr);
    if (!same)
        fprintf(stderr, "# %.*s line %d instr %d: the program says %s line %d instr %d\n", (int)code->qualname.len,
                code->qualname.bytes, read, frame->instr, name + 1, line, instr);
    return same;
}

/* Compares the stack that was read with the lines up to "end"; counts frames that differ. */
static uint32_t compare_stack(struct target *t)
{
    uint32_t i = 0, wrong = 0;
    char *said;
    while ((said = target_line(t)) && strcmp(said, "end")) {
        if (i < stack.depth)
            wrong += !same_frame(t, &stack.frames[i], said);
        i++;
    }
    bool cut = i > WALK_DEPTH_MAX;
    if (stack.cut != cut || stack.depth != (cut ? WALK_DEPTH_MAX : i))
        fprintf(stderr, "# depth %u, of %u as the program says\n", stack.depth, i), wrong++;
    return wrong;
}

static bool same_thread_name(const struct target *t, char *said)
{
    char bytes[200];
    struct objects_buffer name = {bytes, sizeof bytes, 0};
    if (stack.cut)
        return true;
    bool named = objects_thread_name(&t->rt, &stack.frames[stack.depth - 1], &name);
    return strcmp(said, "-") == 0 ? !named : named && equal(&name, said);
}

/* One "thread IDENT NAME" and its frames. */
static void check_thread(struct target *t, const struct walk_thread *threads, size_t n, char *said,
                         const char *python)
{
    char *save = NULL;
    strtok_r(said, " ", &save);
    uint64_t ident = strtoull(strtok_r(NULL, " ", &save), NULL, 10);
    char name[200], label[200];
    snprintf(name, sizeof name, "%s", strtok_r(NULL, " ", &save));
    snprintf(label, sizeof label, "%s", name + (*name == 'x'));
    if (*name == 'x')
        label[unhex(label)] = '\0';
    size_t i = 0;
    while (i < n && threads[i].pthread != ident)
        i++;
    enum walk_result result = i < n ? walk_stack(&t->rt, &threads[i], &stack) : WALK_TORN;
    if (result == WALK_OK) /* again, now with what the first left behind */
        result = walk_stack(&t->rt, &threads[i], &stack);
    ok(result == WALK_OK, "%s: thread %s is found and read", python, label);
    ok(compare_stack(t) == 0, "%s: %u frames of thread %s are the program's own", python, stack.depth, label);
    ok(result == WALK_OK && same_thread_name(t, name), "%s: the name of thread %s", python, label);
}

/* Layouts that look the same where walk_check looks: a 3.10 read as 3.9 differs in f_lasti alone. */
static bool alike(const struct layout *a, const struct layout *b)
{
    return a == b || (a->minor + b->minor == 19 && a->minor * b->minor == 90);
}

static void check_layouts(struct target *t, const char *python)
{
    static const struct layout *const all[] = {
        &layout_2_07,  &layout_3_06,  &layout_3_07,  &layout_3_08,  &layout_3_09, &layout_3_10,
        &layout_3_11,  &layout_3_12,  &layout_3_13,  &layout_3_14,  &layout_3_15, &layout_2_07d,
        &layout_3_06d, &layout_3_07d, &layout_3_13t, &layout_3_14t, &layout_3_15t};
    static const char *const endings[] = {"", "d", "t"};
    char why[200];
    enum walk_result result = walk_check(&t->rt, &stack, why, sizeof why);
    ok(result == WALK_OK && !*why, "%s: its layout fits (%s)", python, why);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct walk_runtime wrong = t->rt;
        wrong.layout = all[i];
        if (!alike(all[i], t->rt.layout))
            ok(walk_check(&wrong, &stack, why, sizeof why) != WALK_OK, "%s: the layout of %d.%d%s does not (%s)",
               python, all[i]->major, all[i]->minor, endings[all[i]->build], why);
    }
}

static void check_gil(const struct target *t, const struct walk_thread *thread, const char *python)
{
    struct walk_gil gil;
    ok(walk_gil(&t->rt, thread->interp, &gil) == WALK_OK && !gil.locked, "%s: nobody holds the GIL", python);
    bool counted =
        t->rt.layout->runtime.interpreters_head != LAYOUT_ABSENT && t->rt.layout->build != LAYOUT_FREE_THREADED;
    ok(gil.counted == counted && counted == (gil.last_holder && gil.switches > 0), "%s: somebody did, if counted",
       python);
    ok(!walk_collecting(&t->rt, thread->interp), "%s: no garbage is collected", python);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What a walk costs, for people. */
static void time_walks(const struct target *t, const struct walk_thread *threads, size_t n)
{
    enum { WALKS = 500 };
    for (size_t i = 0; i < n; i++) {
        if (walk_stack(&t->rt, &threads[i], &stack) != WALK_OK || stack.depth > 1000)
            continue;
        double begin = seconds();
        for (int k = 0; k < WALKS; k++)
            walk_stack(&t->rt, &threads[i], &stack);
        printf("# %d.%d: %u frames in %.1f us\n", t->rt.layout->major, t->rt.layout->minor, stack.depth,
               (seconds() - begin) / WALKS * 1e6);
    }
}

/*
 * A reader that now and then returns a flipped bit, as memory that is written meanwhile may; reproducible.  Global,
 * as a struct mem has no room for what a reader needs beyond its process.
 */
static struct mem sound;
static uint32_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static size_t flipping_readv(const struct mem *m, const struct mem_piece *pieces, size_t n)
{
    size_t whole = m->pid == sound.pid ? sound.readv(&sound, pieces, n) : 0;
    for (size_t i = 0; i < whole; i++)
        if (pieces[i].len && chance(40) == 0)
            ((unsigned char *)pieces[i].into)[chance((uint32_t)pieces[i].len)] ^= (unsigned char)(1u << chance(8));
    return whole;
}

/* Whatever is read, every function comes back, within its bounds (which the sanitizers see best). */
static void check_damage(const struct target *t, const char *python)
{
    enum { ROUNDS = 300 };
    struct target damaged = *t;
    struct walk_thread threads[THREADS];
    struct walk_gil gil;
    char bytes[100], why[200];
    struct objects_buffer name = {bytes, sizeof bytes, 0};
    size_t torn = 0, walked = 0;
    sound = t->rt.mem;
    seed = 1;
    damaged.rt.mem.readv = flipping_readv;
    for (int i = 0; i < ROUNDS; i++) {
        size_t n = walk_threads(&damaged.rt, threads, THREADS);
        for (size_t k = 0; k < n; k++) {
            bool walk = walk_stack(&damaged.rt, &threads[k], &stack) == WALK_OK;
            torn += !walk;
            walked += walk;
            if (!walk)
                continue;
            objects_thread_name(&damaged.rt, &stack.frames[stack.depth - 1], &name);
            read_names(&damaged, &stack.frames[0].code);
            walk_gil(&damaged.rt, threads[k].interp, &gil);
        }
        if (i % 16 == 0)
            walk_check(&damaged.rt, &stack, why, sizeof why);
    }
    ok(torn > 0 && walked > 0, "%s: with flipped bits %zu stacks were read, %zu refused", python, walked, torn);
}

static void parked(const char *python)
{
    struct target t;
    struct walk_thread threads[THREADS];
    char *said;
    uint32_t listed = 0;
    if (ok(target_start(&t, python, "walk_target.py"), "%s: starts", python)) {
        size_t n = 0;
        while ((said = target_line(&t))) {
            n = walk_threads(&t.rt, threads, THREADS);
            check_thread(&t, threads, n, said, python);
            listed++;
        }
        ok(n == listed && n > 10, "%s: all its %u threads were listed, and no other", python, listed);
        ok(walk_threads(&t.rt, threads, 3) == 3, "%s: a list ends where the room does", python);
        if (n) {
            check_layouts(&t, python);
            check_gil(&t, threads, python);
            check_damage(&t, python);
            time_walks(&t, threads, n);
        }
    }
    target_stop(&t);
}

/* walk_check is to be asked again while no thread is seen to run Python: before 3.7, while none has the GIL. */
static enum walk_result check_soon(struct walk_runtime *rt, char *why, size_t room)
{
    enum walk_result result = WALK_NO_PYTHON;
    for (int i = 0; i < 1000 && result == WALK_NO_PYTHON; i++) {
        result = walk_check(rt, &stack, why, room);
        usleep(1000);
    }
    return result;
}

static void busy(const char *python)
{
    struct target t;
    struct walk_thread threads[THREADS];
    char why[200];
    size_t count[3] = {0}, named = 0;
    if (ok(target_start(&t, python, "busy_target.py"), "%s: starts", python) && !target_line(&t)) {
        t.rt.interp = 0; /* the walker finds it where it has to */
        ok(check_soon(&t.rt, why, sizeof why) == WALK_OK, "%s: the layout fits a busy program (%s)", python, why);
        for (int i = 0; i < BUSY_READS; i++) {
            size_t n = walk_threads(&t.rt, threads, THREADS);
            for (size_t k = 0; k < n; k++) {
                enum walk_result result = walk_stack(&t.rt, &threads[k], &stack);
                count[result]++;
                if (result == WALK_OK && i % 10 == 0)
                    named += read_names(&t, &stack.frames[0].code);
            }
        }
    }
    ok(count[WALK_OK] > 0 && named > 0, "%s: busy threads were read %zu times (%zu torn, %zu without Python)", python,
       count[WALK_OK], count[WALK_TORN], count[WALK_NO_PYTHON]);
    int status = target_stop(&t);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: the program came to no harm", python);
}

int main(void)
{
    static char pythons[PYTHONS_MAX][PATH_ROOM];
    char why[200];
    size_t n = find_pythons(pythons);
    ok(n > 0, "%zu interpreters found", n);
    for (size_t i = 0; i < n; i++) {
        parked(pythons[i]);
        busy(pythons[i]);
    }
    ok(!layout_for("3.5.2 (default)", false, why, sizeof why) && strstr(why, "3.5"), "3.5 has no layout: %s", why);
    ok(!layout_for("3.16.0a1 (main)", false, why, sizeof why) && strstr(why, "3.16"), "3.16 has none: %s", why);
    ok(!layout_for("2.10.1 ", false, why, sizeof why), "nor has 2.10: %s", why);
    ok(!layout_for("", false, why, sizeof why), "nor an empty version: %s", why);
    ok(!layout_for("3.12.0 experimental free-threading build (main)", false, why, sizeof why), "nor: %s", why);
    ok(!layout_for("3.11.2 (main)", true, why, sizeof why), "nor: %s", why);
    return done_testing();
}
