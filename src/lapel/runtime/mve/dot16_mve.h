/* Dot products of int16 values and int8 weights for Helium, and their requantization: for the dense layer and the
 * convolution. Weights are as the portable kernels have them: a channel's rows one after the other, each value widened as
 * it is loaded. Sums are in 32 bits: layers that could need more are not taken. */
#ifndef LAPEL_DOT16_MVE_H
#define LAPEL_DOT16_MVE_H

#include "scale16_mve.h"

/* `rows` runs of values. Skips lead from a run, rounded up to 8 values, to the start of the next. */
typedef struct {
    lapel_index rows; /* >= 1 */
    lapel_index run;  /* values, >= 1 */
    lapel_index x_skip; /* bytes */
    lapel_index w_skip; /* bytes */
} lapel_mve16_runs;

/* What finishes sums (SPEC 2.4, `reduced`): acc * mul * 2^(-drop - 32), halves up, clamped. */
typedef struct {
    const LAPEL_ROM int32_t *mul; /* of channel 0; four of them may be read at any multiple of 4 */
    const LAPEL_ROM int8_t *drop; /* as mul; 1..14 */
    int8_t step;                  /* 1, or 0 if per tensor */
    int16_t lo;                   /* clamp, lo <= hi */
    int16_t hi;
} lapel_mve16_output;

#ifdef LAPEL_MVE_ARM

LAPEL_ASSERT_AT(lapel_mve16_runs, rows, 0);
LAPEL_ASSERT_AT(lapel_mve16_runs, run, 4);
LAPEL_ASSERT_AT(lapel_mve16_runs, x_skip, 8);
LAPEL_ASSERT_AT(lapel_mve16_runs, w_skip, 12);

/* Two channels (w, v) of two pixels (x, u): acc[0], acc[1] += w x, v x; acc[4], acc[5] += w u, v u.
 * r0, r2, r4, r6: sums; r1, r3: x, u; r5, r7: w, v; r8..r11: as runs; r12: acc. Loads and products alternate. */
LAPEL_MVE_ASM void lapel_mve16_pixels(int32_t *acc __attribute__((unused)), const int16_t *const *xu __attribute__((unused)),
                                      const LAPEL_ROM int8_t *const *wv __attribute__((unused)),
                                      const lapel_mve16_runs *r __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "ldm r3, {r8, r9, r10, r11}\n"
            "ldrd r5, r7, [r2]\n"
            "ldrd r1, r3, [r1]\n"
            "mov r12, r0\n"
            "ldrd r4, r6, [r12, #16]\n"
            "ldrd r0, r2, [r12]\n"
            "1:\n"
            "dlstp.16 lr, r9\n"
            "2:\n"
            "vldrh.16 q0, [r1], #16\n"
            "vldrb.s16 q2, [r5], #8\n"
            "vmladava.s16 r0, q0, q2\n"
            "vldrh.16 q1, [r3], #16\n"
            "vmladava.s16 r4, q1, q2\n"
            "vldrb.s16 q3, [r7], #8\n"
            "vmladava.s16 r2, q0, q3\n"
            "vmladava.s16 r6, q1, q3\n"
            "letp lr, 2b\n"
            "add r1, r10\n"
            "add r3, r10\n"
            "add r5, r11\n"
            "add r7, r11\n"
            "subs r8, #1\n"
            "bne 1b\n"
            "strd r0, r2, [r12]\n"
            "strd r4, r6, [r12, #16]\n"
            "pop {r4-r11, pc}\n");
}

/* Four channels of one pixel: acc[0..3] += the sums of w[0..3] with x.
 * r0, r8, r10, r12: sums; r9: x; r1, r3, r5, r7: w; r11: rows left; r2, r4, r6: run and skips. Loads that widen want a
 * low register. */
