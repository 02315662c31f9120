/* Spectra of rows of int16, divided by fft_length: bins 0 to fft_length / 2, the real part of each first. */
#ifndef LAPEL_RFFT16_H
#define LAPEL_RFFT16_H

#include "rfft.h"

typedef struct {
    const LAPEL_ROM int16_t *sines; /* [fft_length / 4 + 1], 32767 sin(2 pi k / fft_length) */
    lapel_rfft_shape shape;
} lapel_rfft16_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_rfft16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_params *p);
LAPEL_KERNEL lapel_rfft16_fn lapel_rfft16;

#endif
