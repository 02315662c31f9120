/* The kernel `conv` for cores with the DSP extension; no groups, no dilation along a row. Windows are gathered as
 * int16, two pixels at a time, where the stack has room for them; else as int8, of two pixels or one, or read where
 * they are. */
#ifndef LAPEL_CONV_DSP_H
#define LAPEL_CONV_DSP_H

#include "dsppixels.h"

typedef struct {
    lapel_conv_dsp_shape shape;     /* first: its address costs nothing */
    const LAPEL_ROM int32_t *w;     /* [(out_c + 3) / 4][4 + 4 * blocks]: groups of four channels, dspdot.h, with biases
                                     * */
    const LAPEL_ROM int32_t *scale; /* [(out_c + 3) / 4][5] if scale_step, else [5]: of each group four multipliers, and
                                     * four drops of a byte each; each byte 16..19 of 20: 0..21 */
    int16_t words;     /* 0..144: of windows on the stack; if bytes: words >= 2 * blocks;
                        * if pairs and not bytes: words >= 4 * blocks;
                        * if pairs and not inside and not whole: words >= 5 * blocks;
                        * if not pairs and not (inside and whole): words >= blocks */
    int16_t y_zero;    /* -128..127 */
    int8_t scale_step; /* 0 or 5: 0 if per tensor */
    int8_t lo;         /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;    /* 0 or 1: lo..hi is less than int8 */
} lapel_conv_dsp_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; they do not overlap. */
typedef void lapel_conv_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p);
LAPEL_KERNEL lapel_conv_dsp_fn lapel_conv_dsp;

#endif
