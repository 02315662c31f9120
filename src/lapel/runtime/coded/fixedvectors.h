/* Rows of weights that are indexes of 4 bits into a code book, 16 at a time as vectors. */
#ifndef LAPEL_FIXEDVECTORS_H
#define LAPEL_FIXEDVECTORS_H

#include "fixedrows.h"
#include "vectorrows_mve.h"

#ifdef LAPEL_MVE_ARM

/* to: 32 times `count` weights, in vectors. Adds them to `sum`. What one gather waits for, the next one's indexes are
 * made in. */
LAPEL_INLINE int32_t lapel_fixedvectors_twos(int8_t *to, const LAPEL_ROM uint8_t *at, const LAPEL_ROM int8_t *values,
                                             lapel_index count, int32_t sum)
{
    __asm__ volatile("dls lr, %[count]\n"
                     "1: vldrb.u16 q0, [%[at]], #8\n"
                     "vldrb.u16 q2, [%[at]], #8\n"
                     "vshl.i16 q1, q0, #4\n"
                     "vorr q0, q0, q1\n"
                     "vbic.i16 q0, #0xf0\n"
                     "vbic.i16 q0, #0xf000\n"
                     "vldrb.u8 q1, [%[values], q0]\n"
                     "vshl.i16 q3, q2, #4\n"
                     "vorr q2, q2, q3\n"
                     "vbic.i16 q2, #0xf0\n"
                     "vbic.i16 q2, #0xf000\n"
                     "vldrb.u8 q3, [%[values], q2]\n"
                     "vaddva.s8 %[sum], q1\n"
                     "vstrb.8 q1, [%[to]], #64\n"
                     "vaddva.s8 %[sum], q3\n"
                     "vstrb.8 q3, [%[to]], #64\n"
                     "le lr, 1b"
                     : [sum] "+&Te"(sum), [to] "+&l"(to), [at] "+&l"(at)
                     : [count] "r"(count), [values] "r"(values)
                     : "lr", "q0", "q1", "q2", "q3", "memory");
    return sum;
}

/* to: `count` weights, 1..16, in a vector. Adds them to `sum`. */
LAPEL_INLINE int32_t lapel_fixedvectors_one(int8_t *to, const LAPEL_ROM uint8_t *at, const LAPEL_ROM int8_t *values,
                                            lapel_index count, int32_t sum)
{
    const lapel_index bytes = (count + 1) >> 1;

    __asm__ volatile(LAPEL_MVE_KEEP "vctp.16 %[bytes]\n"
                     "vpst\n"
                     "vldrbt.u16 q0, [%[at]]\n"
                     "vshl.i16 q1, q0, #4\n"
                     "vorr q1, q1, q0\n"
                     "vbic.i16 q1, #0xf0\n"
                     "vbic.i16 q1, #0xf000\n"
                     "vctp.8 %[count]\n"
                     "vpst\n"
                     "vldrbt.u8 q2, [%[values], q1]\n"
                     "vaddva.s8 %[sum], q2\n"
                     "vstrb.8 q2, [%[to]]" LAPEL_MVE_KEPT
                     : [sum] "+&Te"(sum)
                     : [to] "l"(to), [at] "l"(at), [bytes] "r"(bytes), [count] "r"(count), [values] "r"(values)
                     : "q0", "q1", "q2", LAPEL_MVE_P0 "memory");
    return sum;
}

#else

LAPEL_INLINE int32_t lapel_fixedvectors_one(int8_t *to, const LAPEL_ROM uint8_t *at, const LAPEL_ROM int8_t *values,
                                            lapel_index count, int32_t sum)
{
    memset(to, 0, 16);
    for (lapel_index k = 0; k < count; k++) {
        to[k] = values[at[k >> 1] >> 4 * (k & 1) & 15];
        sum += to[k];
    }
    return sum;
}

LAPEL_INLINE int32_t lapel_fixedvectors_twos(int8_t *to, const LAPEL_ROM uint8_t *at, const LAPEL_ROM int8_t *values,
                                             lapel_index count, int32_t sum)
{
    for (; count > 0; count--) {
        sum = lapel_fixedvectors_one(to, at, values, 16, sum);
        sum = lapel_fixedvectors_one(to + LAPEL_MVE_FOUR, at + 8, values, 16, sum);
        to += 2 * LAPEL_MVE_FOUR;
        at += 16;
    }
    return sum;
}

#endif

/* A lapel_next_vectors_fn: of indexes of 4 bits, where each run begins with a byte. */
LAPEL_NOINLINE int8_t lapel_fixedvectors_next(void *decoder, int8_t *to, lapel_index runs, lapel_index run, int32_t *sum)
{
    lapel_fixed *const d = (lapel_fixed *)decoder;
    const lapel_index twos = run >> 5, bytes = run >> 1;
    const LAPEL_ROM uint8_t *at = d->bits.at;
    int32_t found = 0;

    if (d->width != 4 || (run & 1) != 0 || d->bits.end - at < runs * bytes) {
        return 0;
    }
    d->bits.at += runs * bytes;
    for (; runs > 0; runs--) {
        if (twos > 0) {
            found = lapel_fixedvectors_twos(to, at, d->values, twos, found);
            to += 2 * LAPEL_MVE_FOUR * twos;
        }
        for (lapel_index k = 32 * twos; k < run; k += 16) {
            found = lapel_fixedvectors_one(to, at + (k >> 1), d->values, run - k < 16 ? run - k : 16, found);
            to += LAPEL_MVE_FOUR;
        }
        at += bytes;
    }
    *sum = found;
    return 1;
}

#endif
