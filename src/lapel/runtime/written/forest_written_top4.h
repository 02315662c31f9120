/* Votes of decision trees as forest.h says it. The first four levels of nodes are code of
 * the step, and the streams are of what lies below. */
#ifndef LAPEL_FOREST_WRITTEN_TOP4_H
#define LAPEL_FOREST_WRITTEN_TOP4_H

#include "forest_written_whole.h"

typedef lapel_forest_written_whole_params lapel_forest_written_top4_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest_written_top4_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_forest_written_top4_params *p);

#endif
