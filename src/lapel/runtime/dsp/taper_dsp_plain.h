/* Frames without pre-emphasis under a window as taper.h says it, two samples at a time. */
#ifndef LAPEL_TAPER_DSP_PLAIN_H
#define LAPEL_TAPER_DSP_PLAIN_H

#include "dspcomplex.h"
#include "taperroom.h"

typedef lapel_taper_params lapel_taper_dsp_plain_params; /* gain 1, lean 0 */

/* y: [frames][length]; shift: [frames]; x: [frames][length]; they do not overlap. */
typedef void lapel_taper_dsp_plain_fn(int32_t *y, int32_t *shift, const int16_t *x,
                                      const LAPEL_ROM lapel_taper_dsp_plain_params *p);
LAPEL_KERNEL lapel_taper_dsp_plain_fn lapel_taper_dsp_plain;

#endif
