/*
 * stream_make: an exact stream from a description, for tests
 *
 *     stream_make < description > stream
 *
 * A line is a word and its arguments; `#` begins a comment line.  In an argument, \xHH is a byte and \s a space.
 *
 *     process KEY=VALUE…        begins a section: pid, ppid, host, boot, recording (a number each but the host), start,
 *                               wall, period, unit (ns), python, recorder; argv, prefix, path, filter may be repeated
 *     thread ID KEY=VALUE…      tid, name, start, end
 *     round [TIME]              ns since the recording's start; one period after the last if it is left out
 *     late COUNT                deadlines missed before the next round
 *     sample ID [cpu=NS] [flags=N] FRAME…   a sample of this round; CPU time used since the last; bits of pyprof_flags
 *     missed ID
 *     run COUNT ID [cpu=NS] [flags=N] FRAME…    COUNT rounds with this one sample
 *     overflow COUNT
 *     flush
 *     end [exited | exec | running]
 *
 * A FRAME is FILE:NAME:FIRSTLINE, or FILE:NAME:FIRSTLINE:LINE; the outermost comes first.  A function asks to be hidden
 * if the FRAME begins with `!`.
 */
#include "format/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 70000, TEXTS = 64, THREADS = 20000 };

struct maker {
    struct pyprof_writer *writer;
    uint64_t period;
    uint64_t late;
    int64_t time;
    uint64_t cpu[THREADS];
    unsigned line;
    char *words[WORDS];
    size_t nwords;
};

__attribute__((noreturn)) static void die(const struct maker *maker, const char *what)
{
    fprintf(stderr, "stream_make: line %u: %s\n", maker->line, what);
    exit(1);
}

static void check(const struct maker *maker, int result, const struct pyprof_error *error)
{
    if (result < 0)
        die(maker, error->message);
}

static int write_stdout(void *context, const void *bytes, size_t size)
{
    (void)context;
    for (const char *at = bytes; size;) {
        ssize_t written = write(STDOUT_FILENO, at, size);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

static uint64_t number(const struct maker *maker, const char *word)
{
    char *end;
    uint64_t value = strtoull(word, &end, 0);

    if (end == word || *end)
        die(maker, "not a number");
    return value;
}

/* Undoes the escapes of `word` in place. */
static struct pyprof_text text(char *word)
{
    char *to = word;

    for (const char *from = word; *from;) {
        unsigned byte;

        if (sscanf(from, "\\x%2x", &byte) == 1) {
            *to++ = (char)byte;
            from += 4;
        } else if (from[0] == '\\' && from[1] == 's') {
            *to++ = ' ';
            from += 2;
        } else {
            *to++ = *from++;
        }
    }
    return (struct pyprof_text){word, (size_t)(to - word)};
}

/* The value of `word` if it is KEY=VALUE, else NULL. */
static char *value_of(char *word, const char *key)
{
    size_t size = strlen(key);

    return strncmp(word, key, size) == 0 && word[size] == '=' ? word + size + 1 : NULL;
}

static bool set_text(struct pyprof_info *info, char *word)
{
    const struct {
        const char *key;
        struct pyprof_text *text;
    } texts[] = {{"host", &info->host}, {"python", &info->python}, {"recorder", &info->recorder}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *value = value_of(word, texts[i].key);

        if (value) {
            *texts[i].text = text(value);
            return true;
        }
    }
    return false;
}

static bool add_text(struct pyprof_texts *lists[4], char *word)
{
    static const char *const keys[] = {"argv", "prefix", "path", "filter"};

    for (size_t i = 0; i < 4; i++) {
        char *value = value_of(word, keys[i]);

        if (value && lists[i]->count < TEXTS) {
            ((struct pyprof_text *)lists[i]->items)[lists[i]->count++] = text(value);
            return true;
        }
    }
    return false;
}

static bool set_number(const struct maker *maker, struct pyprof_info *info, char *word)
{
    int64_t start;
    const struct {
        const char *key;
        void *number;
    } numbers[] = {{"pid", &info->pid},   {"ppid", &info->ppid},     {"boot", info->boot},
                   {"wall", &info->wall}, {"start", &start},         {"recording", info->recording},
                   {"unit", &info->unit}, {"period", &info->period}, {"monotonic", &info->monotonic}};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *value = value_of(word, numbers[i].key);
        uint64_t parsed;

        if (!value)
            continue;
        parsed = number(maker, value);
        memcpy(numbers[i].number == &start ? (void *)&info->start : numbers[i].number, &parsed, sizeof parsed);
        return true;
    }
    return false;
}

static void make_process(struct maker *maker)
{
    struct pyprof_text items[4][TEXTS];
    struct pyprof_info info = {.period = 1000000};
    struct pyprof_texts *lists[] = {&info.argv, &info.prefixes, &info.path, &info.filters};
    struct pyprof_sink sink = {.write = write_stdout};
    struct pyprof_error error;

    for (size_t i = 0; i < 4; i++)
        *lists[i] = (struct pyprof_texts){items[i], 0};
    for (size_t i = 1; i < maker->nwords; i++)
        if (!set_text(&info, maker->words[i]) && !add_text(lists, maker->words[i]) &&
            !set_number(maker, &info, maker->words[i]))
            die(maker, "unknown key of a process");
    pyprof_writer_free(maker->writer);
    maker->writer = pyprof_writer_new(sink, &info, &error);
    check(maker, maker->writer ? 0 : -1, &error);
    maker->period = info.period;
    maker->time = 0;
    memset(maker->cpu, 0, sizeof maker->cpu);
}

static uint32_t thread_id(const struct maker *maker, const char *word)
{
    uint64_t id = number(maker, word);

    if (!id || id >= THREADS)
        die(maker, "not a thread's id");
    return (uint32_t)id;
}

static void make_thread(struct maker *maker)
{
    struct pyprof_thread thread = {.id = thread_id(maker, maker->words[1]), .end = INT64_MAX};
    struct pyprof_error error;

    for (size_t i = 2; i < maker->nwords; i++) {
        char *word = maker->words[i], *value;

        if ((value = value_of(word, "tid")))
            thread.tid = number(maker, value);
        else if ((value = value_of(word, "name")))
            thread.name = text(value);
        else if ((value = value_of(word, "start")))
            thread.start = (int64_t)number(maker, value);
        else if ((value = value_of(word, "end")))
            thread.end = (int64_t)number(maker, value);
        else
            die(maker, "unknown key of a thread");
    }
    check(maker, pyprof_writer_thread(maker->writer, &thread, &error), &error);
}

static void make_round(struct maker *maker, int64_t time)
{
    struct pyprof_error error;

    maker->time = time;
    check(maker, pyprof_writer_round(maker->writer, time, maker->late, &error), &error);
    maker->late = 0;
}

static uint32_t frame(const struct maker *maker, char *word, uint32_t parent)
{
    char *fields[4] = {NULL}, *rest = word;
    uint32_t flags = *word == '!' ? PYPROF_FUNCTION_HIDDEN : 0, function, firstline;

    rest += flags != 0;
    for (size_t i = 0; i < 4 && rest; i++)
        fields[i] = strsep(&rest, ":");
    if (!fields[2])
        die(maker, "a frame is FILE:NAME:FIRSTLINE[:LINE]");
    firstline = (uint32_t)number(maker, fields[2]);
    function = pyprof_writer_function(maker->writer, text(fields[0]), text(fields[1]), firstline, flags);
    return pyprof_writer_node(maker->writer, parent, function,
                              fields[3] ? (uint32_t)number(maker, fields[3]) : firstline);
}

/* `count` rounds, or one sample of the current round if it is 0; the thread's id is word `at`. */
static void make_samples(struct maker *maker, size_t at, uint64_t count)
{
    uint32_t thread = thread_id(maker, maker->words[at]), node = 0;
    uint64_t cpu = 0;
    uint32_t flags = 0;
    struct pyprof_error error;

    for (size_t i = at + 1; i < maker->nwords; i++) {
        char *word = maker->words[i], *value;

        if ((value = value_of(word, "cpu")))
            cpu = number(maker, value);
        else if ((value = value_of(word, "flags")))
            flags = (uint32_t)number(maker, value);
        else if (!(node = frame(maker, word, node)))
            die(maker, "the writer refused a frame");
    }
    for (uint64_t i = 0; i < (count ? count : 1); i++) {
        if (count)
            make_round(maker, maker->time + (int64_t)maker->period);
        maker->cpu[thread] += cpu;
        check(maker, pyprof_writer_sample(maker->writer, thread, node, flags, maker->cpu[thread], &error), &error);
    }
}

static void make_end(struct maker *maker)
{
    static const char *const fates[] = {"", "exited", "exec", "running"};
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED, .time = maker->time};
    struct pyprof_error error;

    for (unsigned i = 1; maker->nwords > 1 && i < sizeof fates / sizeof *fates; i++)
        if (strcmp(maker->words[1], fates[i]) == 0)
            end.fate = (enum pyprof_fate)i;
    check(maker, pyprof_writer_end(maker->writer, &end, &error), &error);
}

