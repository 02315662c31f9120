/* Products of taps with 16 lanes of weights, finished to int8, for Helium: for depthwise convolutions. */
#ifndef LAPEL_TAPS_MVE_H
#define LAPEL_TAPS_MVE_H

#include "mve.h"

/* What all pixels share, of a chunk of channels. */
typedef struct {
    const LAPEL_ROM int8_t *w;
    const LAPEL_ROM int32_t *table;
    lapel_index lanes;
    lapel_index x_next; /* from one pixel, or `fold` of them, to the next */
    lapel_index y_next;
    int32_t zero;
    int32_t lo;
    int32_t hi;
    lapel_index pairs; /* of taps, rounded up */
    int32_t away;      /* 0: lo >= zero, so that it is all the same how halves below 0 are rounded */
} lapel_depthwise_mve_job;

#ifdef LAPEL_MVE_ARM

LAPEL_ASSERT_AT(lapel_depthwise_mve_job, w, 0);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, table, 4);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, lanes, 8);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, x_next, 12);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, y_next, 16);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, zero, 20);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, lo, 24);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, hi, 28);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, pairs, 32);
LAPEL_ASSERT_AT(lapel_depthwise_mve_job, away, 36);

/* q0..q3 += the products of all pairs of taps. Two products are added in 16 bits: 2 * 128 * 127 < 2^15.
 * LOAD4, LOAD5: x at r4, r5 to q4, q5. */
#define LAPEL_DEPTHWISE_MVE_TAPS(LOAD4, LOAD5) \
    "ldr lr, [r11, #32]\n"       \
    "dls lr, lr\n"               \
    "4:\n"                       \
    "ldrd r4, r5, [r1], #8\n"    \
    "vldrb.8 q5, [r2], #32\n"    \
    "add r4, r9\n" LOAD4         \
    "vmullb.s8 q6, q4, q5\n"     \
    "add r5, r9\n"               \
    "vmullt.s8 q4, q4, q5\n" LOAD5 \
    "vldrb.8 q7, [r2, #-16]\n"   \
    "vmullb.s8 q7, q5, q7\n"     \
    "vadd.i16 q6, q6, q7\n"      \
    "vldrb.8 q7, [r2, #-16]\n"   \
    "vmullt.s8 q7, q5, q7\n"     \
    "vmovlb.s16 q5, q6\n"        \
    "vmovlt.s16 q6, q6\n"        \
    "vadd.i32 q1, q1, q6\n"      \
    "vadd.i32 q0, q0, q5\n"      \
    "vadd.i16 q4, q4, q7\n"      \
    "vmovlb.s16 q5, q4\n"        \
    "vadd.i32 q2, q2, q5\n"      \
    "vmovlt.s16 q4, q4\n"        \
    "vadd.i32 q3, q3, q4\n"      \
    "le lr, 4b\n"

/* Requantize a vector, as in dot_mve.h: its product; less 1 where negative; the shift. */
#define LAPEL_DEPTHWISE_MVE_SCALE(q, mul) \
    "vldrw.32 q4, [r3, #" mul "]\n"      \
    "vqrdmulh.s32 " q ", " q ", q4\n"
#define LAPEL_DEPTHWISE_MVE_AWAY(q)       \
    "vshr.s32 q4, " q ", #31\n"          \
    "vadd.i32 " q ", " q ", q4\n"
#define LAPEL_DEPTHWISE_MVE_SHIFT(q, shift) \
    "vldrb.s32 q4, [r3, #" shift "]\n"   \
    "vrshl.s32 " q ", " q ", q4\n"

/* Pixel after pixel, vector after vector: SUM adds the products, NEXT moves on to the next 16 channels of x.
 * r1: tap; r2: w; r3: table; r4, r5: x; r8: lanes left; r9: offset in x; r10: first tap; r11: j.
 * Stack: pixels left, y and offset of the pixel. */
