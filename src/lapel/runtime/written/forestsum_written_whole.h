/* Sums of decision trees as forestsum.h says it. All nodes and leaves are code of the step. */
#ifndef LAPEL_FORESTSUM_WRITTEN_WHOLE_H
#define LAPEL_FORESTSUM_WRITTEN_WHOLE_H

#include "forestsums.h"
#include "inorder.h"

typedef struct {
    const LAPEL_ROM int32_t *start; /* [outputs] */
    lapel_index rows;               /* of x and y, >= 1 */
    lapel_index features;           /* 1..128 */
    lapel_index outputs;            /* 1..256 */
} lapel_forestsum_written_whole_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forestsum_written_whole_fn(int32_t *y, const int8_t *x,
                                              const LAPEL_ROM lapel_forestsum_written_whole_params *p);

#endif
