/* The kernel `dense` for cores with the DSP extension; x is read four values at a time, at any address. */
#ifndef LAPEL_DENSE_DSP_H
#define LAPEL_DENSE_DSP_H

#include "dspdot.h"

typedef struct {
    const LAPEL_ROM int32_t *w;     /* [(outputs + 3) / 4][4 + up(inputs, 4)]: groups of four outputs, dspdot.h, with
                                     * biases */
    const LAPEL_ROM int32_t *scale; /* [(outputs + 3) / 4][5] if scale_step, else [5]: of each group four multipliers,
                                     * and four drops of a byte each; each byte 16..19 of 20: 0..21 */
    lapel_index batches;            /* >= 1, rows of x and y */
    lapel_index inputs;             /* >= 1 */
    lapel_index outputs;            /* >= 1 */
    int16_t y_zero;                 /* -128..127 */
    int8_t scale_step;              /* 0 or 5: 0 if per tensor */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;                 /* 0 or 1: lo..hi is less than int8 */
} lapel_dense_dsp_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_dsp_params *p);
LAPEL_KERNEL lapel_dense_dsp_fn lapel_dense_dsp;

#endif
