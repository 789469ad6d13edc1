/*
 * agent: one process under pyrec, from its start to its end
 *
 * The agent is preloaded into every process of the recording.  Where it finds CPython it starts a sampler thread and
 * says hello (hello.h); a fork gets a sampler of its own; elsewhere it only sees to it that the agent is inherited
 * (exec.h), and waits for an interpreter that is loaded late (late.h).  It never fails: what goes wrong leaves the process unprofiled and otherwise as it was.
 *
 * A guest's rules: it prints nothing, keeps no descriptor open, leaves errno, signals, masks, affinities and
 * priorities of the program's threads alone, and reads the program's memory only through struct mem.
 *
 * These functions are for the interposed ones: any thread, any time, vfork children included, async-signal-safe.
 */
#ifndef PYREC_AGENT_AGENT_H
#define PYREC_AGENT_AGENT_H

#include <stdbool.h>

#include "inherit.h"

/* What children are to inherit; NULL if the process was not started by pyrec.  Lives as long as the process. */
const struct inherit *agent_inherit(void);

/* Whether a sampler thread runs in this process: one thread more than the program knows. */
bool agent_samples(void);

/*
 * Whether no interpreter was found yet; and that there is one, perhaps, in the library of that handle (dlopen(3)).
 * Not async-signal-safe.
 */
bool agent_awaits_python(void);
void agent_python_begins(void *library);

/* The process is about to become another program; and, if that came to nothing, it did not. */
void agent_exec_begins(void);
void agent_exec_failed(void);

#endif
