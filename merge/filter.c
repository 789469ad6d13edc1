#include "merge/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 65536 }; /* of a string in a stream (pyprof(5), LIMITS) */

static const int64_t SECOND = 1000000000;

/* A value of an option: its canonical text, and what it means. */
struct value {
    char *text;
    uint64_t number; /* a pid, or ns */
    regex_t *regex;
};

struct values {
    struct value *items;
    size_t count;
};

struct filter {
    struct values kinds[FILTER_KINDS];
    struct filter_span span;
    char *text;
    size_t size;
};

static const char *const options[FILTER_KINDS] = {
    [FILTER_PID] = "--pid",           [FILTER_THREAD] = "--thread", [FILTER_PATH] = "--path",
    [FILTER_FUNCTION] = "--function", [FILTER_STATE] = "--state",   [FILTER_CUT] = "--exclude-path",
    [FILTER_SINCE] = "--since",       [FILTER_UNTIL] = "--until",
};

/* What a sample's flags must have and lack; the place in the table is the value's number. */
static const struct state {
    const char *name;
    uint32_t has, lacks;
} states[] = {
    {"cpu", PYPROF_ON_CPU, 0},
    {"gil", PYPROF_HOLDS_GIL, 0},
    {"gil-wait", PYPROF_WAITS_GIL, 0},
    {"gc", PYPROF_IN_GC, 0},
    {"idle", 0, PYPROF_ON_CPU | PYPROF_WAITS_GIL | PYPROF_GIL_UNKNOWN},
};

enum { STATES = sizeof states / sizeof *states };

const char *filter_option(enum filter_kind kind)
{
    return options[kind];
}

struct filter *filter_new(void)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter)
        filter->span = (struct filter_span){.since = INT64_MIN, .until = INT64_MAX};
    return filter;
}

static void free_value(struct value *value)
{
    free(value->text);
    if (value->regex) {
        regfree(value->regex);
        free(value->regex);
    }
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (int kind = 0; kind < FILTER_KINDS; kind++) {
        for (size_t i = 0; i < filter->kinds[kind].count; i++)
            free_value(&filter->kinds[kind].items[i]);
        free(filter->kinds[kind].items);
    }
    free(filter->text);
    free(filter);
}

static int fail(struct filter_error *error, const char *message, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct filter_error *error, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    vsnprintf(error->message, sizeof error->message, message, arguments);
    va_end(arguments);
    return -1;
}

static int parse_pid(struct value *value, const char *from, struct filter_error *error)
{
    char *end;
    errno = 0;
    value->number = strtoull(from, &end, 10);
    if (strspn(from, "0123456789") != strlen(from) || end == from || errno || !value->number)
        return fail(error, "--pid '%s': not a process id", from);
    return asprintf(&value->text, "%" PRIu64, value->number) < 0 ? fail(error, "out of memory") : 0;
}

/* ns as seconds, with the decimals that they need. */
static int print_time(char **text, uint64_t ns)
{
    int length = asprintf(text, "%" PRIu64 ".%09" PRIu64, ns / (uint64_t)SECOND, ns % (uint64_t)SECOND);
    if (length < 0)
        return -1;
    char *end = *text + length;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return 0;
}

static int parse_time(struct value *value, const char *option, const char *from, struct filter_error *error)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"m", 60e9}, {"h", 3600e9}};
    size_t digits = strspn(from, "0123456789.");
    char *end = NULL;
    double number = digits ? strtod(from, &end) : 0;
    for (size_t i = 0; digits && i < sizeof units / sizeof *units; i++) {
        if (end != from + digits || strcmp(end, units[i].name) != 0)
            continue;
        if (number * units[i].ns >= 0x1p62)
            return fail(error, "%s '%s': more than 146 years", option, from);
        value->number = (uint64_t)(number * units[i].ns + 0.5);
        return print_time(&value->text, value->number) < 0 ? fail(error, "out of memory") : 0;
    }
    return fail(error, "%s '%s': not a time such as 1.5, 200ms or 2m", option, from);
}

static int parse_regex(struct value *value, const char *from, struct filter_error *error)
{
    value->regex = calloc(1, sizeof *value->regex);
    value->text = strdup(from);
    if (!value->regex || !value->text)
        return fail(error, "out of memory");
    int code = regcomp(value->regex, from, REG_EXTENDED | REG_NOSUB);
    if (!code)
        return 0;
    char why[80];
    regerror(code, value->regex, why, sizeof why);
    free(value->regex);
    value->regex = NULL;
    return fail(error, "--function '%s': not a regular expression: %s", from, why);
}

