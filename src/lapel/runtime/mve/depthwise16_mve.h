/* The kernel `depthwise16` with multiplier 1 for Helium, where sums have 32 bits. */
#ifndef LAPEL_DEPTHWISE16_MVE_H
#define LAPEL_DEPTHWISE16_MVE_H

#include "scale16_mve.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int8_t *w;      /* [kernel_h][kernel_w][channels] */
    const LAPEL_ROM int32_t *table; /* of each eight channels: bias, mul and drop, of the even ones and the odd ones [6][4] */
    lapel_index batches;            /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels;
    lapel_index out_h;
    lapel_index out_w;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t lo; /* clamp, lo <= hi */
    int16_t hi;
} lapel_depthwise16_mve_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes
 * from the order: pixels upwards, one at a time, each channel read before it is written (families/overlap.py). */
typedef void lapel_depthwise16_mve_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_mve_params *p);
LAPEL_KERNEL lapel_depthwise16_mve_fn lapel_depthwise16_mve;

#endif