#define LAPEL_DEPTHWISE_MVE_PIXELS(SUM, NEXT)  \
    "push {r4-r11, lr}\n"                      \
    "vpush {d8-d15}\n"                         \
    "sub sp, #12\n"                            \
    "mov r10, r1\n"                            \
    "mov r11, r2\n"                            \
    "str r3, [sp]\n"                           \
    "mov r9, #0\n"                             \
    "1:\n" /* a pixel */                       \
    "strd r0, r9, [sp, #4]\n"                  \
    "ldrd r2, r3, [r11]\n"                     \
    "ldr r8, [r11, #8]\n"                      \
    "2:\n" /* 16 channels */                   \
    "vldrw.32 q0, [r3, #16]\n"                 \
    "vldrw.32 q1, [r3, #32]\n"                 \
    "vldrw.32 q2, [r3, #48]\n"                 \
    "vldrw.32 q3, [r3, #64]\n"                 \
    "mov.w r1, r10\n"                          \
    "vctp.8 r8\n" SUM                          \
    LAPEL_DEPTHWISE_MVE_SCALE("q0", "80")      \
    LAPEL_DEPTHWISE_MVE_SCALE("q1", "96")      \
    LAPEL_DEPTHWISE_MVE_SCALE("q2", "112")     \
    LAPEL_DEPTHWISE_MVE_SCALE("q3", "128")     \
    "ldr r4, [r11, #36]\n"                     \
    "cbz r4, 5f\n"                             \
    LAPEL_DEPTHWISE_MVE_AWAY("q0")             \
    LAPEL_DEPTHWISE_MVE_AWAY("q1")             \
    LAPEL_DEPTHWISE_MVE_AWAY("q2")             \
    LAPEL_DEPTHWISE_MVE_AWAY("q3")             \
    "5:\n"                                     \
    LAPEL_DEPTHWISE_MVE_SHIFT("q0", "0")       \
    LAPEL_DEPTHWISE_MVE_SHIFT("q1", "4")       \
    LAPEL_DEPTHWISE_MVE_SHIFT("q2", "8")       \
    "vldrb.s32 q4, [r3, #12]\n"                \
    "vqmovnb.s32 q5, q2\n"                     \
    "vrshl.s32 q3, q3, q4\n"                   \
    "ldr r4, [r11, #20]\n"                     \
    "vqmovnb.s32 q4, q0\n"                     \
    "vqmovnt.s32 q5, q3\n"                     \
    "ldrd r5, r6, [r11, #24]\n"                \
    "vqmovnt.s32 q4, q1\n"                     \
    "vdup.8 q0, r5\n"                          \
    "vqadd.s16 q4, q4, r4\n"                   \
    "vqmovnb.s16 q4, q4\n"                     \
    "vqadd.s16 q5, q5, r4\n"                   \
    "vqmovnt.s16 q4, q5\n"                     \
    "vdup.8 q1, r6\n"                          \
    "vmax.s8 q4, q4, q0\n"                     \
    "vmin.s8 q4, q4, q1\n"                     \
    "vpst\n"                                   \
    "vstrbt.8 q4, [r0], #16\n"                 \
    NEXT                                       \
    "adds r3, #144\n"                          \
    "subs r8, #16\n"                           \
    "bgt 2b\n"                                 \
    "ldrd r0, r9, [sp, #4]\n"                  \
    "ldrd r4, r5, [r11, #12]\n"                \
    "add r9, r4\n"                             \
    "add r0, r5\n"                             \
    "ldr r4, [sp]\n"                           \
    "subs r4, #1\n"                            \
    "str r4, [sp]\n"                           \
    "bne 1b\n"                                 \
    "add sp, #12\n"                            \
    "vpop {d8-d15}\n"                          \
    "pop {r4-r11, pc}\n"

/* All channels of `pixels` >= 1 neighbours (or groups of `fold`), the taps being those of the first. */
LAPEL_MVE_ASM void lapel_depthwise_mve_pixels(int8_t *y __attribute__((unused)),
                                              const int8_t *const *taps __attribute__((unused)),
                                              const lapel_depthwise_mve_job *j __attribute__((unused)),
                                              lapel_index pixels __attribute__((unused)))
{
    __asm__(LAPEL_DEPTHWISE_MVE_PIXELS("cmp r8, #16\n"
                                       "blt 9f\n"
                                       LAPEL_DEPTHWISE_MVE_TAPS("vldrb.8 q4, [r4]\n", "vldrb.8 q5, [r5]\n")
                                       "3:\n",
                                       "add r9, #16\n")
            "9:\n"
            LAPEL_DEPTHWISE_MVE_TAPS("vpst\nvldrbt.8 q4, [r4]\n", "vpst\nvldrbt.8 q5, [r5]\n")
            "b 3b\n");
}

