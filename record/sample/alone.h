/*
 * alone: whether the program has ended and only the sampler keeps its process alive
 *
 * A process ends with its last thread.  Where the main thread calls pthread_exit(3), that would be the sampler, which
 * never ends: so it has to look, and to leave.
 */
#ifndef PYREC_SAMPLE_ALONE_H
#define PYREC_SAMPLE_ALONE_H

#include <stdbool.h>

/* True if the calling thread is the only one besides a main thread that has ended.  A few system calls (proc(5)). */
bool alone_in_process(void);

#endif
