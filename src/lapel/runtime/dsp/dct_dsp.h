/* Rows of 32 bits times a matrix to int8 as dct.h says it, two outputs at a time. */
#ifndef LAPEL_DCT_DSP_H
#define LAPEL_DCT_DSP_H

#include "dctoutput.h"

typedef lapel_dct_params lapel_dct_dsp_params;

/* y: [frames][outputs]; x: [frames][inputs]; they do not overlap. */
typedef void lapel_dct_dsp_fn(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_dsp_params *p);
LAPEL_KERNEL lapel_dct_dsp_fn lapel_dct_dsp;

#endif
