/*
 * model_tracks: the tracks of a model's threads, as sections come and at the end
 *
 * However many sections there are, what the tracks hold is bounded by the model's most_runs; whichever order they come
 * in, the result is the same.
 */
#ifndef PYRENDER_MODEL_TRACKS_H
#define PYRENDER_MODEL_TRACKS_H

#include "model.h"

/* A section's tracks were appended to those of the model's threads.  -1: no memory. */
int model_tracks_added(struct model *, const struct tracks *);

/* All sections are in: sorts, and gives all tracks the same width.  -1: no memory. */
int model_tracks_finish(struct model *);

#endif
