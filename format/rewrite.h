/*
 * rewrite: a section passed on with changes, block for block
 *
 * What a filter does to a stream, it does block by block: every block of the original becomes one block of the copy with
 * the same sequence number, so that gaps stay visible, nothing is held back and memory stays bounded.  Ids of strings,
 * functions, nodes and threads stay as they are; samples that go are marked PYPROF_REMOVED; frames that go take their
 * nodes with them (a node map).
 *
 * The copy is another section: its id is derived from the original's and from the filter's text, so that the same filter
 * over the same section gives the same section, wherever and whenever it is done.
 */
#ifndef PYPROF_REWRITE_H
#define PYPROF_REWRITE_H

#include "reader.h"
#include "writer.h"

/* The section id of `original` under a filter described by `text`. */
uint64_t pyprof_rewrite_id(uint64_t original, struct pyprof_text text);

/*
 * Which node stands for a node once frames were cut out: itself, or its nearest remaining ancestor, or 0.  Called for a
 * node after its parent.
 */
struct pyprof_node_map {
    uint32_t (*map)(void *context, uint32_t node);
    void *context;
};

/*
 * Writes to `sink` the block that `item` becomes: the same content under the id `pyprof_rewrite_id(original, text)`.
 * SECTION blocks get `text` added to their filters; DEFS get their nodes' parents mapped, if `map` is not NULL; SAMPLES
 * are encoded from `samples` (decoded with
 * PYPROF_WANT_CPU; whose nodes the caller has mapped) and counted anew; END totals stay the original's;
 * unknown blocks are passed on.  Damage is no block: it is an error to pass it.
 */
int pyprof_rewrite(const struct pyprof_sink *sink, const struct pyprof_item *item, struct pyprof_text text,
                   const struct pyprof_node_map *map, const struct pyprof_samples *samples, struct pyprof_error *);

#endif
