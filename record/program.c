#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* What pyrec changes of itself. */
struct inherited {
    sigset_t mask;
    struct sigaction pipe, child;
    struct rlimit files;
};

struct program {
    struct inherited inherited;
    pid_t pid; /* 0: none */
    int signals;
    int wish; /* of a signal to pyrec itself, or 0 */
    bool takes_hangup;
    bool ended;
    int status;
};

static void watched_signals(sigset_t *set)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};

    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(set, signals[i]);
}

static void take_over(struct inherited *inherited)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, normal = {.sa_handler = SIG_DFL};
    sigset_t watched;

    watched_signals(&watched);
    sigprocmask(SIG_BLOCK, &watched, &inherited->mask);
    sigaction(SIGPIPE, &ignore, &inherited->pipe);
    sigaction(SIGCHLD, &normal, &inherited->child); /* ignored, it would let no child be waited for */
    if (getrlimit(RLIMIT_NOFILE, &inherited->files) == 0) {
        struct rlimit most = {inherited->files.rlim_max, inherited->files.rlim_max};
        setrlimit(RLIMIT_NOFILE, &most); /* two descriptors a process while it says hello, then one */
    }
}

static void give_back(const struct inherited *inherited)
{
    setrlimit(RLIMIT_NOFILE, &inherited->files);
    sigaction(SIGPIPE, &inherited->pipe, NULL);
    sigaction(SIGCHLD, &inherited->child, NULL);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

/* In the child: becomes the program, or tells `report` why not. */
static _Noreturn void become(const struct inherited *inherited, char **argv, char **env, int report)
{
    give_back(inherited);
    execvpe(argv[0], argv, env);
    int error = errno;
    if (write(report, &error, sizeof error) < 0)
        _exit(PROGRAM_NOT_EXECUTABLE);
    _exit(error == ENOENT ? PROGRAM_NOT_FOUND : PROGRAM_NOT_EXECUTABLE);
}

/* Forks and executes; 0, or the errno of what failed.  `report` is a close-on-exec pipe, closed here. */
static int launch(struct program *program, char **argv, char **env, const int report[2])
{
    int error = 0;

    program->pid = fork();
    if (program->pid == 0)
        become(&program->inherited, argv, env, report[1]);
    if (program->pid < 0)
        error = errno;
    close(report[1]);
    if (program->pid > 0 && read(report[0], &error, sizeof error) == sizeof error)
        waitpid(program->pid, NULL, 0);
    close(report[0]);
    return error;
}

struct program *program_start(char **argv, char **env, bool adopt)
{
    struct program *program = calloc(1, sizeof *program);
    sigset_t watched;
    int report[2], error;

    if (!program)
        return NULL;
    watched_signals(&watched);
    program->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (program->signals < 0 || pipe2(report, O_CLOEXEC) < 0) {
        error = errno;
    } else {
        if (adopt)
            prctl(PR_SET_CHILD_SUBREAPER, 1);
        take_over(&program->inherited);
        error = launch(program, argv, env, report);
        if (error == 0)
            return program;
        give_back(&program->inherited);
    }
    program_free(program);
    errno = error;
    return NULL;
}

struct program *program_none(void)
{
    struct program *program = calloc(1, sizeof *program);
    sigset_t watched;

    if (!program)
        return NULL;
    watched_signals(&watched);
    program->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (program->signals < 0) {
        free(program);
        return NULL;
    }
    take_over(&program->inherited);
    return program;
}

void program_free(struct program *program)
{
    if (!program)
        return;
    if (program->signals >= 0)
        close(program->signals);
    free(program);
}

pid_t program_pid(const struct program *program)
{
    return program->pid;
}

int program_fd(const struct program *program)
{
    return program->signals;
}

/* Without a program, some signals end the recording, and others mean nothing. */
static bool ends_recording(int signal)
{
    return signal == SIGINT || signal == SIGQUIT || signal == SIGTERM || signal == SIGHUP;
}

/* A code over 0 is the kernel's own word, as for a key of the terminal. */
static bool is_from_process(const struct signalfd_siginfo *info)
{
    return info->ssi_code <= 0;
}

/* Whether a signal is for pyrec itself. */
static bool is_wish(const struct program *program, const struct signalfd_siginfo *info)
{
    return info->ssi_signo == SIGUSR1 || info->ssi_signo == SIGUSR2 ||
           (info->ssi_signo == SIGHUP && program->takes_hangup && is_from_process(info));
}

void program_take_hangup(struct program *program)
{
    program->takes_hangup = true;
}

void program_signals(struct program *program)
{
    struct signalfd_siginfo info;

    while (read(program->signals, &info, sizeof info) == sizeof info) {
        if (is_wish(program, &info))
            program->wish = (int)info.ssi_signo;
        else if (program->pid == 0)
            program->ended |= ends_recording((int)info.ssi_signo);
        else if (info.ssi_signo != SIGCHLD && is_from_process(&info) && !program->ended)
            kill(program->pid, (int)info.ssi_signo);
    }
}

int program_wish(struct program *program)
{
    int wish = program->wish;

    program->wish = 0;
    return wish;
}

int program_reap(struct program *program, pid_t *pid, int *status)
{
    pid_t reaped = waitpid(-1, status, WNOHANG);

    if (reaped > 0 && reaped == program->pid) {
        program->ended = true;
        program->status = *status;
    }
    *pid = reaped;
    return reaped > 0 ? 1 : reaped == 0 ? 0 : -1;
}

bool program_ended(const struct program *program, int *status)
{
    *status = program->status;
    return program->ended;
}

void program_release(struct program *program)
{
    program_signals(program);
    sigprocmask(SIG_SETMASK, &program->inherited.mask, NULL);
}

void program_restore(const struct program *program)
{
    give_back(&program->inherited);
}
