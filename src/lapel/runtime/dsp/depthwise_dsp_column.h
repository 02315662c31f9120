/* The kernel `depthwise` where y is one pixel, of taps that are all in x, evenly spaced; with the instructions of
 * dsp.h, four channels at a time; the last four overlap the four before them where 4 does not divide their number. */
#ifndef LAPEL_DEPTHWISE_DSP_COLUMN_H
#define LAPEL_DEPTHWISE_DSP_COLUMN_H

#include "dspscale.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [(channels + 3) / 4][taps][4]: pairs of taps, then an odd one */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]; each 1..22, what is shifted out behind the multiplication */
    lapel_index taps;              /* >= 1 */
    lapel_index step;              /* >= 0, bytes from one tap to the next */
    lapel_index image;             /* >= 0, bytes from one image of x to the next */
    int16_t batches;               /* >= 1 */
    int16_t channels;              /* >= 4 */
    int8_t y_zero;
} lapel_depthwise_dsp_column_params;

/* Total.
 * y: [batches][channels]; x: [(batches - 1) * image + (taps - 1) * step + channels]. They may
 * overlap as the planner computes from the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_depthwise_dsp_column_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_depthwise_dsp_column_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_column_fn lapel_depthwise_dsp_column;

#endif
