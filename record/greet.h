/*
 * greet: the socket that agents say hello to
 *
 * One socket a recording, with a random name and a random token (agent/hello.h).  Nothing here waits: hellos queue in
 * the kernel until the collector asks for the next one.  Whoever connects without the token, or with anything else
 * than a hello, is turned away.
 */
#ifndef PYREC_GREET_H
#define PYREC_GREET_H

#include "agent/hello.h"

#include <stdint.h>
#include <sys/types.h>

struct greet;

/* Opens the socket; NULL with errno set on failure. */
struct greet *greet_new(void);

void greet_free(struct greet *);

/* Closes the socket: agents find nobody from then on. */
void greet_close(struct greet *);

/* The value of HELLO_VARIABLE for a program sampled every `period` ns; freed by the caller; NULL without memory. */
char *greet_value(const struct greet *, uint64_t period);

/* One hello: what was said, by whom according to the kernel, and the ring's descriptor, the caller's, or -1. */
struct greeting {
    struct hello hello;
    pid_t pid;
    int ring;
};

/* The next hello: 1, or 0 if there is none now. */
int greet_next(struct greet *, struct greeting *);

#endif
