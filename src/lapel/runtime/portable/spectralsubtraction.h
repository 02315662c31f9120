/* Spectral subtraction: each channel's noise is estimated by smoothing, and taken away. */
#ifndef LAPEL_SPECTRALSUBTRACTION_H
#define LAPEL_SPECTRALSUBTRACTION_H

#include "lapel.h"

typedef struct {
    lapel_index rows;      /* >= 1, one after the other */
    lapel_index channels;  /* of a row, >= 1 */
    uint32_t smoothing[2]; /* of the even and of the odd channels, < 2^31 */
    uint32_t kept[2];      /* < 2^31 */
    uint32_t floor;        /* < 2^31 */
    uint8_t bits;          /* of the fractions above, 0..31 */
    uint8_t smoothing_bits; /* of an estimate, 0..31 */
    uint8_t clamping;      /* whether an estimate above the signal is kept as the signal */
} lapel_spectralsubtraction_params;

/* y, noise, x: [rows][channels]; state: [channels]. y may be x; noise may be state if there is one row. */
typedef void lapel_spectralsubtraction_fn(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                          const LAPEL_ROM lapel_spectralsubtraction_params *p);
LAPEL_KERNEL lapel_spectralsubtraction_fn lapel_spectralsubtraction;

#endif
