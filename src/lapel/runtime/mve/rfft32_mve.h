/* Spectra of rows as rfft32.h says it, two complex numbers at a time. */
#ifndef LAPEL_RFFT32_MVE_H
#define LAPEL_RFFT32_MVE_H

#include "complex32_mve.h"
#include "rfft.h"

typedef struct {
    const LAPEL_ROM int32_t *turns;  /* of each stage but the first, of two numbers: once, twice, thrice */
    const LAPEL_ROM int32_t *parted; /* [fft_length / 4][2], of the last pass */
    lapel_rfft_shape shape;
} lapel_rfft32_mve_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_rfft32_mve_fn(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_mve_params *p);
LAPEL_KERNEL lapel_rfft32_mve_fn lapel_rfft32_mve;

#endif
