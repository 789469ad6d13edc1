/*
 * inherit: the two environment variables that bring the agent into a process (hello.h)
 *
 * The program must not see them: inherit_take removes them before main.  What the program executes must have them
 * again, whatever environment it is given: inherit_fill makes such an environment.
 *
 * inherit_size and inherit_fill are called between vfork(2) and exec, where memory is the parent's and malloc may be
 * locked: they are async-signal-safe and write only to their caller's room.
 */
#ifndef PYREC_AGENT_INHERIT_H
#define PYREC_AGENT_INHERIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { INHERIT_ROOM_MAX = 64 * 1024 };

struct inherit {
    char agent[PATH_MAX];    /* path, as it stood first in LD_PRELOAD */
    char variable[NAME_MAX]; /* "PYREC_AGENT=..." */
};

/*
 * Moves the variables from `environ` to `out`.  LD_PRELOAD becomes what the user had, or goes if he had none; the
 * order of the others stays.  False, and nothing changed, if the process was not started by pyrec.
 */
bool inherit_take(struct inherit *out, char **environ);

/*
 * Bytes that inherit_fill needs for an environment (NULL counts as empty); 0 if `env` is to be passed on as it is: it
 * has a PYREC_AGENT of its own (a pyrec run under pyrec), or would need more than INHERIT_ROOM_MAX.
 */
size_t inherit_size(const struct inherit *, char *const *env);

/*
 * Makes, in `room` (aligned as a pointer, of the size that inherit_size said), an environment with both variables.
 * Its strings are those of `env` and of the struct; nothing is to be freed.
 */
char **inherit_fill(const struct inherit *, char *const *env, void *room);

/*
 * Returns a shell command that exports both variables and then runs `command`, on the same line; allocated, or NULL.
 * Not async-signal-safe.
 */
char *inherit_command(const struct inherit *, const char *command);

#endif
