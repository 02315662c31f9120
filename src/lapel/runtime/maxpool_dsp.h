/* Maximum over the cells of a window that are inside the image, as maxpool.h says it, eight or four channels at a time. */
#ifndef LAPEL_MAXPOOL_DSP_H
#define LAPEL_MAXPOOL_DSP_H

#include "dsp.h"
#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels; /* >= 4; the last block of 8, or 4 if fewer, may overlap the one before */
    lapel_index out_h;
    lapel_index out_w;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_maxpool_dsp_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards (ir/overlap.py). */
typedef void lapel_maxpool_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_dsp_params *p);
LAPEL_KERNEL lapel_maxpool_dsp_fn lapel_maxpool_dsp;

#endif
