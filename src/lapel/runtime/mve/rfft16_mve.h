/* Spectra of rows as rfft16.h says it, four complex numbers at a time. */
#ifndef LAPEL_RFFT16_MVE_H
#define LAPEL_RFFT16_MVE_H

#include "complex16_mve.h"
#include "rfft.h"

typedef struct {
    const LAPEL_ROM uint32_t *turns;  /* of each stage but the first, of four numbers: once, twice, thrice; m = 2: 0 1 0 1 */
    const LAPEL_ROM uint32_t *parted; /* [fft_length / 4], of the last pass */
    lapel_rfft_shape shape;
} lapel_rfft16_mve_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they do not overlap. */
typedef void lapel_rfft16_mve_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_params *p);
LAPEL_KERNEL lapel_rfft16_mve_fn lapel_rfft16_mve;

#endif
