/*
 * objects_test: objects of real interpreters, read from outside, against what the program says of them
 *
 * Run in the repository's root.
 */
#include "record/objects.h"

#include "tap.h"
#include "target.h"

enum { ROOM = 256 * 1024, THREADS = 64 };

static struct walk_stack stack;
static char room[3][ROOM];

/* How many objects of a sort were looked at, and how many of them were read wrongly. */
struct score {
    size_t seen, wrong;
};

/* The lines "sys", in the order they are to be delivered. */
struct expected_sys {
    char *said[OBJECTS_PATH_MAX];
    size_t n, delivered, wrong;
};

static struct objects_buffer buffer(int which, size_t size)
{
    return (struct objects_buffer){room[which], size, 0};
}

static uint64_t number(char **save)
{
    const char *word = strtok_r(NULL, " ", save);
    return word ? strtoull(word, NULL, 10) : 0;
}

static bool equal(const struct objects_buffer *text, char *said)
{
    size_t len = unhex(said + 1);
    return len == text->len && memcmp(said + 1, text->bytes, len) == 0;
}

/* A text read into less room is its beginning, cut between two characters. */
static bool begins(const struct target *t, uint64_t address, const struct objects_buffer *whole)
{
    size_t half = whole->len / 2;
    struct objects_buffer part = buffer(1, half);
    return objects_str(&t->rt, address, &part) && part.len <= half && part.len + 4 > half &&
           memcmp(part.bytes, whole->bytes, part.len) == 0 &&
           (part.len == whole->len || (whole->bytes[part.len] & 0xC0) != 0x80);
}

static bool same_str(const struct target *t, char **save)
{
    uint64_t address = number(save);
    struct objects_buffer text = buffer(0, ROOM);
    char *said = strtok_r(NULL, " ", save);
    bool raw =
        strstr(said, "fffe") || strstr(said, "ff80"); /* bytes that are no UTF-8 have no characters to cut between */
    return objects_str(&t->rt, address, &text) && equal(&text, said) && (raw || begins(t, address, &text));
}

static bool same_code(const struct target *t, char **save)
{
    struct walk_code code;
    code.address = number(save);
    code.qualname = number(save);
    code.linetable = number(save);
    code.firstline = (int32_t)number(save);
    code.size = (int32_t)number(save);
    struct objects_code read = {buffer(0, ROOM), buffer(1, ROOM), buffer(2, ROOM), 0, false};
    bool same = objects_code(&t->rt, &code, &read) && read.firstline == code.firstline &&
                equal(&read.qualname, strtok_r(NULL, " ", save)) &&
                equal(&read.filename, strtok_r(NULL, " ", save)) &&
                equal(&read.linetable, strtok_r(NULL, " ", save)) && read.hidden == number(save);
    size_t table = read.linetable.len;
    read.linetable.room = table ? table - 1 : 0;
    same &= objects_code(&t->rt, &code, &read) && read.linetable.len == 0;
    code.firstline++;
    same &= !objects_code(&t->rt, &code, &read);
    code.firstline--;
    code.address += 8;
    return same && !objects_code(&t->rt, &code, &read);
}

static bool same_name(const struct target *t, char **save)
{
    struct walk_thread threads[THREADS];
    uint64_t ident = number(save);
    struct objects_buffer name = buffer(0, 100);
    size_t n = walk_threads(&t->rt, threads, THREADS);
    for (size_t i = 0; i < n; i++)
        if (threads[i].pthread == ident && walk_stack(&t->rt, &threads[i], &stack) == WALK_OK)
            return objects_thread_name(&t->rt, &stack.frames[stack.depth - 1], &name) &&
                   equal(&name, strtok_r(NULL, " ", save)) && !objects_thread_name(&t->rt, &stack.frames[0], &name);
    return false;
}

static bool long_is_cut(const struct target *t, char **save)
{
    struct objects_buffer text = buffer(0, ROOM);
    return objects_str(&t->rt, number(save), &text) && text.len == OBJECTS_TEXT_MAX &&
           number(save) > OBJECTS_TEXT_MAX && strspn(text.bytes, "a") >= text.len;
}

