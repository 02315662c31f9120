/* Spectra of rows as rfft16_mve.h says it, from tables of a third: of turns each cosine is there once, and looked up. */
#ifndef LAPEL_RFFT16_MVE_SMALL_H
#define LAPEL_RFFT16_MVE_SMALL_H

#include "complex16_mve.h"
#include "rfft.h"

typedef struct {
    const LAPEL_ROM int16_t *turns;  /* [fft_length / 2], a circle of cosines */
    const LAPEL_ROM int16_t *parted; /* [fft_length / 4 + 1], the circle's second quarter in steps of half the size */
    lapel_rfft_shape shape;          /* fft_length / 2 is a power of 4 */
} lapel_rfft16_mve_small_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they do not overlap. */
typedef void lapel_rfft16_mve_small_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_small_params *p);
LAPEL_KERNEL lapel_rfft16_mve_small_fn lapel_rfft16_mve_small;

#endif
