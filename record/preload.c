#include "preload.h"

#include "agent/hello.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AGENT_NAME "libpyrec-agent.so"
#define PRELOAD_VARIABLE "LD_PRELOAD"

struct preload {
    char path[PATH_MAX]; /* what LD_PRELOAD is to name */
    char folder[32];     /* of the link; empty if there is none */
    char *agent, *hello; /* the two entries of env that are its own */
    char **env;
};

/* The agent's own path; -1 with errno set. */
static int find_agent(char path[PATH_MAX])
{
    static const char *const places[] = {AGENT_NAME, "../lib/pyrec/" AGENT_NAME};
    char self[PATH_MAX], wanted[PATH_MAX + sizeof "../lib/pyrec/" AGENT_NAME];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    if (size < 0)
        return -1;
    self[size] = '\0';
    *(strrchr(self, '/') + 1) = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(wanted, sizeof wanted, "%s%s", self, places[i]);
        if (realpath(wanted, path))
            return 0;
    }
    return -1;
}

/* Puts a link to `target` into a new folder and makes it the path. */
static int link_agent(struct preload *preload, const char *target)
{
    strcpy(preload->folder, "/tmp/pyrec-XXXXXX");
    if (!mkdtemp(preload->folder)) {
        preload->folder[0] = '\0';
        return -1;
    }
    /* Others may pass through: the program may change its user and execute. */
    if (chmod(preload->folder, 0711) < 0)
        return -1;
    snprintf(preload->path, sizeof preload->path, "%s/" AGENT_NAME, preload->folder);
    return symlink(target, preload->path);
}

struct preload *preload_new(void)
{
    struct preload *preload = calloc(1, sizeof *preload);
    char agent[PATH_MAX];

    if (!preload)
        return NULL;
    int failed = find_agent(agent);
    if (failed == 0 && !strpbrk(agent, " :$"))
        memcpy(preload->path, agent, sizeof agent);
    else if (failed == 0)
        failed = link_agent(preload, agent);
    if (failed < 0) {
        int saved = errno;
        preload_free(preload);
        errno = saved;
        return NULL;
    }
    return preload;
}

void preload_free(struct preload *preload)
{
    if (!preload)
        return;
    if (preload->folder[0]) {
        unlink(preload->path);
        rmdir(preload->folder);
    }
    free(preload->agent);
    free(preload->hello);
    free(preload->env);
    free(preload);
}

static bool sets(const char *entry, const char *variable)
{
    size_t size = strlen(variable);

    return strncmp(entry, variable, size) == 0 && entry[size] == '=';
}

char **preload_env(struct preload *preload, const char *hello)
{
    const char *rest = getenv(PRELOAD_VARIABLE);
    size_t n = 0, kept = 0;

    while (environ[n])
        n++;
    preload->env = calloc(n + 3, sizeof *preload->env);
    if (!preload->env ||
        asprintf(&preload->agent, PRELOAD_VARIABLE "=%s%s%s", preload->path, rest ? ":" : "", rest ? rest : "") < 0)
        return NULL;
    if (asprintf(&preload->hello, HELLO_VARIABLE "=%s", hello) < 0)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (!sets(environ[i], PRELOAD_VARIABLE) && !sets(environ[i], HELLO_VARIABLE))
            preload->env[kept++] = environ[i];
    }
    preload->env[kept++] = preload->agent;
    preload->env[kept] = preload->hello;
    return preload->env;
}