static int parse_glob(struct value *value, enum filter_kind kind, const char *from, struct filter_error *error)
{
    if (!*from)
        return fail(error, "%s '': an empty pattern matches nothing", options[kind]);
    value->text = strdup(from);
    if (!value->text)
        return fail(error, "out of memory");
    if (kind == FILTER_THREAD)
        return 0;
    for (size_t size = strlen(from); size > 1 && value->text[size - 1] == '/'; size--)
        value->text[size - 1] = '\0'; /* a folder: `lib/` is `lib` */
    return 0;
}

static int parse_state(struct value *value, const char *from, struct filter_error *error)
{
    for (size_t i = 0; i < STATES; i++) {
        if (strcmp(from, states[i].name) != 0)
            continue;
        value->number = i;
        value->text = strdup(from);
        return value->text ? 0 : fail(error, "out of memory");
    }
    return fail(error, "--state '%.100s': not cpu, gil, gil-wait, gc or idle", from);
}

static int parse_value(struct value *value, enum filter_kind kind, const char *from, struct filter_error *error)
{
    switch (kind) {
    case FILTER_PID:
        return parse_pid(value, from, error);
    case FILTER_SINCE:
    case FILTER_UNTIL:
        return parse_time(value, options[kind], from, error);
    case FILTER_FUNCTION:
        return parse_regex(value, from, error);
    case FILTER_STATE:
        return parse_state(value, from, error);
    default:
        return parse_glob(value, kind, from, error);
    }
}

int filter_add(struct filter *filter, enum filter_kind kind, const char *from, struct filter_error *error)
{
    struct values *values = &filter->kinds[kind];
    struct value value = {0};
    if (strlen(from) > TEXT_MAX / 2)
        return fail(error, "%s: a value of %zu bytes is too long", options[kind], strlen(from));
    if (parse_value(&value, kind, from, error) < 0) {
        free_value(&value);
        return -1;
    }
    struct value *larger = reallocarray(values->items, values->count + 1, sizeof *larger);
    if (!larger) {
        free_value(&value);
        return fail(error, "out of memory");
    }
    values->items = larger;
    values->items[values->count++] = value;
    return 0;
}

static int compare_values(const void *left, const void *right)
{
    const struct value *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return strcmp(a->text, b->text);
}

static void sort_values(struct values *values)
{
    if (!values->count)
        return;
    qsort(values->items, values->count, sizeof *values->items, compare_values);
    size_t kept = 1;
    for (size_t i = 1; i < values->count; i++) {
        if (compare_values(&values->items[i], &values->items[kept - 1]) == 0)
            free_value(&values->items[i]);
        else
            values->items[kept++] = values->items[i];
    }
    values->count = kept;
}

/* Of sorted values, leaves the first or the last. */
static void keep_one(struct values *values, bool last)
{
    if (!values->count)
        return;
    size_t kept = last ? values->count - 1 : 0;
    for (size_t i = 0; i < values->count; i++)
        if (i != kept)
            free_value(&values->items[i]);
    values->items[0] = values->items[kept];
    values->count = 1;
}

static void print_quoted(FILE *to, const char *text)
{
    putc('\'', to);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    }
    putc('\'', to);
}

static int make_text(struct filter *filter)
{
    FILE *to = open_memstream(&filter->text, &filter->size);
    if (!to)
        return -1;
    for (int kind = 0; kind < FILTER_KINDS; kind++) {
        const struct values *values = &filter->kinds[kind];
        bool plain = kind == FILTER_PID || kind == FILTER_STATE || kind == FILTER_SINCE || kind == FILTER_UNTIL;
        for (size_t i = 0; i < values->count; i++) {
            fprintf(to, "%s%s ", ftell(to) ? " " : "", options[kind]);
            if (plain)
                fputs(values->items[i].text, to);
            else
                print_quoted(to, values->items[i].text);
        }
    }
    return fclose(to);
}

int filter_done(struct filter *filter, struct filter_error *error)
{
    for (int kind = 0; kind < FILTER_KINDS; kind++)
        sort_values(&filter->kinds[kind]);
    struct values *since = &filter->kinds[FILTER_SINCE], *until = &filter->kinds[FILTER_UNTIL];
    keep_one(since, false);
    keep_one(until, true);
    if (since->count)
        filter->span.since = (int64_t)since->items[0].number;
    if (until->count)
        filter->span.until = (int64_t)until->items[0].number;
    if (filter->span.since >= filter->span.until)
        return fail(error, "--since %s is not before --until %s", since->items[0].text, until->items[0].text);
    if (make_text(filter) < 0)
        return fail(error, "out of memory");
    if (filter->size > TEXT_MAX)
        return fail(error, "the filters take %zu bytes, over the limit of %d", filter->size, TEXT_MAX);
    return 0;
}

