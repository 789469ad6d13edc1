/*
 * target: a Python program that a unit test starts and reads from outside
 *
 * The program tells what is true of it on stdout, in lines of words; the first are
 *     traced 0            1: a build whose objects are links (layout_for)
 *     version TEXT        sys.version
 *     runtime ADDRESS     walk_runtime.address
 *     interp ADDRESS      walk_runtime.interp: before 3.7, as in a program that stands still nobody holds the GIL
 * then what the test wants to know, then "ready".  From then on it stands still until its stdin is closed.  Strings
 * come as the hexadecimal digits of their bytes (tests/unit/targets.py).  The test is the program's parent, which is
 * enough of a right to read its memory.
 *
 * Paths are relative to the repository's root, where the tests are run.
 */
#ifndef PYREC_TARGET_H
#define PYREC_TARGET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/walk/walk.h"

enum { PYTHONS_MAX = 64, PATH_ROOM = 1024 };

/* Fills in the interpreters' paths (tests/pythons.bash); returns how many there are. */
static inline size_t find_pythons(char paths[PYTHONS_MAX][PATH_ROOM])
{
    size_t n = 0;
    FILE *list = popen("bash -c '. tests/pythons.bash && all_pythons 2.7 3.15'", "r");
    while (list && n < PYTHONS_MAX && fgets(paths[n], PATH_ROOM, list)) {
        paths[n][strcspn(paths[n], "\n")] = '\0';
        n++;
    }
    if (list)
        pclose(list);
    return n;
}

struct target {
    pid_t pid;
    FILE *says;
    int hold; /* its stdin */
    char *line;
    size_t line_room;
    struct walk_runtime rt;
};

/* The next line, without its end; NULL after "ready" and at the end. */
static inline char *target_line(struct target *t)
{
    if (getline(&t->line, &t->line_room, t->says) < 0)
        return NULL;
    t->line[strcspn(t->line, "\n")] = '\0';
    return strcmp(t->line, "ready") ? t->line : NULL;
}

/* Reads up to the line that begins with `word`; returns what follows it. */
static inline char *target_expect(struct target *t, const char *word)
{
    char *line = target_line(t);
    size_t len = strlen(word);
    return line && strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static inline bool target_open_runtime(struct target *t)
{
    char why[200] = "";
    char *traced = target_expect(t, "traced");
    bool links = traced && *traced == '1';
    char *version = target_expect(t, "version");
    t->rt.layout = version ? layout_for(version, links, why, sizeof why) : NULL;
    char *runtime = target_expect(t, "runtime");
    t->rt.address = runtime ? strtoull(runtime, NULL, 10) : 0;
    char *interp = target_expect(t, "interp");
    t->rt.interp = interp ? strtoull(interp, NULL, 10) : 0;
    if (t->rt.layout && t->rt.address && mem_open(&t->rt.mem, t->pid) == 0)
        return true;
    fprintf(stderr, "# the target cannot be read: %s\n", *why ? why : "no runtime or no right");
    return false;
}

/*
 * Starts `python tests/unit/SCRIPT`, or tests/unit/python2/SCRIPT where Python 2 needs another; false, with a reason on
 * stderr, if it cannot be read.  To be stopped in any case.
 */
static inline bool target_start(struct target *t, const char *python, const char *script)
{
    int in[2], out[2];
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "tests/unit/python2/%s", script);
    if (!strstr(python, "python2") || access(path, R_OK) != 0)
        snprintf(path, sizeof path, "tests/unit/%s", script);
    memset(t, 0, sizeof *t);
    t->rt.mem.fd = -1;
    if (pipe(in) || pipe(out))
        return false;
    t->pid = fork();
    if (t->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl(python, python, "-B", path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    t->hold = in[1];
    t->says = fdopen(out[0], "r");
    return t->says && target_open_runtime(t);
}

/* Lets the program end and waits for it; returns its wait status. */
static inline int target_stop(struct target *t)
{
    int status = -1;
    close(t->hold);
    if (t->says)
        fclose(t->says);
    waitpid(t->pid, &status, 0);
    mem_close(&t->rt.mem);
    free(t->line);
    return status;
}

/* Decodes hexadecimal digits in place; returns how many bytes there are. */
static inline size_t unhex(char *digits)
{
    size_t n = 0;
    for (const char *p = digits; p[0] && p[1]; p += 2) {
        const char pair[] = {p[0], p[1], '\0'};
        digits[n++] = (char)strtoul(pair, NULL, 16);
    }
    return n;
}

#endif
