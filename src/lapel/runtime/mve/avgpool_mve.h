/* Average pooling for Helium, NHWC: as avgpool.h, eight channels at a time. */
#ifndef LAPEL_AVGPOOL_MVE_H
#define LAPEL_AVGPOOL_MVE_H

#include "mve.h"
#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index channels;
    int16_t kernel_h; /* kernel_h * kernel_w <= 255: sums fit 16 bits */
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_avgpool_mve_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, eight channels read before they are written
 * (families/overlap.py). */
typedef void lapel_avgpool_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_mve_params *p);
LAPEL_KERNEL lapel_avgpool_mve_fn lapel_avgpool_mve;

#endif