LAPEL_MVE_ASM void lapel_mve16_four(int32_t *acc __attribute__((unused)), const int16_t *x __attribute__((unused)),
                                    const LAPEL_ROM int8_t *const *w __attribute__((unused)),
                                    const lapel_mve16_runs *r __attribute__((unused)))
{
    __asm__("push {r0, r4-r11, lr}\n"
            "mov r9, r1\n"
            "mov r12, r3\n"
            "ldm r2, {r1, r3, r5, r7}\n"
            "ldr r11, [r12]\n"
            "ldrd r2, r4, [r12, #4]\n"
            "ldr r6, [r12, #12]\n"
            "ldrd r10, r12, [r0, #8]\n"
            "ldrd r0, r8, [r0]\n"
            "1:\n"
            "dlstp.16 lr, r2\n"
            "2:\n"
            "vldrh.16 q0, [r9], #16\n"
            "vldrb.s16 q1, [r1], #8\n"
            "vmladava.s16 r0, q0, q1\n"
            "vldrb.s16 q2, [r3], #8\n"
            "vmladava.s16 r8, q0, q2\n"
            "vldrb.s16 q1, [r5], #8\n"
            "vmladava.s16 r10, q0, q1\n"
            "vldrb.s16 q2, [r7], #8\n"
            "vmladava.s16 r12, q0, q2\n"
            "letp lr, 2b\n"
            "add r9, r4\n"
            "add r1, r6\n"
            "add r3, r6\n"
            "add r5, r6\n"
            "add r7, r6\n"
            "subs r11, #1\n"
            "bne 1b\n"
            "ldr r1, [sp], #4\n"
            "strd r0, r8, [r1]\n"
            "strd r10, r12, [r1, #8]\n"
            "pop {r4-r11, pc}\n");
}

/* y[0..count-1] from acc[0..3], the sums of channels o to o + 3. */
LAPEL_INLINE void lapel_mve16_finish(int16_t *y, const int32_t *acc, lapel_index o, lapel_index count,
                                     const lapel_mve16_output *f)
{
    const lapel_index at = f->step != 0 ? o : 0;
    const int32x4_t mul = f->step != 0 ? vldrwq_s32(f->mul + at) : vdupq_n_s32(f->mul[0]);
    const int32x4_t drop = f->step != 0 ? vldrbq_s32(f->drop + at) : vdupq_n_s32(f->drop[0]);

    vstrhq_p_s32(y, lapel_mve16_scale(vldrwq_s32(acc), mul, drop, f->lo, f->hi), vctp32q((uint32_t)count));
}

#else

/* acc + the sum of x * w over the runs. */
LAPEL_NOINLINE int32_t lapel_mve16_sum(int32_t acc, const int16_t *x, const LAPEL_ROM int8_t *w, const lapel_mve16_runs *r)
{
    const lapel_index whole = (r->run + 7) & ~7;

    for (lapel_index row = 0; row < r->rows; row++) {
        const int16_t *cell = x + row * (whole + r->x_skip / 2);
        const LAPEL_ROM int8_t *tap = w + row * (whole + r->w_skip);

        for (lapel_index k = 0; k < r->run; k++) {
            acc += cell[k] * tap[k];
        }
    }
    return acc;
}

LAPEL_NOINLINE void lapel_mve16_pixels(int32_t *acc, const int16_t *const *xu, const LAPEL_ROM int8_t *const *wv,
                                       const lapel_mve16_runs *r)
{
    for (lapel_index i = 0; i < 2; i++) {
        acc[i] = lapel_mve16_sum(acc[i], xu[0], wv[i], r);
        acc[4 + i] = lapel_mve16_sum(acc[4 + i], xu[1], wv[i], r);
    }
}

LAPEL_NOINLINE void lapel_mve16_four(int32_t *acc, const int16_t *x, const LAPEL_ROM int8_t *const *w,
                                     const lapel_mve16_runs *r)
{
    for (lapel_index i = 0; i < 4; i++) {
        acc[i] = lapel_mve16_sum(acc[i], x, w[i], r);
    }
}

LAPEL_INLINE void lapel_mve16_finish(int16_t *y, const int32_t *acc, lapel_index o, lapel_index count,
                                     const lapel_mve16_output *f)
{
    for (lapel_index i = 0; i < 4; i++) {
        const lapel_index at = f->step != 0 ? o + i : 0;
        const int32_t v = lapel_mve16_scale(acc[i], f->mul[at], f->drop[at], f->lo, f->hi);

        if (i < count) {
            y[i] = (int16_t)v;
        }
    }
}

#endif

#endif
