/*
 * live_feed: a stream that arrives, into a live table
 *
 * The stream is a pipe (or whatever poll(2) can wait for), or a file, which is followed while it grows: its end is where
 * every section in it has ended.  A feed reads as much as a call brings and never waits; damage is passed over and
 * counted, as input.h does.
 *
 * Life: live_feed_open, live_feed_read when the descriptor is readable (a file: again and again), live_feed_free (NULL is
 * fine).
 */
#ifndef PYRENDER_LIVE_FEED_H
#define PYRENDER_LIVE_FEED_H

#include "input.h"
#include "live_table.h"

struct live_feed;

/* `name`: a file, or "-" for stdin; the caller's, as the damages are that are noted.  NULL with the error. */
struct live_feed *live_feed_open(const char *name, struct input_damages *, struct pyprof_error *);
void live_feed_free(struct live_feed *);

/* As damages and errors name it. */
const char *live_feed_name(const struct live_feed *);

/* To wait for; -1 if it is a file, which poll(2) calls readable at its end too. */
int live_feed_descriptor(const struct live_feed *);

/* Reads once: what there is goes into the table.  -1 with the error. */
enum live_fed { LIVE_FED_NOTHING, LIVE_FED_SOME, LIVE_FED_ALL };
int live_feed_read(struct live_feed *, struct live_table *, struct pyprof_error *);

/* Sound blocks so far; none at the end: it was no stream. */
uint64_t live_feed_blocks(const struct live_feed *);

/* Blocks that are missing by the stream's own numbering. */
uint64_t live_feed_missing(const struct live_feed *);

/* Sections that have not ended. */
size_t live_feed_open_sections(const struct live_feed *);

#endif
