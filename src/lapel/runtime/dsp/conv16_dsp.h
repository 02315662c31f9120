/* The kernel `conv16` for cores with the DSP extension: one group, windows without gaps along a row, sums of 32 bits. */
#ifndef LAPEL_CONV16_DSP_H
#define LAPEL_CONV16_DSP_H

#include "dsp16.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM uint32_t *w;   /* packed, dsp16.h: of each two channels [kernel_h][blocks of a row][2] */
    const LAPEL_ROM int32_t *bias; /* [out_c], filled up to a multiple of 4, as w is */
    const LAPEL_ROM int32_t *mul;  /* as bias if per_channel, else [1] */
    const LAPEL_ROM int8_t *drop;  /* as mul; 0..13 */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;
    lapel_index row_blocks; /* of four values in a row of a window, the last one filled up */
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
    int8_t clamped;     /* 1: lo..hi is less than int16 */
} lapel_conv16_dsp_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (families/overlap.py). */
typedef void lapel_conv16_dsp_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_dsp_params *p);
LAPEL_KERNEL lapel_conv16_dsp_fn lapel_conv16_dsp;

#endif
