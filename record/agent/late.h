/*
 * late: an interpreter that the process loads after its start (see late.c)
 */
#ifndef PYREC_AGENT_LATE_H
#define PYREC_AGENT_LATE_H

/* Looks up libc's own function; to be called once. */
void late_look_up(void);

#endif
