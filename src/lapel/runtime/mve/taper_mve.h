/* Frames under a window as taper.h says it, four samples at a time. */
#ifndef LAPEL_TAPER_MVE_H
#define LAPEL_TAPER_MVE_H

#include "mve.h"
#include "taperroom.h"

typedef lapel_taper_params lapel_taper_mve_params;

/* y: [frames][length]; shift: [frames]; x: [frames][length], with a lean [frames][1 + length]; they do not overlap. */
typedef void lapel_taper_mve_fn(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_mve_params *p);
LAPEL_KERNEL lapel_taper_mve_fn lapel_taper_mve;

#endif
