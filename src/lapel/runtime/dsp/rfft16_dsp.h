/* Spectra of rows as rfft16.h says it, two halves of a word at a time. */
#ifndef LAPEL_RFFT16_DSP_H
#define LAPEL_RFFT16_DSP_H

#include "dspcomplex.h"
#include "rfft.h"

typedef struct {
    const LAPEL_ROM uint32_t *turns; /* [fft_length / 4 + 1], halves 32767 cos and -32767 sin of 2 pi k / fft_length */
    lapel_rfft_shape shape;
} lapel_rfft16_dsp_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they do not overlap. */
typedef void lapel_rfft16_dsp_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_dsp_params *p);
LAPEL_KERNEL lapel_rfft16_dsp_fn lapel_rfft16_dsp;

#endif
