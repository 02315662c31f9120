/* Copies a tensor to another place of the arena as slide.h, eight words at a time where both are aligned alike. */
#ifndef LAPEL_SLIDE_DSP_H
#define LAPEL_SLIDE_DSP_H

#include "dsp.h"
#include "slide.h"

typedef lapel_slide_params lapel_slide_dsp_params;

/* Total. y, x: [bytes], in one array. */
typedef void lapel_slide_dsp_fn(void *y, const void *x, const LAPEL_ROM lapel_slide_dsp_params *p);
LAPEL_KERNEL lapel_slide_dsp_fn lapel_slide_dsp;

#endif
