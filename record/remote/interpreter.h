/*
 * interpreter: the CPython that runs in another process
 *
 * Found in what the process has mapped: its executable, a libpython, or whatever else exports _PyRuntime, or _PyThreadState_Current
 * before 3.7 (walk/walk.h).  Which
 * version it is, its Py_Version says from 3.11 on; before, what it exports and its predecessor did not (the public
 * functions that each version added, Doc/whatsnew).  A wrong guess costs an error, not a wrong stack: walk_check
 * compares the memory with the layout before anything is believed.
 */
#ifndef PYREC_REMOTE_INTERPRETER_H
#define PYREC_REMOTE_INTERPRETER_H

#include "record/walk/walk.h"

enum { INTERPRETER_WHY_MAX = 256 };

enum interpreter_result {
    INTERPRETER_FOUND,
    INTERPRETER_NONE,    /* no Python in the process, as far as can be seen */
    INTERPRETER_UNKNOWN, /* one that this pyrec cannot read */
    INTERPRETER_DENIED,  /* its memory may not be read */
    INTERPRETER_GONE,    /* no such process, or it has ended */
};

struct interpreter {
    struct walk_runtime runtime;
    char version[64]; /* "3.11.7", or "3.10" where the rest is not known */
};

/*
 * Looks into a process.  `why` (INTERPRETER_WHY_MAX bytes) says what is wrong where the result is none of FOUND and
 * GONE.  INTERPRETER_FOUND: `runtime.mem` is open, to be closed by interpreter_close; the layout is chosen but not
 * yet checked (walk_check).
 */
enum interpreter_result interpreter_find(struct interpreter *, pid_t pid, char *why);

void interpreter_close(struct interpreter *);

#endif