bool filter_empty(const struct filter *filter)
{
    return filter->size == 0;
}

struct pyprof_text filter_text(const struct filter *filter)
{
    return (struct pyprof_text){.bytes = filter->text, .size = filter->size};
}

bool filter_keeps_process(const struct filter *filter, uint64_t pid)
{
    const struct values *pids = &filter->kinds[FILTER_PID];
    for (size_t i = 0; i < pids->count; i++)
        if (pids->items[i].number == pid)
            return true;
    return pids->count == 0;
}

/* A text as a C string; where that is all there is to it, what follows a NUL does not count. */
static const char *as_string(struct pyprof_text text, char room[TEXT_MAX + 1])
{
    size_t size = text.size < TEXT_MAX ? text.size : TEXT_MAX;
    if (size)
        memcpy(room, text.bytes, size);
    room[size] = '\0';
    return room;
}

bool filter_keeps_thread(const struct filter *filter, struct pyprof_text name)
{
    const struct values *globs = &filter->kinds[FILTER_THREAD];
    char room[TEXT_MAX + 1];
    if (!globs->count)
        return true;
    const char *string = as_string(name, room);
    for (size_t i = 0; i < globs->count; i++)
        if (fnmatch(globs->items[i].text, string, 0) == 0)
            return true;
    return false;
}

bool filter_keeps_state(const struct filter *filter, uint32_t flags)
{
    const struct values *asked = &filter->kinds[FILTER_STATE];
    for (size_t i = 0; i < asked->count; i++) {
        const struct state *state = &states[asked->items[i].number];
        if ((flags & state->has) == state->has && !(flags & state->lacks))
            return true;
    }
    return asked->count == 0;
}

bool filter_lacks_state(const struct filter *filter, uint32_t flags)
{
    uint32_t known = flags & ~(uint32_t)PYPROF_GIL_UNKNOWN;
    return flags != known && !filter_keeps_state(filter, flags) &&
           (filter_keeps_state(filter, known) || filter_keeps_state(filter, known | PYPROF_WAITS_GIL));
}

struct filter_span filter_span(const struct filter *filter)
{
    return filter->span;
}

static bool path_matches(const char *glob, const char *path)
{
    if (fnmatch(glob, path, FNM_LEADING_DIR) == 0)
        return true;
    if (*glob == '/')
        return false;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
        if (fnmatch(glob, slash + 1, FNM_LEADING_DIR) == 0)
            return true;
    return false;
}

static bool any_path_matches(const struct values *globs, const char *path)
{
    for (size_t i = 0; i < globs->count; i++)
        if (path_matches(globs->items[i].text, path))
            return true;
    return false;
}

static bool name_matches(const struct values *regexes, struct pyprof_text name)
{
    char room[TEXT_MAX + 1];
    if (!regexes->count)
        return false;
    /* NULs within a name are matched over; the one at the end is for sanitizers, which do not know REG_STARTEND. */
    const char *string = as_string(name, room);
    size_t size = name.size < TEXT_MAX ? name.size : TEXT_MAX;
    for (size_t i = 0; i < regexes->count; i++) {
        regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)size};
        if (regexec(regexes->items[i].regex, string, 1, &whole, REG_STARTEND) == 0)
            return true;
    }
    return false;
}

unsigned filter_frame(const struct filter *filter, const struct pyprof_function *function)
{
    const struct values *keep = &filter->kinds[FILTER_PATH], *cut = &filter->kinds[FILTER_CUT];
    unsigned bits = 0;
    if (keep->count || cut->count) {
        char room[TEXT_MAX + 1];
        const char *path = as_string(function->file, room);
        if (any_path_matches(keep, path))
            bits |= FILTER_FRAME_PATH;
        if (any_path_matches(cut, path))
            bits |= FILTER_FRAME_CUT;
    }
    if (name_matches(&filter->kinds[FILTER_FUNCTION], function->name))
        bits |= FILTER_FRAME_FUNCTION;
    return bits;
}

unsigned filter_needs(const struct filter *filter)
{
    unsigned bits = 0;
    if (filter->kinds[FILTER_PATH].count)
        bits |= FILTER_FRAME_PATH;
    if (filter->kinds[FILTER_FUNCTION].count)
        bits |= FILTER_FRAME_FUNCTION;
    return bits;
}

bool filter_cuts(const struct filter *filter)
{
    return filter->kinds[FILTER_CUT].count > 0;
}
