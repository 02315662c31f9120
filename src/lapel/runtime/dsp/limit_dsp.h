/* A clamp as limit.h, four elements at a time. */
#ifndef LAPEL_LIMIT_DSP_H
#define LAPEL_LIMIT_DSP_H

#include "dsp.h"
#include "limit.h"

typedef lapel_limit_params lapel_limit_dsp_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_limit_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_limit_dsp_params *p);
LAPEL_KERNEL lapel_limit_dsp_fn lapel_limit_dsp;

#endif
