/* Logarithms of a bank of triangles over magnitudes or powers of spectra in block floating point (SPEC 11). */
#ifndef LAPEL_LOGBANK_H
#define LAPEL_LOGBANK_H

#include "logarithm.h"

typedef struct {
    const LAPEL_ROM int16_t *weights; /* [bins], of the rising side, 2^15 is 1 */
    const LAPEL_ROM int16_t *counts;  /* [bands + 1], bins of each segment */
    const LAPEL_ROM int32_t *parts;   /* [32][2], of logarithms */
    const LAPEL_ROM uint8_t *seeds;   /* [96], of roots */
    lapel_index frames;               /* >= 1 */
    lapel_index stride;               /* numbers of a spectrum, two a bin */
    lapel_index first;                /* bin that the weights begin at */
    lapel_index bands;                /* >= 1 */
    int32_t floor;                    /* 0..2^24, in units of 2^-16 */
    int8_t power;                     /* 1: magnitudes, 2: powers */
} lapel_logbank_params;

/* y: [frames][bands]; x: [frames][stride]; shift: [frames]; peak: [1]; they do not overlap. */
typedef void lapel_logbank_fn(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                              const LAPEL_ROM lapel_logbank_params *p);
LAPEL_KERNEL lapel_logbank_fn lapel_logbank;

#endif