static void make(struct maker *maker)
{
    const char *verb = maker->words[0], *first = maker->nwords > 1 ? maker->words[1] : NULL;
    struct pyprof_error error;

    if (strcmp(verb, "process") == 0)
        make_process(maker);
    else if (!maker->writer)
        die(maker, "a process comes first");
    else if (strcmp(verb, "round") == 0)
        make_round(maker, first ? (int64_t)number(maker, first) : maker->time + (int64_t)maker->period);
    else if (strcmp(verb, "flush") == 0)
        check(maker, pyprof_writer_flush(maker->writer, &error), &error);
    else if (strcmp(verb, "end") == 0)
        make_end(maker);
    else if (!first)
        die(maker, "unknown word, or an argument is missing");
    else if (strcmp(verb, "thread") == 0)
        make_thread(maker);
    else if (strcmp(verb, "late") == 0)
        maker->late = number(maker, first);
    else if (strcmp(verb, "sample") == 0)
        make_samples(maker, 1, 0);
    else if (strcmp(verb, "missed") == 0)
        check(maker, pyprof_writer_missed(maker->writer, thread_id(maker, first), &error), &error);
    else if (strcmp(verb, "run") == 0 && maker->nwords > 2)
        make_samples(maker, 2, number(maker, first));
    else if (strcmp(verb, "overflow") == 0)
        pyprof_writer_overflow(maker->writer, number(maker, first));
    else
        die(maker, "unknown word, or an argument is missing");
}

static void split(struct maker *maker, char *line)
{
    char *rest;

    maker->nwords = 0;
    for (char *word = strtok_r(line, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest)) {
        if (maker->nwords == WORDS)
            die(maker, "too many words");
        maker->words[maker->nwords++] = word;
    }
}

int main(void)
{
    struct maker *maker = calloc(1, sizeof *maker);
    char *line = NULL;
    size_t room = 0;

    if (!maker)
        return 1;
    while (getline(&line, &room, stdin) >= 0) {
        maker->line++;
        split(maker, line);
        if (maker->nwords && maker->words[0][0] != '#')
            make(maker);
    }
    free(line);
    pyprof_writer_free(maker->writer);
    free(maker);
    return 0;
}
