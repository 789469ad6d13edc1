/*
 * keep: the flight recorder: the last part of the recording in memory, written when it is asked for
 *
 * Takes the output's place as the sink of all processes.  What is kept goes to the output when the recording ends, and
 * meanwhile, at a signal, to a file of its own beside it: FILE.1, FILE.2 and so on, so that no incident's record is
 * replaced by what follows.
 */
#ifndef PYREC_KEEP_H
#define PYREC_KEEP_H

#include "output.h"
#include "recording.h"

struct keep;

/*
 * Keeps the last `age` ns of samples of the recording, which must outlive it.  `path`: the output's name, if that is a
 * file, else NULL; not copied.  NULL if there is no memory.
 */
struct keep *keep_new(const struct recording *, uint64_t age, const char *path);
void keep_free(struct keep *);

/* What takes a writer's blocks. */
struct pyprof_sink keep_sink(struct keep *);

/*
 * Writes what is kept now to the next file.  0, or -1; `message`, OUTPUT_MESSAGE_MAX bytes, says where it is, or why
 * not.
 */
int keep_save(struct keep *, char *message);

/* Hands what is kept to the output; -1 with an error. */
int keep_finish(struct keep *, struct output *, struct pyprof_error *);

#endif
