/* Output scaling of the kernels of dsp.h whose sums are doubled: the upper word of 2 * acc * mul, rounded, is the first
 * rounding of requantization. The second one, halves away from zero, is a sum and a shift: (t + 2^(right-1) - (t < 0))
 * >> right, where the sign may be that of acc, which differs only for t = 0, where both signs give 0. */
#ifndef LAPEL_DSPSCALE_H
#define LAPEL_DSPSCALE_H

#include "dsp.h"

/* What is added behind the multiplication: the zero point and a half, before the shift. right: 1..22. */
LAPEL_INLINE uint32_t lapel_dsp_behind(int32_t zero, int32_t right)
{
    return (uint32_t)((2 * zero + 1) * ((int32_t)1 << (right - 1)));
}

/* The output of the doubled sum acc; sign: a number of its sign. */
LAPEL_INLINE int8_t lapel_dsp_scale(int32_t acc, int32_t sign, uint32_t mul, uint32_t add, int32_t right)
{
    return (int8_t)lapel_ssat8((lapel_smmlar(acc, (int32_t)mul, (int32_t)add) + (sign >> 31)) >> right);
}

#endif
