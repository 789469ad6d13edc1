/*
 * exec: the agent follows whatever the program executes (see exec.c for what is interposed)
 */
#ifndef PYREC_AGENT_EXEC_H
#define PYREC_AGENT_EXEC_H

/* Looks up libc's own functions; to be called once, before the program can vfork. */
void exec_look_up(void);

#endif
