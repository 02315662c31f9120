/* Depthwise 2-D convolution with the instructions of dsp.h and a line buffer: see depthwise.h for what it computes.
 * Multiplier 1, dilation 1, every shift to the right. y = clamp_int8(zero + requantize(acc)). */
#ifndef LAPEL_DEPTHWISE_DSP_LINES_H
#define LAPEL_DEPTHWISE_DSP_LINES_H

#include "dsptaps.h"

#define LAPEL_DEPTHWISE_DSP_LINES_PAIRS 8  /* of taps in a row */
#define LAPEL_DEPTHWISE_DSP_LINES_MOST 15  /* rows of a kernel */
#define LAPEL_DEPTHWISE_DSP_LINES_ROOM 136 /* words on the stack, for the weights of a channel and the lines */

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [channels][kernel_h][kernel_w] */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]: 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1, as all sizes below */
    int16_t in_h;
    int16_t in_w;
    int16_t out_h;
    int16_t out_w;
    int16_t channels;
    int16_t columns; /* of y in a tile: if not all, a multiple of 4 */
    int8_t kernel_h; /* so many lines: with the weights they fit the room */
    int8_t kernel_w;
    int8_t pairs;    /* of taps in a row: kernel_w / 2 + 1 with stride_w 1, (kernel_w + 1) / 2 with 2 */
    int8_t stride_h;
    int8_t stride_w; /* 1 or 2 */
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
} lapel_depthwise_dsp_lines_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may start at the same byte where one
 * tile spans a row and no row of x is read behind the output that overwrites it; else they do not overlap. */
typedef void lapel_depthwise_dsp_lines_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_depthwise_dsp_lines_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_lines_fn lapel_depthwise_dsp_lines;

#endif
