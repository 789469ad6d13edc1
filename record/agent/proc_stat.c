/*
 * proc_stat: the sampler thread is not one of the program's
 *
 * From 3.12 on os.fork() counts the process's threads in /proc/self/stat and warns if there are several (CPython,
 * Modules/posixmodule.c, warn_about_fork_with_threads).  This fopen takes the sampler off that count; every other
 * file is libc's business.  The number of threads is the 20th field (proc(5)); the second, in parentheses, may hold
 * anything.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define EXPORT __attribute__((visibility("default")))

enum { NUM_THREADS = 20, STATE = 3 };

typedef FILE *fopen_fn(const char *restrict, const char *restrict);

/* Copies a line of stat with one thread less; false if it does not look like one. */
static bool without_sampler(const char *line, char *out, size_t room)
{
    const char *at = strrchr(line, ')');

    for (int field = STATE; at && field <= NUM_THREADS; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return false;

    char *end;
    long threads = strtol(++at, &end, 10);
    if (threads < 2 || *end != ' ')
        return false;
    return snprintf(out, room, "%.*s%ld%s", (int)(at - line), line, threads - 1, end) < (int)room;
}

/* A stream that reads `stat` as it would be without the sampler; `stat` is closed.  Or `stat` itself. */
static FILE *correct(FILE *stat)
{
    char line[1024], corrected[1024];
    size_t len = fread(line, 1, sizeof line - 1, stat);

    line[len] = '\0';
    if (without_sampler(line, corrected, sizeof corrected)) {
        FILE *copy = fmemopen(NULL, strlen(corrected) + 1, "w+");
        if (copy) {
            fputs(corrected, copy);
            rewind(copy);
            fclose(stat);
            return copy;
        }
    }
    rewind(stat);
    return stat;
}

static FILE *open_with(fopen_fn *next, const char *path, const char *mode)
{
    FILE *stream = next(path, mode);

    if (stream && *mode == 'r' && strcmp(path, "/proc/self/stat") == 0 && agent_samples())
        return correct(stream);
    return stream;
}

/* fopen is called before the agent's constructor too, and by threads at once: each looks libc's up for itself. */
EXPORT FILE *fopen(const char *restrict path, const char *restrict mode)
{
    static _Atomic(fopen_fn *) next;

    if (!next)
        next = (fopen_fn *)dlsym(RTLD_NEXT, "fopen");
    return open_with(next, path, mode);
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    static _Atomic(fopen_fn *) next;

    if (!next)
        next = (fopen_fn *)dlsym(RTLD_NEXT, "fopen64");
    return open_with(next, path, mode);
}
