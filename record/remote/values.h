/*
 * values: what the local variables of a frame hold, in a few words each
 *
 * Read out of memory, as all of pyrec's knowledge of a process: nothing is executed in it, so no __repr__ runs.  What
 * has a short form that everybody knows is shown by it: None, bool, int, float, str, bytes, and the first items of a
 * list or a tuple; of dicts and sets, how many there are; of anything else, the name of its type.
 *
 *     name = 'x'
 *     rows = [(1, 'a'), (2, 'b'), ... 998 more]
 *     response = <Response>
 *
 * Objects may be of any size, lie about it, and hold themselves.  So all that is read and written is bounded: at most
 * VALUES_LOCALS_MAX variables, VALUES_ITEMS_MAX items two containers deep, VALUES_TEXT_MAX bytes of a text.  Objects
 * that other threads change meanwhile may be shown half changed.
 *
 * Variables in a frame's own slots are known: of functions, not those of modules and classes.  Before 3.11, those that
 * an inner function shares are not among them.
 */
#ifndef PYREC_REMOTE_VALUES_H
#define PYREC_REMOTE_VALUES_H

#include <stdio.h>

#include "record/walk/walk.h"

enum {
    VALUES_LOCALS_MAX = 64,
    VALUES_ITEMS_MAX = 4,
    VALUES_TEXT_MAX = 80,
};

/* Writes a line, indented by six spaces, for each local variable of a frame that has a value. */
void values_put_locals(FILE *out, const struct walk_runtime *, const struct walk_frame *);

#endif
