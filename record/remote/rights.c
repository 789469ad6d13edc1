#include "rights.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc.h"

enum { NO_USER = -1, SECCOMP_FILTER = 2 };

/* Yama's rule: 0 classic, 1 descendants only, 2 capability only, 3 nobody; 0 without Yama. */
static int ptrace_scope(void)
{
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    int scope = 0;

    if (file) {
        if (fscanf(file, "%d", &scope) != 1)
            scope = 0;
        fclose(file);
    }
    return scope;
}

/* Whether a process has CAP_SYS_PTRACE in its own user namespace. */
static bool may_ptrace(pid_t pid)
{
    char value[32];

    return proc_field(pid, "status", "CapEff", value, sizeof value) &&
           strtoull(value, NULL, 16) >> CAP_SYS_PTRACE & 1;
}

/* The files of a process that is not dumpable belong to root. */
static bool is_undumpable(pid_t pid, unsigned long user)
{
    char path[32];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return stat(path, &st) == 0 && st.st_uid != user;
}

/* What Yama and seccomp may have against it. */
static void explain_policy(char *why, size_t room)
{
    int scope = ptrace_scope();

    if (scope == 1)
        snprintf(
            why, room,
            "kernel.yama.ptrace_scope is 1, which lets a process be read by its ancestors only: run pyrec as root "
            "or with CAP_SYS_PTRACE, set it to 0, or start the program with pyrec");
    else if (scope == 2)
        snprintf(why, room,
                 "kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE: run pyrec as root, set it to 0, or "
                 "start the program with pyrec");
    else if (scope == 3)
        snprintf(
            why, room,
            "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the next boot: start the program "
            "with pyrec");
    else if (proc_number(getpid(), "status", "Seccomp", 10, 0) == SECCOMP_FILTER)
        snprintf(why, room,
                 "a seccomp filter or a security module forbids it here: in a container, add the capability "
                 "SYS_PTRACE, or start the program with pyrec");
    else
        snprintf(
            why, room,
            "it has capabilities that this pyrec has not, or a security module forbids it: run pyrec as root with "
            "CAP_SYS_PTRACE, or start the program with pyrec");
}

void rights_explain(pid_t pid, char *why, size_t room)
{
    unsigned long user = proc_number(pid, "status", "Uid", 10, (unsigned long)NO_USER);

    if (may_ptrace(getpid()))
        snprintf(why, room,
                 "CAP_SYS_PTRACE does not help: it runs in another user namespace, or a seccomp filter or a security "
                 "module forbids it; start the program with pyrec");
    else if (geteuid() != 0 && user != geteuid())
        snprintf(why, room,
                 "it runs as user %lu and this pyrec as user %lu: run pyrec as that user, as root, or with "
                 "CAP_SYS_PTRACE",
                 user, (unsigned long)geteuid());
    else if (geteuid() != 0 && is_undumpable(pid, user))
        snprintf(why, room,
                 "it is not dumpable (prctl(2), PR_SET_DUMPABLE), which asks for CAP_SYS_PTRACE: run pyrec as root");
    else
        explain_policy(why, room);
}
