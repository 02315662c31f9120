/* Convolutions on Helium whose weights are decoded and packed (dot_mve.h), as many channels at a time as there is
 * scratch for. */
#ifndef LAPEL_DECODED_MVE_H
#define LAPEL_DECODED_MVE_H

#include "pixels_mve.h"
#include "vectorrows_mve.h"

/* What is in flash beside the codes. */
typedef struct {
    int32_t *packed;                /* [block / 4][9 + kernel_h * up(kernel_w * in_c, 16)] if direct > 0, else
                                     * [block / 4][9 + up(kernel_h * kernel_w * in_c, 16)]: scratch, blocks of four
                                     * channels, as dot_mve.h says */
    int8_t *row;                    /* [kernel_h * kernel_w * in_c]: scratch, the weights of one channel */
    const LAPEL_ROM uint8_t *bias;  /* [out_c][bias_bytes], lowest byte first, / 2^bias_shift: for x - bias_zero */
    const LAPEL_ROM int32_t *scale; /* [(out_c + 3) / 4][5] if scale_step, else [5]: of each four channels four
                                     * multipliers, and four shifts of a byte each */
    lapel_conv_mve_shape shape;
    lapel_index block;              /* >= 1, channels that are decoded at a time; block == up(block, 4) */
    int16_t y_zero;                 /* -128..127 */
    int16_t bias_zero;              /* -128..127 */
    int8_t scale_step;              /* 0 or 5: 0 if per tensor */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t bias_bytes;              /* 1..4 */
    int8_t bias_shift;              /* 0..31 */
} lapel_conv_mvedecoded_shape;

#ifdef LAPEL_MVE_ARM

/* The sum of `count` >= 1 weights. */
LAPEL_INLINE int32_t lapel_conv_mvedecoded_sum(const int8_t *w, lapel_index count)
{
    int32_t sum = 0;

    __asm__ volatile(LAPEL_MVE_KEEP "dlstp.8 lr, %[count]\n"
                     "1: vldrb.8 q0, [%[w]], #16\n"
                     "vaddva.s8 %[sum], q0\n"
                     "letp lr, 1b" LAPEL_MVE_KEPT
                     : [sum] "+&Te"(sum), [w] "+&l"(w)
                     : [count] "r"(count)
                     : "lr", "q0", LAPEL_MVE_P0 "memory");
    return sum;
}

#else

LAPEL_INLINE int32_t lapel_conv_mvedecoded_sum(const int8_t *w, lapel_index count)
{
    return lapel_weights_sum(w, count);
}

#endif

/* Runs of weights to every fourth vector of 16, zeros behind each. */
static void lapel_conv_mvedecoded_spread(int8_t *to, const int8_t *w, lapel_index rows, lapel_index run)
{
    const lapel_index whole = run >> 4, tail = run & 15;
    const lapel_mve_blocks vectors = {whole, 64, 16, 0, 0}, last = {1, 0, 0, 0, 0};

    for (; rows > 0; rows--) {
        if (whole > 0) {
            lapel_mve_copy(to, w, &vectors, 16, 1);
        }
        to += 64 * whole;
        w += 16 * whole;
        if (tail > 0) {
            lapel_mve_fill(to, 0, 16);
            lapel_mve_copy(to, w, &last, tail, 1);
            to += 64;
            w += tail;
        }
    }
}

/* The next channel, to every fourth vector; the sum of its weights. */
static int32_t lapel_conv_mvedecoded_row(int8_t *to, lapel_index runs, lapel_index run,
                                         const LAPEL_ROM lapel_conv_mvedecoded_shape *p, const lapel_vector_rows *rows)
{
    int32_t sum;

    if (rows->vectors != 0 && rows->vectors(rows->rows.decoder, to, runs, run, &sum)) {
        return sum;
    }
    rows->rows.next(rows->rows.decoder, p->row, runs * run);
    lapel_conv_mvedecoded_spread(to, p->row, runs, run);
    return p->bias_zero != 0 ? lapel_conv_mvedecoded_sum(p->row, runs * run) : 0;
}

/* The next four channels, or what is left, from o. Behind them. */
static int32_t *lapel_conv_mvedecoded_four(int32_t *to, lapel_index o,
                                           const LAPEL_ROM lapel_conv_mvedecoded_shape *p,
                                           const lapel_vector_rows *rows)
{
    const lapel_folded biases = {{p->bias, p->bias_bytes, p->bias_shift}, p->bias_zero};
    const lapel_index line = p->shape.kernel_w * p->shape.in_c;
    const lapel_index runs = p->shape.direct ? p->shape.kernel_h : 1;
    const lapel_index run = p->shape.direct ? line : p->shape.kernel_h * line;
    const lapel_index words = 4 + runs * ((run + 15) & ~15), left = p->shape.out_c - o;

    if (left < 4) {
        memset(to, 0, 4 * (size_t)words);
    }
    for (lapel_index k = 0; k < 4 && k < left; k++) {
        const int32_t sum = lapel_conv_mvedecoded_row((int8_t *)(to + 4) + 16 * k, runs, run, p, rows);

        to[k] = lapel_folded_bias(&biases, o + k, sum);
    }
    to += words;
    memcpy(to, p->scale + (o >> 2) * p->scale_step, 20);
    return to + 5;
}

LAPEL_NOINLINE void lapel_conv_mvedecoded_images(int8_t *y, const int8_t *x,
                                                 const LAPEL_ROM lapel_conv_mvedecoded_shape *p,
                                                 const lapel_vector_rows *rows)
{
    const lapel_index out_c = p->shape.out_c;
    lapel_mve_job j;

    j.w = p->packed;
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.channels = p->block;
    for (lapel_index o = 0; o < out_c; o += j.channels) {
        int32_t *to = p->packed;

        j.channels = out_c - o < j.channels ? out_c - o : j.channels;
        for (lapel_index k = 0; k < j.channels; k += 4) {
            to = lapel_conv_mvedecoded_four(to, o + k, p, rows);
        }
        lapel_conv_mve_images(y + o, x, &j, &p->shape);
    }
}

#endif
