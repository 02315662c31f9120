/* Spectra of rows of int32, divided by fft_length: bins 0 to fft_length / 2, the real part of each first. */
#ifndef LAPEL_RFFT32_H
#define LAPEL_RFFT32_H

#include "rfft.h"

typedef struct {
    const LAPEL_ROM int32_t *sines; /* [fft_length / 4 + 1], 2147483647 sin(2 pi k / fft_length) */
    lapel_rfft_shape shape;
} lapel_rfft32_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_rfft32_fn(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_params *p);
LAPEL_KERNEL lapel_rfft32_fn lapel_rfft32;

#endif
