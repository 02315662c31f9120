/* Convolutions whose weights are decoded, as many channels at a time as there is scratch for; one group. */
#ifndef LAPEL_CONVDECODED_H
#define LAPEL_CONVDECODED_H

#include "codedrows.h"
#include "convpixels.h"

/* What is in flash beside the codes. */
typedef struct {
    int8_t *rows;                  /* [block][kernel_h * kernel_w * in_c]: scratch, weights of a block of channels */
    int32_t *biases;               /* [block]: scratch, theirs */
    const LAPEL_ROM uint8_t *bias; /* [out_c][bias_bytes], lowest byte first, / 2^bias_shift: for x - bias_zero */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30; if plain: each <= -2 */
    lapel_conv_shape shape;
    lapel_index block;             /* >= 1, channels that are decoded at a time; groups == 1 */
    int16_t y_zero;                /* -128..127 */
    int16_t bias_zero;             /* -128..127 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t plain;                  /* 0 or 1: every shift is -2 or less; if plain: lo == -128 and hi == 127 */
    int8_t bias_bytes;             /* 1..4 */
    int8_t bias_shift;             /* 0..31 */
} lapel_convdecoded_shape;

/* The next `count` channels from o. */
static void lapel_convdecoded_rows(lapel_index o, lapel_index count, const LAPEL_ROM lapel_convdecoded_shape *p,
                                   const lapel_rows *rows)
{
    const lapel_folded biases = {{p->bias, p->bias_bytes, p->bias_shift}, p->bias_zero};
    const lapel_index row = (lapel_index)(p->shape.kernel_h * p->shape.kernel_w * p->shape.in_c);
    const int8_t *w = p->rows;

    rows->next(rows->decoder, p->rows, (lapel_index)(count * row));
    for (lapel_index k = 0; k < count; k++) {
        const int32_t sum = biases.zero != 0 ? lapel_weights_sum(w, row) : 0;

        p->biases[k] = lapel_folded_bias(&biases, (lapel_index)(o + k), sum);
        w += row;
    }
}

LAPEL_NOINLINE void lapel_convdecoded_images(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_convdecoded_shape *p,
                                             const lapel_rows *rows)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const lapel_index out_c = p->shape.out_c;
    lapel_conv_job j;

    j.p = &p->shape;
    j.w = p->rows;
    j.bias = p->biases;
    j.channels = p->block;
    j.output = output;
    for (lapel_index o = 0; o < out_c; o = (lapel_index)(o + j.channels)) {
        j.channels = out_c - o < j.channels ? (lapel_index)(out_c - o) : j.channels;
        lapel_convdecoded_rows(o, j.channels, p, rows);
        lapel_conv_images(y + o, x, &j);
        if (p->per_channel) {
            j.output.mul += j.channels;
            j.output.shift += j.channels;
        }
    }
}

#endif
