/* The kernel `depthwise16` with multiplier 1 for cores with the DSP extension, where sums have 32 bits. */
#ifndef LAPEL_DEPTHWISE16_DSP_H
#define LAPEL_DEPTHWISE16_DSP_H

#include "dsp16.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM uint32_t *w;   /* of each two channels a and b [kernel_h][row_words]: a b of two taps, bytes 0 2, 1 3 */
    const LAPEL_ROM int32_t *bias; /* [channels], one more if odd */
    const LAPEL_ROM int32_t *mul;  /* as bias if per_channel, else [1] */
    const LAPEL_ROM int8_t *drop;  /* as mul; 0..13 */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index row_words; /* half of kernel_w, rounded up */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t lo;         /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t clamped;     /* 1: lo..hi is less than int16 */
} lapel_depthwise16_dsp_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes
 * from the order: pixels upwards, at most two at a time, each channel read before it is written (families/overlap.py). */
typedef void lapel_depthwise16_dsp_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_dsp_params *p);
LAPEL_KERNEL lapel_depthwise16_dsp_fn lapel_depthwise16_dsp;

#endif
