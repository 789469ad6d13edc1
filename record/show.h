/*
 * show: the call tree at the end, on a terminal
 *
 * pyrec renders nothing itself: it runs pyrender on what it recorded.
 */
#ifndef PYREC_SHOW_H
#define PYREC_SHOW_H

#include "program.h"

/*
 * Runs `pyrender --text` with `stream`, a descriptor, as its stdin: the one beside this executable, or else the one
 * of the PATH.  Waits for its end.  Returns 0, or -1 with errno set if it could not be run; what it says itself is
 * its own business.  `program` tells what a child must get back.
 */
int show_tree(const struct program *program, int stream);

#endif
