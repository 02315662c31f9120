/* Rows of samples times a window that is its own mirror, of which one half is kept: see windowed16.h. */
#ifndef LAPEL_WINDOWED16_DSP_MIRRORED_H
#define LAPEL_WINDOWED16_DSP_MIRRORED_H

#include "dspcomplex.h"

typedef struct {
    const LAPEL_ROM int16_t *window; /* [length / 2], the first half */
    lapel_index rows;                /* >= 1 */
    lapel_index length;              /* >= 4, a multiple of 4 */
    int8_t shift;                    /* 0..31 */
} lapel_windowed16_dsp_mirrored_params;

/* y, x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_windowed16_dsp_mirrored_fn(int16_t *y, const int16_t *x,
                                              const LAPEL_ROM lapel_windowed16_dsp_mirrored_params *p);
LAPEL_KERNEL lapel_windowed16_dsp_mirrored_fn lapel_windowed16_dsp_mirrored;

#endif
