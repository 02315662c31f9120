/* Four complex numbers whose parts are looked up in a table, each by its number, in instructions of Helium and in C. */
#ifndef LAPEL_TURNS16_MVE_H
#define LAPEL_TURNS16_MVE_H

#include "complex16_mve.h"

#ifdef LAPEL_MVE_ARM

typedef uint16x8_t lapel_c16_numbers;

LAPEL_INLINE lapel_c16_numbers lapel_c16_numbers_of(uint16_t re, uint16_t im, uint16_t re_step, uint16_t im_step)
{
    const uint16x8_t lanes = vidupq_n_u16(0, 1), odd = vandq_u16(lanes, vdupq_n_u16(1));
    const uint16x8_t step = vaddq_n_u16(vmulq_n_u16(odd, (uint16_t)(im_step - re_step)), re_step);
    const uint16x8_t first = vaddq_n_u16(vmulq_n_u16(odd, (uint16_t)(im - re)), re);

    return vaddq_u16(first, vmulq_u16(vshrq_n_u16(lanes, 1), step));
}

LAPEL_INLINE lapel_c16_numbers lapel_c16_numbers_plus(lapel_c16_numbers a, lapel_c16_numbers b)
{
    return vaddq_u16(a, b);
}

LAPEL_INLINE lapel_c16 lapel_c16_look(const int16_t *table, lapel_c16_numbers at)
{
    return vldrhq_gather_shifted_offset_s16(table, at);
}

#else

typedef struct {
    uint16_t at[8];
} lapel_c16_numbers;

/* Of real and of imaginary parts, each the number before it and a step. */
LAPEL_INLINE lapel_c16_numbers lapel_c16_numbers_of(uint16_t re, uint16_t im, uint16_t re_step, uint16_t im_step)
{
    lapel_c16_numbers r;

    for (int_fast8_t i = 0; i < 4; i++) {
        r.at[2 * i] = (uint16_t)(re + i * re_step);
        r.at[2 * i + 1] = (uint16_t)(im + i * im_step);
    }
    return r;
}

LAPEL_INLINE lapel_c16_numbers lapel_c16_numbers_plus(lapel_c16_numbers a, lapel_c16_numbers b)
{
    for (int_fast8_t i = 0; i < 8; i++) {
        a.at[i] = (uint16_t)(a.at[i] + b.at[i]);
    }
    return a;
}

LAPEL_INLINE lapel_c16 lapel_c16_look(const int16_t *table, lapel_c16_numbers at)
{
    lapel_c16 r;

    for (int_fast8_t i = 0; i < 8; i++) {
        r.lane[i] = table[at.at[i]];
    }
    return r;
}

#endif

#endif
