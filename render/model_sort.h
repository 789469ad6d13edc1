/*
 * model_sort: processes and threads in their order, and what they add up to
 */
#ifndef PYRENDER_MODEL_SORT_H
#define PYRENDER_MODEL_SORT_H

#include "model.h"

/* Order and identity of processes: sections that compare equal are of one process. */
int model_compare_infos(const struct pyprof_info *a, const struct pyprof_info *b);

/* All sections are in: sorts processes and threads, and sums up times, recordings and fates. */
void model_sort(struct model *);

#endif
