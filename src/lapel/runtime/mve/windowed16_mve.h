/* Rows of samples times a window as windowed16.h says it, eight samples at a time. */
#ifndef LAPEL_WINDOWED16_MVE_H
#define LAPEL_WINDOWED16_MVE_H

#include "windowed16.h"
#include "mve.h"

typedef lapel_windowed16_params lapel_windowed16_mve_params;

/* y, x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_windowed16_mve_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_mve_params *p);
LAPEL_KERNEL lapel_windowed16_mve_fn lapel_windowed16_mve;

#endif
