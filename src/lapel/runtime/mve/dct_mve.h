/* Rows of 32 bits times a matrix to int8 as dct.h says it, four inputs at a time. */
#ifndef LAPEL_DCT_MVE_H
#define LAPEL_DCT_MVE_H

#include "dctoutput.h"
#include "mve.h"

typedef lapel_dct_params lapel_dct_mve_params;

/* y: [frames][outputs]; x: [frames][inputs]; they do not overlap. */
typedef void lapel_dct_mve_fn(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_mve_params *p);
LAPEL_KERNEL lapel_dct_mve_fn lapel_dct_mve;

#endif
