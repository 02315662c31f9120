/* Depthwise 2-D convolution 1 by k with the instructions of dsp.h, row by row: see depthwise.h for what it computes.
 * Multiplier 1, dilation_w 1, stride_w 1, every shift to the right. y = clamp_int8(zero + requantize(acc)). */
#ifndef LAPEL_DEPTHWISE_DSP_ROWS_H
#define LAPEL_DEPTHWISE_DSP_ROWS_H

#include "dsptaps.h"

#define LAPEL_DEPTHWISE_DSP_ROWS_PAIRS 8  /* of the longest kernel */
#define LAPEL_DEPTHWISE_DSP_ROWS_WORDS 16 /* of a lane: twice as many columns of x */

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [channels][kernel_w] */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]; each 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1 */
    int16_t in_h;                  /* >= 1 */
    int16_t in_w;                  /* >= 1 */
    int16_t out_h;                 /* >= 1 */
    int16_t out_w;                 /* >= 1 */
    int16_t channels; /* >= 4 */
    int16_t columns;  /* 1..out_w, of y in a tile: if not all, a multiple of 4; with the pairs of taps they fit a lane:
                       * (columns + 3) / 4 * 2 + kernel_w / 2 <= LAPEL_DEPTHWISE_DSP_ROWS_WORDS */
    int8_t kernel_w;  /* 2..15: in pairs of taps, one tap being in two of them, kernel_w / 2 + 1 */
    int8_t stride_h;  /* >= 1 */
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
} lapel_depthwise_dsp_rows_params;

/* Total.
 * y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may start at the same byte where one
 * tile spans a row and no row of x is read behind the output that overwrites it; else they do not overlap. */
typedef void lapel_depthwise_dsp_rows_fn(int8_t *y, const int8_t *x,
                                         const LAPEL_ROM lapel_depthwise_dsp_rows_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_rows_fn lapel_depthwise_dsp_rows;

#endif
