/* The kernel `conv16` for Helium: one group, windows without gaps along a row, sums of 32 bits. */
#ifndef LAPEL_CONV16_MVE_H
#define LAPEL_CONV16_MVE_H

#include "dot16_mve.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][in_c] */
    const LAPEL_ROM int32_t *bias; /* [out_c], filled up to a multiple of 4 */
    const LAPEL_ROM int32_t *mul;  /* as bias if per_channel, else [1]; see dot16_mve.h */
    const LAPEL_ROM int8_t *drop;  /* as mul */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t pad_top;
    int16_t pad_left;
    int16_t lo;         /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel; /* 0 or 1 */
} lapel_conv16_mve_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (families/overlap.py). */
typedef void lapel_conv16_mve_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_mve_params *p);
LAPEL_KERNEL lapel_conv16_mve_fn lapel_conv16_mve;

#endif
