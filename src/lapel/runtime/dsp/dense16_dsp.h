/* The kernel `dense16` for cores with the DSP extension, where sums have 32 bits. */
#ifndef LAPEL_DENSE16_DSP_H
#define LAPEL_DENSE16_DSP_H

#include "dsp16.h"

typedef struct {
    const LAPEL_ROM uint32_t *w;   /* packed, dsp16.h: of each two outputs [blocks][2], outputs filled up */
    const LAPEL_ROM int32_t *bias; /* [outputs], filled up to a multiple of 4 */
    const LAPEL_ROM int32_t *mul;  /* as bias if per_channel, else [1] */
    const LAPEL_ROM int8_t *drop;  /* as mul; 0..13 */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t clamped;     /* 1: lo..hi is less than int16 */
} lapel_dense16_dsp_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense16_dsp_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_dsp_params *p);
LAPEL_KERNEL lapel_dense16_dsp_fn lapel_dense16_dsp;

#endif
