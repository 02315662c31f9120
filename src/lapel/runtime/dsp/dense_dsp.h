/* The kernel `dense` for cores with the DSP extension; x is read four values at a time, at any address. */
#ifndef LAPEL_DENSE_DSP_H
#define LAPEL_DENSE_DSP_H

#include "dspdot.h"

typedef struct {
    const LAPEL_ROM int32_t *w;     /* packed, dspdot.h: groups of four outputs, with their biases */
    const LAPEL_ROM int32_t *scale; /* of each group: four multipliers, and four drops of a byte each */
    lapel_index batches;            /* rows of x and y, >= 1 */
    lapel_index inputs;             /* >= 1 */
    lapel_index outputs;            /* >= 1 */
    int16_t y_zero;                 /* -128..127 */
    int8_t scale_step;              /* 5, or 0 if per tensor */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;                 /* 1: lo..hi is less than int8 */
} lapel_dense_dsp_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_dsp_params *p);
LAPEL_KERNEL lapel_dense_dsp_fn lapel_dense_dsp;

#endif
