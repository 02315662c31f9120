/* From accumulators to int16 outputs: requantize, clamp. For the dense layer and the convolutions of int16 values. */
#ifndef LAPEL_FINISH16_H
#define LAPEL_FINISH16_H

#include "lapel.h"

/* The fields of a kernel's params that finish its accumulators. */
typedef struct {
    const LAPEL_ROM int32_t *mul;  /* of channel 0; reduced: of 16 bits, 0..32767 */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30, of lapel_requantize; reduced: 1..46, to the right */
    int8_t step;                   /* from one channel's mul and shift to the next: 1, or 0 if per tensor */
    int8_t reduced;                /* 1: one rounding of a 64-bit sum; 0: two, of one that fits 32 bits (SPEC 2.4) */
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
} lapel_output16;

/* y[i] = the output of channel o + i whose accumulator is acc[i], i < count. |acc| < 2^47; < 2^31 if not reduced. */
LAPEL_NOINLINE void lapel_finish16(int16_t *y, const int64_t *acc, lapel_index o, lapel_index count,
                                   const lapel_output16 *f)
{
    const lapel_index step = f->step;
    const LAPEL_ROM int32_t *mul = f->mul + (step != 0 ? o : 0);
    const LAPEL_ROM int8_t *shift = f->shift + (step != 0 ? o : 0);
    const int32_t lo = f->lo, hi = f->hi;

    for (; count > 0; count--) {
        int32_t v;

        if (f->reduced) {
            v = (int32_t)((*acc * *mul + ((int64_t)1 << (*shift - 1))) >> *shift);
        } else {
            v = lapel_requantize_any((int32_t)*acc, *mul, *shift);
        }
        *y++ = lapel_clamp16(v, lo, hi);
        acc++;
        mul += step;
        shift += step;
    }
}

#endif
