/* Convolutions on the DSP extension whose weights are decoded and packed (dspdot.h), as many channels at a time as
 * there is scratch for. */
#ifndef LAPEL_DSPDECODED_H
#define LAPEL_DSPDECODED_H

#include "dsppixels.h"
#include "pairrows.h"

/* What is in flash beside the codes. */
typedef struct {
    int32_t *packed;                /* [block / 4][4 + 4 * blocks]: scratch, groups of a block of channels */
    uint32_t *windows;              /* [2 * blocks] if bytes or not pairs, else [4 * blocks + (blocks + 1) * (1 - inside)
                                     * * (1 - whole)]: scratch, windows; before that two rows of 4 * blocks weights */
    const LAPEL_ROM uint8_t *bias;  /* [out_c][bias_bytes], lowest byte first, / 2^bias_shift: for x - bias_zero */
    const LAPEL_ROM int32_t *scale; /* [(out_c + 3) / 4][5] if scale_step, else [5]: of each group four multipliers, and
                                     * four drops of a byte each; each byte 16..19 of 20: 0..21 */
    lapel_conv_dsp_shape shape;
    lapel_index fan_in;             /* fan_in == kernel_h * kernel_w * in_c */
    lapel_index block;              /* >= 1, channels that are decoded at a time; block == up(block, 4) */
    int16_t y_zero;                 /* -128..127 */
    int16_t bias_zero;              /* -128..127 */
    int8_t scale_step;              /* 0 or 5: 0 if per tensor */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;                 /* 0 or 1: lo..hi is less than int8 */
    int8_t bias_bytes;              /* 1..4 */
    int8_t bias_shift;              /* 0..31 */
} lapel_conv_dspdecoded_shape;

/* The next row of weights, channel o, with zeros behind it; all zeros for what is no channel. */
static void lapel_conv_dspdecoded_row(int8_t *w, lapel_index o, const LAPEL_ROM lapel_conv_dspdecoded_shape *p,
                                      const lapel_rows *rows)
{
    const lapel_index values = o < p->shape.out_c ? p->fan_in : 0;

    memset(w + values, 0, (size_t)(4 * p->shape.blocks - values));
    if (values > 0) {
        rows->next(rows->decoder, w, values);
    }
}

/* The next two channels, o and o + 1, to every second word; their sums. */
static lapel_pair_sums lapel_conv_dspdecoded_pair(int32_t *to, lapel_index o,
                                                  const LAPEL_ROM lapel_conv_dspdecoded_shape *p,
                                                  const lapel_pair_rows *rows)
{
    int8_t *const a = (int8_t *)p->windows, *const b = a + 4 * p->shape.blocks;
    lapel_pair_sums sums;

    if (rows->pair != 0 && o + 1 < p->shape.out_c && rows->pair(rows->rows.decoder, to, p->fan_in, &sums)) {
        return sums;
    }
    lapel_conv_dspdecoded_row(a, o, p, &rows->rows);
    lapel_conv_dspdecoded_row(b, (lapel_index)(o + 1), p, &rows->rows);
    return lapel_pair_pack(to, a, b, p->shape.blocks);
}

/* Of channel o, whose weights have that sum; 0 for what is no channel. */
static int32_t lapel_conv_dspdecoded_bias(lapel_index o, int32_t sum, const LAPEL_ROM lapel_conv_dspdecoded_shape *p)
{
    const lapel_folded biases = {{p->bias, p->bias_bytes, p->bias_shift}, p->bias_zero};

    return o < p->shape.out_c ? lapel_folded_bias(&biases, o, sum) : 0;
}

/* The next `count` channels from o, in groups of four. */
static void lapel_conv_dspdecoded_rows(lapel_index o, lapel_index count,
                                       const LAPEL_ROM lapel_conv_dspdecoded_shape *p, const lapel_pair_rows *rows)
{
    const lapel_index end = (lapel_index)(o + count);
    int32_t *to = p->packed;

    for (; o < end; o = (lapel_index)(o + 4)) {
        for (lapel_index pair = 0; pair < 2; pair++) {
            const lapel_index channel = (lapel_index)(o + 2 * pair);
            const lapel_pair_sums sums = lapel_conv_dspdecoded_pair(to + 4 + pair, channel, p, rows);
            const int32_t second = (int32_t)((uint32_t)sums.both - (uint32_t)sums.a) >> 8;
            const int32_t low = lapel_conv_dspdecoded_bias(channel, sums.a, p);
            const int32_t high = lapel_conv_dspdecoded_bias((lapel_index)(channel + 1), second, p);

            to[2 * pair] = low;
            to[2 * pair + 1] = (int32_t)(((uint32_t)high << 8) + (uint32_t)low);
        }
        to += 4 + 4 * p->shape.blocks;
    }
}

LAPEL_NOINLINE void lapel_conv_dspdecoded_images(int8_t *y, const int8_t *x,
                                                 const LAPEL_ROM lapel_conv_dspdecoded_shape *p,
                                                 const lapel_pair_rows *rows)
{
    const lapel_index out_c = p->shape.out_c;
    lapel_dsp_layer layer = {p->packed, p->scale, p->scale_step, 2 * p->y_zero + 1,
                             p->shape.blocks, p->block, p->shape.bytes};

    for (lapel_index o = 0; o < out_c; o += layer.channels) {
        layer.channels = out_c - o < layer.channels ? out_c - o : layer.channels;
        lapel_conv_dspdecoded_rows(o, layer.channels, p, rows);
        if (p->shape.pairs) { /* where a pixel is single, the other one's words are read, too: with small sums */
            memset(p->windows, 0, (size_t)(16 * p->shape.blocks >> p->shape.bytes));
        }
        lapel_conv_dsp_images(y + o, x, &p->shape, p->windows, &layer);
        layer.scale += (layer.channels + 3) / 4 * p->scale_step;
    }
    if (p->clamped) {
        lapel_dsp_clamp(y, p->shape.batches * p->shape.out_h * p->shape.out_w * out_c, p->lo, p->hi);
    }
}

#endif
