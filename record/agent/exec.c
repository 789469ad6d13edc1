/*
 * exec: the agent follows whatever the program executes
 *
 * These functions stand in front of libc's own (symbol interposition, ld.so(8)) and call them with an environment
 * that brings the agent along; all else, errno included, is libc's.  Some run in a vfork child: no malloc, no lock,
 * no write to memory but the own stack.  In a process that pyrec did not start they only pass on.
 *
 * Covered: what CPython and Unix tools use.  Not covered: system calls made without libc, and wordexp(3).
 */
#include <dlfcn.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "exec.h"
#include "inherit.h"

#define EXPORT __attribute__((visibility("default")))

enum { COMMAND_ON_STACK = 16 * 1024 };

typedef int spawn_fn(pid_t *restrict, const char *restrict, const posix_spawn_file_actions_t *restrict,
                     const posix_spawnattr_t *restrict, char *const[restrict], char *const[restrict]);

/* libc's functions.  Looked up at the start, as dlsym must not be called after vfork. */
static struct {
    int (*execve)(const char *, char *const *, char *const *);
    int (*execvpe)(const char *, char *const *, char *const *);
    int (*fexecve)(int, char *const *, char *const *);
    int (*execveat)(int, const char *, char *const *, char *const *, int);
    spawn_fn *posix_spawn, *posix_spawnp;
    int (*system)(const char *);
    FILE *(*popen)(const char *, const char *);
} next;

#define LOOK_UP(name)                                                                                                \
    do {                                                                                                             \
        if (!next.name)                                                                                              \
            next.name = (__typeof__(next.name))dlsym(RTLD_NEXT, #name);                                              \
    } while (0)

void exec_look_up(void)
{
    LOOK_UP(execve);
    LOOK_UP(execvpe);
    LOOK_UP(fexecve);
    LOOK_UP(execveat);
    LOOK_UP(posix_spawn);
    LOOK_UP(posix_spawnp);
    LOOK_UP(system);
    LOOK_UP(popen);
}

/* `env` with the agent in it, on the stack of the function that expands this. */
#define WITH_AGENT(env)                                                                                              \
    ({                                                                                                               \
        char *const *env_ = (env);                                                                                   \
        const struct inherit *inherit_ = agent_inherit();                                                            \
        size_t size_ = inherit_ ? inherit_size(inherit_, env_) : 0;                                                  \
        size_ ? inherit_fill(inherit_, env_, __builtin_alloca(size_)) : env_;                                        \
    })

/* Calls one of the exec functions of libc, which comes back only if it failed. */
#define EXEC(name, ...)                                                                                              \
    ({                                                                                                               \
        LOOK_UP(name);                                                                                               \
        agent_exec_begins();                                                                                         \
        int result_ = next.name ? next.name(__VA_ARGS__) : (errno = ENOSYS, -1);                                     \
        agent_exec_failed();                                                                                         \
        result_;                                                                                                     \
    })

EXPORT int execve(const char *path, char *const argv[], char *const env[])
{
    char *const *ours = WITH_AGENT(env);

    return EXEC(execve, path, argv, ours);
}

EXPORT int execv(const char *path, char *const argv[])
{
    char *const *ours = WITH_AGENT(environ);

    return EXEC(execve, path, argv, ours);
}

EXPORT int execvp(const char *file, char *const argv[])
{
    char *const *ours = WITH_AGENT(environ);

    return EXEC(execvpe, file, argv, ours);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const env[])
{
    char *const *ours = WITH_AGENT(env);

    return EXEC(execvpe, file, argv, ours);
}

EXPORT int fexecve(int fd, char *const argv[], char *const env[])
{
    char *const *ours = WITH_AGENT(env);

    return EXEC(fexecve, fd, argv, ours);
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const env[], int flags)
{
    char *const *ours = WITH_AGENT(env);

    return EXEC(execveat, dir, path, argv, ours, flags);
}

/* How many arguments follow up to the NULL, `first` included. */
static size_t count_arguments(const char *first, va_list args)
{
    size_t n = 0;

    for (const char *arg = first; arg; arg = va_arg(args, const char *))
        n++;
    return n;
}

/* Moves a list of arguments to `argv`, its NULL included. */
static void take_arguments(const char *first, va_list *args, char **argv)
{
    const char *arg = first;

    for (; arg; arg = va_arg(*args, const char *))
        *argv++ = (char *)arg;
    *argv = NULL;
}

/* Defines `char **argv` of the variable arguments after `first`, and `after`, a va_list that stands behind them. */
#define ARGUMENTS(first)                                                                                             \
    va_list after;                                                                                                   \
    va_start(after, first);                                                                                          \
    char **argv = __builtin_alloca((count_arguments(first, after) + 1) * sizeof(char *));                            \
    va_end(after);                                                                                                   \
    va_start(after, first);                                                                                          \
    take_arguments(first, &after, argv)

EXPORT int execl(const char *path, const char *first, ...)
{
    ARGUMENTS(first);
    va_end(after);
    char *const *ours = WITH_AGENT(environ);
    return EXEC(execve, path, argv, ours);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    ARGUMENTS(first);
    va_end(after);
    char *const *ours = WITH_AGENT(environ);
    return EXEC(execvpe, file, argv, ours);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    ARGUMENTS(first);
    char *const *env = va_arg(after, char *const *);
    va_end(after);
    char *const *ours = WITH_AGENT(env);
    return EXEC(execve, path, argv, ours);
}

EXPORT int posix_spawn(pid_t *restrict pid, const char *restrict path,
                       const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attr,
                       char *const argv[restrict], char *const env[restrict])
{
    char *const *ours = WITH_AGENT(env);

    LOOK_UP(posix_spawn);
    return next.posix_spawn(pid, path, actions, attr, argv, ours);
}

EXPORT int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                        const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attr,
                        char *const argv[restrict], char *const env[restrict])
{
    char *const *ours = WITH_AGENT(env);

    LOOK_UP(posix_spawnp);
    return next.posix_spawnp(pid, file, actions, attr, argv, ours);
}

/* system and popen spawn inside libc, with the environment as it is: there the shell has to export. */
static char *command_with_agent(const char *command)
{
    const struct inherit *inherit = agent_inherit();

    return inherit && command ? inherit_command(inherit, command) : NULL;
}

/*
 * libc's system is a cancellation point, and to clean up after it would take functions that not every libc has: so what
 * it is given lies on the stack, but for commands of an extreme length.
 */
EXPORT int system(const char *command)
{
    char *longer = command_with_agent(command);
    size_t size = longer ? strlen(longer) + 1 : 0;

    LOOK_UP(system);
    if (size > COMMAND_ON_STACK) {
        int status = next.system(longer);
        free(longer);
        return status;
    }
    if (longer)
        command = memcpy(__builtin_alloca(size), longer, size);
    free(longer);
    return next.system(command);
}

EXPORT FILE *popen(const char *command, const char *type)
{
    char *longer = command_with_agent(command);

    LOOK_UP(popen);
    FILE *stream = next.popen(longer ? longer : command, type);
    free(longer);
    return stream;
}