static void take_sys(void *context, enum objects_sys_kind kind, const struct objects_buffer *value)
{
    struct expected_sys *expected = context;
    char *save = NULL;
    if (expected->delivered++ >= expected->n)
        return;
    char *said = expected->said[expected->delivered - 1];
    expected->wrong += strtoul(strtok_r(said, " ", &save), NULL, 10) != (unsigned long)kind ||
                       !equal(value, strtok_r(NULL, " ", &save));
}

static void check_sys(const struct target *t, struct expected_sys *expected, const char *python)
{
    struct walk_thread thread;
    bool read = walk_threads(&t->rt, &thread, 1) == 1 &&
                objects_sys(&t->rt, thread.interp, buffer(0, ROOM), take_sys, expected);
    ok(read && expected->delivered == expected->n && expected->n > 5 && !expected->wrong,
       "%s: %zu values of sys, %zu delivered, %zu wrong", python, expected->n, expected->delivered, expected->wrong);
    for (size_t i = 0; i < expected->n; i++)
        free(expected->said[i]);
}

/* Addresses where nothing or nonsense is. */
static void check_nonsense(const struct target *t, const char *python)
{
    const uint64_t addresses[] = {
        0, 1, 8, 4096, t->rt.address, t->rt.address + 1, INT64_MAX, UINT64_MAX, UINT64_MAX - 15};
    size_t believed = 0;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct walk_frame frame = {.code = {.address = addresses[i], .qualname = addresses[i]},
                                   .address = addresses[i]};
        struct objects_code code = {buffer(0, ROOM), buffer(1, ROOM), buffer(2, ROOM), 0, false};
        struct objects_buffer text = buffer(0, ROOM);
        struct expected_sys none = {.n = 0};
        believed += objects_str(&t->rt, addresses[i], &text);
        believed += objects_code(&t->rt, &frame.code, &code);
        believed += objects_thread_name(&t->rt, &frame, &text);
        believed += objects_sys(&t->rt, addresses[i], text, take_sys, &none);
    }
    ok(believed == 0, "%s: addresses of nothing are refused", python);
}

static void check_python(const char *python)
{
    struct target t;
    struct score str = {0}, no_str = {0}, code = {0}, name = {0}, cut = {0};
    struct expected_sys sys = {.n = 0};
    char *said;
    bool started = ok(target_start(&t, python, "objects_target.py"), "%s: starts", python);
    while (started && (said = target_line(&t))) {
        char *save = NULL;
        const char *sort = strtok_r(said, " ", &save);
        struct objects_buffer text = buffer(0, ROOM);
        if (!strcmp(sort, "str"))
            str.seen++, str.wrong += !same_str(&t, &save);
        else if (!strcmp(sort, "notstr"))
            no_str.seen++, no_str.wrong += objects_str(&t.rt, number(&save), &text);
        else if (!strcmp(sort, "long"))
            cut.seen++, cut.wrong += !long_is_cut(&t, &save);
        else if (!strcmp(sort, "code"))
            code.seen++, code.wrong += !same_code(&t, &save);
        else if (!strcmp(sort, "thread"))
            name.seen++, name.wrong += !same_name(&t, &save);
        else if (!strcmp(sort, "sys") && sys.n < OBJECTS_PATH_MAX)
            sys.said[sys.n++] = strdup(save);
    }
    ok(str.seen > 10 && !str.wrong, "%s: %zu of %zu strings wrong", python, str.wrong, str.seen);
    ok(no_str.seen > 5 && !no_str.wrong, "%s: %zu of %zu other objects taken for strings", python, no_str.wrong,
       no_str.seen);
    ok(cut.seen == 1 && !cut.wrong, "%s: a long string is cut", python);
    ok(code.seen > 1000 && !code.wrong, "%s: %zu of %zu code objects wrong", python, code.wrong, code.seen);
    ok(name.seen > 5 && !name.wrong, "%s: %zu of %zu threads' names wrong", python, name.wrong, name.seen);
    check_sys(&t, &sys, python);
    if (started)
        check_nonsense(&t, python);
    target_stop(&t);
}

int main(void)
{
    static char pythons[PYTHONS_MAX][PATH_ROOM];
    size_t n = find_pythons(pythons);
    ok(n > 0, "%zu interpreters found", n);
    for (size_t i = 0; i < n; i++)
        check_python(pythons[i]);
    return done_testing();
}
