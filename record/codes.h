/*
 * codes: the code objects of one process, from the ring's ids to functions and lines
 *
 * The ring names a code object once (RING_CODE) and from then on by its id.  This table interns its function with the
 * writer and keeps its line table, which is decoded when a sample first needs it.  Ids and tables are foreign; line
 * tables take at most CODES_MEMORY_MAX bytes.
 */
#ifndef PYREC_CODES_H
#define PYREC_CODES_H

#include "format/writer.h"
#include "ring.h"

#include <stddef.h>
#include <stdint.h>

#define CODES_MEMORY_MAX (UINT64_C(1) << 30)

struct codes;

/* NULL if there is no memory. */
struct codes *codes_new(void);
void codes_free(struct codes *);

/*
 * Takes the body of a RING_CODE, `size` bytes; an id that was known before is forgotten for the new one.  -1 with
 * PYPROF_DAMAGED if it is none, PYPROF_LIMIT over the table's size, or what the writer or lack of memory brings.
 */
int codes_take(struct codes *, const struct ring_code *, size_t size, struct pyprof_writer *, struct pyprof_error *);

/* Function (of the writer) and line that a frame is at; false if its code was never told of. */
bool codes_place(struct codes *, struct ring_frame frame, uint32_t *function, uint32_t *line);

#endif
