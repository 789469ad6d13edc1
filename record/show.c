#include "show.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RENDERER "pyrender"

enum { NOT_RUN = 127 };

/* In the child. */
static _Noreturn void become_renderer(const struct program *program, int stream)
{
    char path[PATH_MAX + sizeof RENDERER];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);

    program_restore(program);
    if (dup2(stream, STDIN_FILENO) < 0)
        _exit(NOT_RUN);
    if (size > 0) {
        path[size] = '\0';
        strcpy(strrchr(path, '/') + 1, RENDERER);
        execl(path, RENDERER, "--text", "-", (char *)NULL);
    }
    execlp(RENDERER, RENDERER, "--text", "-", (char *)NULL);
    _exit(NOT_RUN);
}

int show_tree(const struct program *program, int stream)
{
    int status;
    pid_t pid = fork();

    if (pid < 0)
        return -1;
    if (pid == 0)
        become_renderer(program, stream);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_RUN) {
        errno = ENOENT;
        return -1;
    }
    return 0;
}
