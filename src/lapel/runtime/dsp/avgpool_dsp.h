/* Mean over the cells of a window that are inside the image, as avgpool.h says it, four channels at a time. */
#ifndef LAPEL_AVGPOOL_DSP_H
#define LAPEL_AVGPOOL_DSP_H

#include "dsp.h"
#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels; /* >= 4; the last four overlap the four before them where 4 does not divide their number */
    lapel_index out_h;
    lapel_index out_w;
    int16_t kernel_h;     /* windows have 256 cells at most, so that a sum fits 16 bits */
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_avgpool_dsp_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]; they do not overlap. */
typedef void lapel_avgpool_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_dsp_params *p);
LAPEL_KERNEL lapel_avgpool_dsp_fn lapel_avgpool_dsp;

#endif
