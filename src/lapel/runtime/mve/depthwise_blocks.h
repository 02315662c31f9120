/* Depthwise convolution up to 3x3 for Helium, NHWC, multiplier 1, strides 1: as depthwise.h, 2x2 pixels at a time.
 *
 * Weights: LAPEL_DEPTHWISE_BLOCKS_LEAD zeros, then [in_c][4][4]: rows of taps, zeros beside and below them. */
#ifndef LAPEL_DEPTHWISE_BLOCKS_H
#define LAPEL_DEPTHWISE_BLOCKS_H

#include "mve.h"
#include "window.h"

#define LAPEL_DEPTHWISE_BLOCKS_LEAD 5 /* so many are behind those of each channel */

typedef struct {
    const LAPEL_ROM int8_t *w;      /* [LAPEL_DEPTHWISE_BLOCKS_LEAD + 16 * in_c] */
    const LAPEL_ROM int32_t *table; /* [in_c][3]: mul, shift (-31..-1), bias */
    lapel_index batches;            /* >= 1 */
    lapel_index in_h;               /* >= 1 */
    lapel_index in_w;               /* >= 1; 3 * (in_w + 1) * in_c < 2^16 */
    lapel_index in_c;               /* >= 1 */
    lapel_index out_h;              /* >= 2 */
    lapel_index out_w;              /* >= 2 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero; /* -128..127 */
    int16_t y_zero; /* -128..127 */
    int8_t lo;      /* clamp, lo <= hi; y_zero <= hi */
    int8_t hi;
} lapel_depthwise_blocks_params;

/* Total. y: [batches][out_h][out_w][in_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: blocks upwards, a channel of one read before it is written (families/overlap.py). */
typedef void lapel_depthwise_blocks_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_blocks_params *p);
LAPEL_KERNEL lapel_depthwise_blocks_fn lapel_depthwise_blocks;

#endif
