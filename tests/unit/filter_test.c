/*
 * filter_test: what a filter says of names and times, and its text
 */
#include "merge/filter.h"

#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static struct pyprof_text text(const char *string)
{
    return (struct pyprof_text){.bytes = string, .size = strlen(string)};
}

/* A filter with one value. */
static struct filter *one(enum filter_kind kind, const char *value)
{
    struct filter_error error = {""};
    struct filter *filter = filter_new();
    if (filter_add(filter, kind, value, &error) < 0 || filter_done(filter, &error) < 0)
        printf("# %s\n", error.message);
    return filter;
}

static void test_paths(void)
{
    static const struct {
        const char *glob, *path;
        bool matches;
    } cases[] = {
        {"views.py", "/home/me/shop/views.py", true},
        {"views.py", "views.py", true},
        {"views.py", "/home/me/shop/reviews.py", false},
        {"view*", "/home/me/shop/views.py", true},
        {"site-packages", "/usr/lib/python3/site-packages/django/http.py", true},
        {"site-packages/", "/usr/lib/python3/site-packages/django/http.py", true},
        {"site", "/usr/lib/python3/site-packages/django/http.py", false},
        {"shop/*.py", "/home/me/shop/views.py", true},
        {"shop/*.py", "/home/me/shop/cart/views.py", true},
        {"shop/*.py", "/home/me/bookshop/views.py", false},
        {"/usr/lib", "/usr/lib/python3/os.py", true},
        {"/usr/lib", "/home/usr/lib/os.py", false},
        {"/usr/lib", "/usr/lib64/os.py", false},
        {"*/shop/*", "/home/me/shop/cart/views.py", true},
        {"*.py", "/home/me/shop/views.pyx", false},
        {"/", "/etc/x.py", false},
        {"/*", "/etc/x.py", true},
        {"<frozen *>", "<frozen importlib._bootstrap>", true},
        {"<string>", "<string>", true},
        {"[ab].py", "/x/b.py", true},
        {"\\[a].py", "/x/a.py", false},
        {"\\[a].py", "/x/[a].py", true},
        {"?.py", "/x/\xc3\xa4.py", false},
        {"*.py", "/x/\xc3\xff.py", true},
        {"*", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = one(FILTER_PATH, cases[i].glob);
        struct pyprof_function function = {.file = text(cases[i].path), .name = text("f")};
        bool matches = filter_frame(filter, &function) == FILTER_FRAME_PATH;
        ok(matches == cases[i].matches, "path '%s' %s '%s'", cases[i].glob, cases[i].matches ? "has" : "has not",
           cases[i].path);
        filter_free(filter);
    }
}

static void test_functions(void)
{
    static const struct {
        const char *regex, *name;
        size_t size;
        bool matches;
    } cases[] = {
        {"parse", "Reader.parse_all", 16, true},
        {"^parse$", "parse", 5, true},
        {"^parse$", "parser", 6, false},
        {"^parse$", "parser", 5, true},
        {"a|b", "xbx", 3, true},
        {"^$", "", 0, true},
        {"b$", "a\0b", 3, true},
        {"z", "a\0b", 3, false},
        {"<locals>\\.f", "g.<locals>.f", 12, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = one(FILTER_FUNCTION, cases[i].regex);
        struct pyprof_function function = {.name = {.bytes = cases[i].name, .size = cases[i].size}};
        bool matches = filter_frame(filter, &function) == FILTER_FRAME_FUNCTION;
        ok(matches == cases[i].matches, "function '%s' %s %zu bytes of '%s'", cases[i].regex,
           cases[i].matches ? "has" : "has not", cases[i].size, cases[i].name);
        filter_free(filter);
    }
}

static void test_threads_and_processes(void)
{
    struct filter_error error;
    struct filter *filter = filter_new();
    filter_add(filter, FILTER_THREAD, "worker*", &error);
    filter_add(filter, FILTER_THREAD, "MainThread", &error);
    filter_add(filter, FILTER_PID, "12", &error);
    filter_add(filter, FILTER_PID, "013", &error);
    ok(filter_done(filter, &error) == 0, "two threads, two processes");
    ok(filter_keeps_thread(filter, text("worker-3")) && filter_keeps_thread(filter, text("MainThread")),
       "either name is kept");
    ok(!filter_keeps_thread(filter, text("a worker")) && !filter_keeps_thread(filter, text("")), "no other is");
    ok(filter_keeps_process(filter, 12) && filter_keeps_process(filter, 13), "either process is kept");
    ok(!filter_keeps_process(filter, 1) && !filter_keeps_process(filter, 0), "no other is");
    ok(!filter_needs(filter) && !filter_cuts(filter), "stacks do not matter");
    filter_free(filter);
}

static void test_states(void)
{
    static const struct {
        uint32_t flags;
        const char *states, *lacking;
    } cases[] = {
        {0, "idle", ""},
        {PYPROF_ON_CPU, "cpu", ""},
        {PYPROF_ON_CPU | PYPROF_HOLDS_GIL, "cpu gil", ""},
        {PYPROF_ON_CPU | PYPROF_HOLDS_GIL | PYPROF_IN_GC, "cpu gil gc", ""},
        {PYPROF_HOLDS_GIL, "gil idle", ""},
        {PYPROF_WAITS_GIL, "gil-wait", ""},
        {PYPROF_DOUBTED, "idle", ""},
        {PYPROF_GIL_UNKNOWN, "", "gil-wait idle "},
        {PYPROF_GIL_UNKNOWN | PYPROF_ON_CPU, "cpu", "gil-wait "},
    };
    static const char *const names[] = {"cpu", "gil", "gil-wait", "gc", "idle"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char kept[64] = "", lacking[64] = "";
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            struct filter *filter = one(FILTER_STATE, names[j]);
            if (filter_keeps_state(filter, cases[i].flags))
                snprintf(kept + strlen(kept), sizeof kept - strlen(kept), "%s%s", *kept ? " " : "", names[j]);
            if (filter_lacks_state(filter, cases[i].flags))
                snprintf(lacking + strlen(lacking), sizeof lacking - strlen(lacking), "%s ", names[j]);
            filter_free(filter);
        }
        ok(strcmp(kept, cases[i].states) == 0, "flags %u: '%s'", cases[i].flags, kept);
        ok(strcmp(lacking, cases[i].lacking) == 0, "flags %u are too little to know: '%s'", cases[i].flags, lacking);
    }
}

static void test_times(void)
{
    static const struct {
        const char *value;
        int64_t ns;
        const char *text;
    } cases[] = {
        {"1.5", 1500000000, "--since 1.5"},    {"2s", 2000000000, "--since 2"},
        {"200ms", 200000000, "--since 0.2"},   {"2m", 120000000000, "--since 120"},
        {"1h", 3600000000000, "--since 3600"}, {"7us", 7000, "--since 0.000007"},
        {"3ns", 3, "--since 0.000000003"},     {"0", 0, "--since 0"},
        {".5m", 30000000000, "--since 30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = one(FILTER_SINCE, cases[i].value);
        struct pyprof_text is = filter_text(filter);
        ok(filter_span(filter).since == cases[i].ns && filter_span(filter).until == INT64_MAX &&
               is.size == strlen(cases[i].text) && memcmp(is.bytes, cases[i].text, is.size) == 0,
           "since '%s' is '%s'", cases[i].value, cases[i].text);
        filter_free(filter);
    }
}

static void test_bad_values(void)
{
    static const struct {
        enum filter_kind kind;
        const char *value, *says;
    } cases[] = {
        {FILTER_PID, "", "not a process id"},
        {FILTER_PID, "0", "not a process id"},
        {FILTER_PID, "-1", "not a process id"},
        {FILTER_PID, "12x", "not a process id"},
        {FILTER_PID, "99999999999999999999999", "not a process id"},
        {FILTER_SINCE, "", "not a time"},
        {FILTER_SINCE, "-1", "not a time"},
        {FILTER_SINCE, "1.2.3", "not a time"},
        {FILTER_UNTIL, "5 s", "not a time"},
        {FILTER_UNTIL, "1e3", "not a time"},
        {FILTER_UNTIL, "nan", "not a time"},
        {FILTER_UNTIL, "0x10", "not a time"},
        {FILTER_UNTIL, "ms", "not a time"},
        {FILTER_UNTIL, ".", "not a time"},
        {FILTER_UNTIL, "99999999999999", "more than"},
        {FILTER_FUNCTION, "(", "regular expression"},
        {FILTER_FUNCTION, "[", "regular expression"},
        {FILTER_STATE, "", "not cpu, gil"},
        {FILTER_STATE, "GIL", "not cpu, gil"},
        {FILTER_STATE, "gil,cpu", "not cpu, gil"},
        {FILTER_PATH, "", "empty pattern"},
        {FILTER_THREAD, "", "empty pattern"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter_error error = {""};
        struct filter *filter = filter_new();
        ok(filter_add(filter, cases[i].kind, cases[i].value, &error) < 0 && strstr(error.message, cases[i].says) &&
               strstr(error.message, filter_option(cases[i].kind)),
           "%s '%s': %s", filter_option(cases[i].kind), cases[i].value, error.message);
        filter_free(filter);
    }
}

static void test_contradictions(void)
{
    struct filter_error error;
    struct filter *filter = filter_new();
    filter_add(filter, FILTER_SINCE, "3", &error);
    filter_add(filter, FILTER_UNTIL, "2", &error);
    ok(filter_done(filter, &error) < 0 && strstr(error.message, "--since 3 is not before --until 2"), "%s",
       error.message);
    filter_free(filter);

    filter = filter_new();
    filter_add(filter, FILTER_SINCE, "3", &error);
    filter_add(filter, FILTER_UNTIL, "2", &error);
    filter_add(filter, FILTER_SINCE, "1", &error);
    filter_add(filter, FILTER_UNTIL, "4", &error);
    ok(filter_done(filter, &error) == 0 && filter_span(filter).since == 1000000000 &&
           filter_span(filter).until == 4000000000,
       "the earliest since and the latest until count");
    filter_free(filter);
}

static void test_text(void)
{
    static const char *const is = "--pid 3 --pid 12 --thread '*'\\''s' --path 'a' --path 'b' --function 'x|y' "
                                  "--state gil --state idle --exclude-path 'c' --since 1 --until 1.25";
    static const struct {
        enum filter_kind kind;
        const char *value;
    } added[] = {{FILTER_UNTIL, "1250ms"}, {FILTER_PATH, "b/"},   {FILTER_PID, "12"},    {FILTER_FUNCTION, "x|y"},
                 {FILTER_THREAD, "*'s"},   {FILTER_PATH, "a"},    {FILTER_PID, "03"},    {FILTER_CUT, "c"},
                 {FILTER_SINCE, "1.0"},    {FILTER_PATH, "b"},    {FILTER_PID, "3"},     {FILTER_PATH, "a"},
                 {FILTER_STATE, "idle"},   {FILTER_STATE, "gil"}, {FILTER_STATE, "idle"}};
    enum { ADDED = sizeof added / sizeof *added };
    struct filter_error error;
    for (int turn = 0; turn < 2; turn++) {
        struct filter *filter = filter_new();
        ok(turn || filter_text(filter).size == 0, "nothing asked for, nothing said");
        for (int i = 0; i < ADDED; i++)
            filter_add(filter, added[turn ? ADDED - 1 - i : i].kind, added[turn ? ADDED - 1 - i : i].value, &error);
        ok(filter_done(filter, &error) == 0 && filter_text(filter).size == strlen(is) &&
               memcmp(filter_text(filter).bytes, is, strlen(is)) == 0,
           "the text of a filter, told %s", turn ? "backwards" : "forwards");
        filter_free(filter);
    }
    struct filter *filter = filter_new();
    ok(filter_done(filter, &error) == 0 && filter_empty(filter), "a filter of nothing is empty");
    filter_free(filter);
}

int main(void)
{
    test_paths();
    test_functions();
    test_threads_and_processes();
    test_states();
    test_times();
    test_bad_values();
    test_contradictions();
    test_text();
    return done_testing();
}
