/*
 * sift: a filter at work on a stream's blocks
 *
 * Every block goes on as one block of a section of its own (format/rewrite.h): removed samples are marked, frames
 * that are cut out give way to their nearest caller that stays.  A block is judged by the names that were known when
 * it came, and whole stacks are judged, before frames are cut out of them.
 *
 * What is not known matches nothing: a sample whose stack's names were lost is removed where a path or a function is
 * asked for, and kept, uncut, where none is; a thread or a process that is not known has an empty name and no id.
 * Missed samples stay as they are: their time is that of the next sample and goes where that one goes.
 *
 * A verdict is kept for each function and for each node (its own frame's and its caller's together), so that each is
 * judged once; they live in the section (pyprof_section_set_user), so nobody else may use that place.
 */
#ifndef PYMERGE_SIFT_H
#define PYMERGE_SIFT_H

#include "format/rewrite.h"
#include "merge/filter.h"

struct sift;

/* `filter` stays the caller's and must outlive the sift.  NULL if there is no memory. */
struct sift *sift_new(const struct filter *);
void sift_free(struct sift *);

/*
 * Writes what the filter leaves of `item`, the reader's current one and no damage, to `sink`.  -1 on an error.  A block
 * that cannot be read, and so not filtered, is not written; nor are those of a section that is newer than this program.
 */
int sift_item(struct sift *, struct pyprof_reader *, const struct pyprof_item *, const struct pyprof_sink *,
              struct pyprof_error *);

/* Samples removed so far because what they say of their thread's state leaves it open whether they are asked for. */
uint64_t sift_unknown(const struct sift *);

/* Whether an error of sift_item concerned only that block, and others can follow. */
bool sift_goes_on(const struct pyprof_error *);

#endif
