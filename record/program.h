/*
 * program: the launched program, started, passed its signals, and waited for
 *
 * The program must not notice its parent.  It shares pyrec's process group, terminal and standard files, and gets
 * back what pyrec changes of itself to watch over it: signal mask, the actions of SIGPIPE and SIGCHLD, the limit of
 * open files.
 *
 * pyrec lives on through SIGINT, SIGQUIT, SIGTERM and SIGHUP.  One that a terminal sent has reached the program too, as
 * it is in the same process group; one that a process sent with kill(2) is passed on.  SIGUSR1 and SIGUSR2 are for pyrec
 * itself: what they ask for waits in program_wish.
 *
 * Where there is no program, as pyrec samples processes that it did not start, the first four are what ends:
 * the rest of pyrec sees it as a program that ended with status 0.
 */
#ifndef PYREC_PROGRAM_H
#define PYREC_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

struct program;

enum { PROGRAM_NOT_FOUND = 127, PROGRAM_NOT_EXECUTABLE = 126 }; /* as POSIX has it of a shell */

/*
 * Starts `argv`, looked up as execvp(3) does, with environment `env`; `adopt`: its descendants that lose their parent
 * become pyrec's children (PR_SET_CHILD_SUBREAPER).  One program a process.  NULL with errno set: ENOENT if there is
 * no such program, other values if it could not be executed.
 */
struct program *program_start(char **argv, char **env, bool adopt);

/* The same without a program: signals are taken, files allowed.  NULL with errno set. */
struct program *program_none(void);

void program_free(struct program *);

pid_t program_pid(const struct program *);

/* Readable (poll(2)) when a signal came: time for program_signals and program_reap. */
int program_fd(const struct program *);

/* Takes the signals that came and passes on those that are to be. */
void program_signals(struct program *);

/* The last signal to pyrec itself that program_signals took since the last call; 0: none came. */
int program_wish(struct program *);

/* SIGHUP, if a process sent it, is for pyrec itself from now on. */
void program_take_hangup(struct program *);

/*
 * Takes one child that has ended, the program or an adopted one: 1 and its pid and status (wait(2)), 0 if none has
 * ended, -1 if there are no children left.
 */
int program_reap(struct program *, pid_t *pid, int *status);

/* Whether the program has ended and was reaped; `status` as wait(2) has it. */
bool program_ended(const struct program *, int *status);

/* Signals act on pyrec as on any tool again, from the next one on.  For when the program has ended. */
void program_release(struct program *);

/* Undoes all that program_start changed of this process: for another child, before it executes. */
void program_restore(const struct program *);

#endif
