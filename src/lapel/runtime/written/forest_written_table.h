/* Votes of decision trees as forest.h says it. No node is code; on AVR cores what walks down the stream is assembly. */
#ifndef LAPEL_FOREST_WRITTEN_TABLE_H
#define LAPEL_FOREST_WRITTEN_TABLE_H

#include "forest_written_whole.h"

typedef lapel_forest_written_whole_params lapel_forest_written_table_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest_written_table_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_forest_written_table_params *p);

#endif
