/* Rows of samples times a window that is its own mirror, of which one half is kept: see windowed16.h. */
#ifndef LAPEL_WINDOWED16_MVE_MIRRORED_H
#define LAPEL_WINDOWED16_MVE_MIRRORED_H

#include "mirrored16.h"
#include "mve.h"

typedef lapel_mirrored16_params lapel_windowed16_mve_mirrored_params; /* length: a multiple of 16 */

/* y, x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_windowed16_mve_mirrored_fn(int16_t *y, const int16_t *x,
                                              const LAPEL_ROM lapel_windowed16_mve_mirrored_params *p);
LAPEL_KERNEL lapel_windowed16_mve_mirrored_fn lapel_windowed16_mve_mirrored;

#endif
