/* Frames with pre-emphasis under a window as taper.h says it: a sample and the one before it are a word. */
#ifndef LAPEL_TAPER_DSP_H
#define LAPEL_TAPER_DSP_H

#include "dspcomplex.h"
#include "taperroom.h"

typedef lapel_taper_params lapel_taper_dsp_params; /* lean > 0 */

/* y: [frames][length]; shift: [frames]; x: [frames][1 + length]; they do not overlap. */
typedef void lapel_taper_dsp_fn(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_dsp_params *p);
LAPEL_KERNEL lapel_taper_dsp_fn lapel_taper_dsp;

#endif
