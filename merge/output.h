/*
 * output: where the merged stream goes
 *
 * Gathers blocks and writes them out in large pieces, always whole blocks at a time as far as the descriptor takes
 * them. Who may wait for input flushes first, so that nothing is held back.
 */
#ifndef PYMERGE_OUTPUT_H
#define PYMERGE_OUTPUT_H

#include "format/writer.h"

struct output;

/* `fd` stays the caller's; it may be non-blocking.  NULL if there is no memory. */
struct output *output_new(int fd);

/* Does not flush. */
void output_free(struct output *);

/* The sink that writes to `output`. */
struct pyprof_sink output_sink(struct output *);

/* Writes what was gathered; 0, or -1 with errno set. */
int output_flush(struct output *);

/* The errno of the first write that failed, or 0; after one, nothing more is written. */
int output_errno(const struct output *);

#endif
