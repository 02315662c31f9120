/* From accumulators to outputs: requantize, add the zero point, clamp. For the dense layer and the convolutions. */
#ifndef LAPEL_FINISH_H
#define LAPEL_FINISH_H

#include "lapel.h"

/* The fields of a kernel's params that finish its accumulators. */
typedef struct {
    const LAPEL_ROM int32_t *mul;  /* of channel 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    int8_t step;                   /* from one channel's mul and shift to the next: 1, or 0 if per tensor */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t plain;                  /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
    int16_t zero;                  /* -128..127 */
} lapel_output;

/* y[i] = the output of channel o + i whose accumulator is acc[i], i < count. */
LAPEL_NOINLINE void lapel_finish(int8_t *y, const int32_t *acc, lapel_index o, lapel_index count,
                                 const lapel_output *f)
{
    const lapel_index step = f->step;
    const LAPEL_ROM int32_t *mul = f->mul + (step != 0 ? o : 0);
    const LAPEL_ROM int8_t *shift = f->shift + (step != 0 ? o : 0);
    const int32_t zero = f->zero, lo = f->lo, hi = f->hi;

    if (f->plain) {
        const int32_t minus_two = lo + 126; /* not a constant: GCC would build it anew for each output */
        const int32_t offset = 2 * zero + 1;

        for (; count > 0; count--) {
            const int32_t v = (lapel_requantize_twice(*acc++, *mul, minus_two - *shift) + offset) >> 1;

            *y++ = (int8_t)(v != (int8_t)v ? (v >> 31) ^ hi : v);
            mul += step;
            shift += step;
        }
        return;
    }
    for (; count > 0; count--) {
        /* Modulo 2^32, as the left shift of a great multiplier. */
        const uint32_t v = (uint32_t)lapel_requantize_any(*acc++, *mul, *shift) + (uint32_t)zero;

        *y++ = lapel_clamp((int32_t)v, lo, hi);
        mul += step;
        shift += step;
    }
}

/* The channel whose mul and shift are f's, of some pixels: y[i * y_next] from acc[i], i < count. */
LAPEL_NOINLINE void lapel_finish_channel(int8_t *y, lapel_index y_next, const int32_t *acc, lapel_index count,
                                         const lapel_output *f)
{
    const int32_t mul = *f->mul, shift = *f->shift, lo = f->lo, hi = f->hi;

    for (; count > 0; count--) {
        const uint32_t v = (uint32_t)lapel_requantize(*acc++, mul, (int_fast8_t)shift) + (uint32_t)f->zero;

        *y = lapel_clamp((int32_t)v, lo, hi);
        y += y_next;
    }
}

/* Channels o..o+3 of two pixels: y[i] from acc[i] and y[y_next + i] from acc[4 + i]. */
LAPEL_NOINLINE void lapel_finish_pair(int8_t *y, lapel_index y_next, const int32_t *acc, lapel_index o,
                                      const lapel_output *f)
{
    const lapel_index step = f->step;
    const LAPEL_ROM int32_t *mul = f->mul + (step != 0 ? o : 0);
    const LAPEL_ROM int8_t *shift = f->shift + (step != 0 ? o : 0);
    const int32_t hi = f->hi, minus_two = f->lo + 126, offset = 2 * f->zero + 1;

    if (!f->plain) {
        lapel_finish(y, acc, o, 4, f);
        lapel_finish(y + y_next, acc + 4, o, 4, f);
        return;
    }
    for (const int32_t *const end = acc + 4; acc != end; acc++) {
        const int32_t drop = minus_two - *shift;
        const int32_t u = (lapel_requantize_twice(acc[0], *mul, drop) + offset) >> 1;
        const int32_t v = (lapel_requantize_twice(acc[4], *mul, drop) + offset) >> 1;

        y[0] = (int8_t)(u != (int8_t)u ? (u >> 31) ^ hi : u);
        y[y_next] = (int8_t)(v != (int8_t)v ? (v >> 31) ^ hi : v);
        y++;
        mul += step;
        shift += step;
    }
}

#endif
