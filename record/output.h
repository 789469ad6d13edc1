/*
 * output: where the stream goes
 *
 * A file, stdout, or (to be shown at the end) a file in memory.  Blocks are queued and written when the other end
 * takes them, so a reader that is slow holds up no sampling and no signal; how much waits is for the caller to watch.
 * The first failure is final: what comes after it is thrown away.
 */
#ifndef PYREC_OUTPUT_H
#define PYREC_OUTPUT_H

#include "format/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/*
 * Opens the output: a file of name `path`, emptied; stdout for "-"; and for NULL, stdout unless it is a terminal,
 * else memory.  Taking stdout makes stderr the stdout of this process and its children.  NULL on failure, with a
 * message of at most OUTPUT_MESSAGE_MAX bytes in `message`.
 */
enum { OUTPUT_MESSAGE_MAX = 256 };
struct output *output_open(const char *path, char *message);
void output_free(struct output *);

/* What takes a writer's blocks.  Fails with errno for lack of memory and once the output has failed. */
struct pyprof_sink output_sink(struct output *);

/* Bytes that wait to be written; bytes taken so far, these included. */
size_t output_pending(const struct output *);
uint64_t output_bytes(const struct output *);

/* Whether it is a file, in memory or not: others may have somebody at their other end who watches. */
bool output_is_file(const struct output *);

/* Writes what can be written without waiting; -1 with errno set once the output has failed. */
int output_push(struct output *);

/* Closes what is not memory; what still waits is lost.  -1 with errno set if the output has failed, or fails now. */
int output_close(struct output *);

/* For messages: the file's name in quotes, or "stdout"; of memory, NULL. */
const char *output_name(const struct output *);

/* A descriptor at the start of the stream in memory, the output's, once nothing waits; -1 for other outputs. */
int output_memory(const struct output *);

#endif
