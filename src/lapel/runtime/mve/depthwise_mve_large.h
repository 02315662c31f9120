/* Depthwise 2-D convolution for Helium of many taps, or of several outputs a channel: as depthwise.h, 16 at a time.
 *
 * Weights and tables as in depthwise_mve.h, of output channels. Where the multiplier is not 1, each vector's weights
 * stand behind 16 uint8, where its lanes read: so far from the chunk of input channels that they belong to. */
#ifndef LAPEL_DEPTHWISE_MVE_LARGE_H
#define LAPEL_DEPTHWISE_MVE_LARGE_H

#include "taps_mve.h"
#include "window.h"

#define LAPEL_DEPTHWISE_MVE_LARGE_FEW 25    /* taps; their addresses are on the stack */
#define LAPEL_DEPTHWISE_MVE_LARGE_MOST 121
#define LAPEL_DEPTHWISE_MVE_LARGE_CHUNK 128 /* input channels for which there are values x_zero on the stack */

typedef struct {
    const LAPEL_ROM int8_t *w;
    const LAPEL_ROM int32_t *table;
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index multiplier; /* output channels for each of x */
    lapel_index x_first;    /* output columns x_first..x_end-1 have all taps of a row inside x */
    lapel_index x_end;      /* x_first..out_w */
    int16_t kernel_h;       /* kernel_h * kernel_w <= LAPEL_DEPTHWISE_MVE_LARGE_MOST */
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero; /* -128..127 */
    int16_t y_zero; /* -128..127 */
    int8_t lo;      /* clamp, lo <= hi */
    int8_t hi;
    int8_t fold;    /* pixels at once, whose outputs are 16 or less; 1 if strided and the multiplier is 1 */
} lapel_depthwise_mve_large_params;

/* y: [batches][out_h][out_w][in_c * multiplier]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner
 * computes from the order: pixels upwards, a vector of channels read before it is written (families/overlap.py). */
typedef void lapel_depthwise_mve_large_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_depthwise_mve_large_params *p);
LAPEL_KERNEL lapel_depthwise_mve_large_fn lapel_depthwise_mve_large;

#endif
