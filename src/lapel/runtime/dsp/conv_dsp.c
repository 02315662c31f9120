#include "conv_dsp.h"

/* Words on the stack: blocks of int16 for two pixels, or of int8 for one; in a small layer, a larger one, and any. */
#define LAPEL_CONV_DSP_SMALL 64
#define LAPEL_CONV_DSP_MEDIUM 108
#define LAPEL_CONV_DSP_WORDS 144

/* With room for windows at `window`. */
LAPEL_NOINLINE void lapel_conv_dsp_layer(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p,
                                         uint32_t *window)
{
    const lapel_dsp_layer layer = {p->w, p->scale, p->scale_step, 2 * p->y_zero + 1,
                                   p->shape.blocks, p->shape.out_c, p->shape.bytes};

    lapel_conv_dsp_images(y, x, &p->shape, window, &layer);
}

/* Three functions, so that a model of small layers needs a small stack. One word more: windows of odd lengths are
 * written in whole words. */
LAPEL_NOINLINE void lapel_conv_dsp_small(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p)
{
    uint32_t window[LAPEL_CONV_DSP_SMALL + 1] = {0};

    lapel_conv_dsp_layer(y, x, p, window);
}

LAPEL_NOINLINE void lapel_conv_dsp_medium(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p)
{
    uint32_t window[LAPEL_CONV_DSP_MEDIUM + 1] = {0};

    lapel_conv_dsp_layer(y, x, p, window);
}

LAPEL_NOINLINE void lapel_conv_dsp_large(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p)
{
    uint32_t window[LAPEL_CONV_DSP_WORDS + 1] = {0};

    lapel_conv_dsp_layer(y, x, p, window);
}

void lapel_conv_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p)
{
    if (p->words <= LAPEL_CONV_DSP_SMALL) {
        lapel_conv_dsp_small(y, x, p);
    } else if (p->words <= LAPEL_CONV_DSP_MEDIUM) {
        lapel_conv_dsp_medium(y, x, p);
    } else {
        lapel_conv_dsp_large(y, x, p);
    }
    if (p->clamped) {
        lapel_dsp_clamp(y, (lapel_index)(p->shape.batches * p->shape.out_h * p->shape.out_w * p->shape.out_c), p->lo, p->hi);
    }
}
