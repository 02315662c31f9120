/* Sums of decision trees as forest16sum.h says it. All nodes and leaves are code of the step. */
#ifndef LAPEL_FOREST16SUM_WRITTEN_WHOLE_H
#define LAPEL_FOREST16SUM_WRITTEN_WHOLE_H

#include "forestsums.h"
#include "inorder.h"

typedef struct {
    const LAPEL_ROM int32_t *start; /* [outputs] */
    lapel_index rows;               /* of x and y, >= 1 */
    lapel_index features;           /* 1..32767 */
    lapel_index outputs;            /* 1..256 */
} lapel_forest16sum_written_whole_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest16sum_written_whole_fn(int32_t *y, const int16_t *x,
                                                const LAPEL_ROM lapel_forest16sum_written_whole_params *p);

#endif