/* The same where lanes read any channel of x: before the weights of each vector are 16 uint8, where its lanes read. */
LAPEL_MVE_ASM void lapel_depthwise_mve_spread(int8_t *y __attribute__((unused)),
                                              const int8_t *const *taps __attribute__((unused)),
                                              const lapel_depthwise_mve_job *j __attribute__((unused)),
                                              lapel_index pixels __attribute__((unused)))
{
    __asm__(LAPEL_DEPTHWISE_MVE_PIXELS("mov r6, r2\n"
                                       "adds r2, #16\n"
                                       LAPEL_DEPTHWISE_MVE_TAPS("vldrb.8 q6, [r6]\nvpst\nvldrbt.u8 q4, [r4, q6]\n",
                                                                "vldrb.8 q7, [r6]\nvpst\nvldrbt.u8 q5, [r5, q7]\n"),
                                       ""));
}

#else

/* 16 channels of a pixel, or those that are left: where[i] is the channel, from `at` on, that lane i of a tap reads. */
LAPEL_NOINLINE void lapel_depthwise_mve_vector(int8_t *y, const int8_t *const *taps, lapel_index at,
                                               const uint8_t *where, const LAPEL_ROM int8_t *w,
                                               const LAPEL_ROM int8_t *table, lapel_index lanes,
                                               const lapel_depthwise_mve_job *j)
{
    static const uint8_t channels[16] = {0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15};

    for (lapel_index i = 0; i < 16; i++) {
        const lapel_index lane = channels[i];
        int32_t acc, mul;

        if (lane >= lanes) {
            continue;
        }
        memcpy(&acc, table + 16 + 4 * i, 4);
        memcpy(&mul, table + 80 + 4 * i, 4);
        for (lapel_index k = 0; k < 2 * j->pairs; k += 2) {
            const int8_t *const one = taps[k] + at, *const other = taps[k + 1] + at;
            const int32_t sum = one[where[lane]] * w[16 * k + lane] + other[where[lane]] * w[16 * k + 16 + lane];

            acc = lapel_mve_sum(acc, (int16_t)(uint16_t)sum);
        }
        acc = lapel_mve_narrow(lapel_mve_scale(acc, mul, -table[i], j->away));
        y[lane] = lapel_clamp(lapel_mve_byte(lapel_mve_narrow(acc + j->zero)), j->lo, j->hi);
    }
}

/* All channels of `pixels` >= 1 neighbours (or groups of `fold`), the taps being those of the first. */
LAPEL_NOINLINE void lapel_depthwise_mve_pixels(int8_t *y, const int8_t *const *taps, const lapel_depthwise_mve_job *j,
                                               lapel_index pixels)
{
    static const uint8_t where[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    for (lapel_index n = 0; n < pixels; n++) {
        const LAPEL_ROM int8_t *w = j->w, *table = (const LAPEL_ROM int8_t *)j->table;

        for (lapel_index c = 0; c < j->lanes; c += 16) {
            lapel_depthwise_mve_vector(y + c, taps, n * j->x_next + c, where, w, table, j->lanes - c, j);
            w += 32 * j->pairs;
            table += 144;
        }
        y += j->y_next;
    }
}

/* The same where lanes read any channel of x: before the weights of each vector are 16 uint8, where its lanes read. */
LAPEL_NOINLINE void lapel_depthwise_mve_spread(int8_t *y, const int8_t *const *taps, const lapel_depthwise_mve_job *j,
                                               lapel_index pixels)
{
    for (lapel_index n = 0; n < pixels; n++) {
        const LAPEL_ROM int8_t *w = j->w, *table = (const LAPEL_ROM int8_t *)j->table;

        for (lapel_index c = 0; c < j->lanes; c += 16) {
            const uint8_t *const where = (const uint8_t *)w;

            lapel_depthwise_mve_vector(y + c, taps, n * j->x_next, where, w + 16, table, j->lanes - c, j);
            w += 16 + 32 * j->pairs;
            table += 144;
        }
        y += j->y_next;
    }
}

#endif

#endif
