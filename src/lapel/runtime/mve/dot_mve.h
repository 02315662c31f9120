/* Dot products of int8 runs with four output channels at once, finished to int8: for convolutions.
 *
 * Weights: for each four channels bias[4] and int8 [rows][run / 16][4][16], then mul[4] and shift[4] as int8; divisions
 * are rounded up and padded with zeros; shift -31..-1. */
#ifndef LAPEL_DOT_MVE_H
#define LAPEL_DOT_MVE_H

#include "mve.h"

/* What all pixels of a layer share. A window is `rows` runs of x with a gap between one and the next. */
typedef struct {
    const LAPEL_ROM int32_t *w;
    const LAPEL_ROM int32_t *fours; /* the end of those weights that are of four channels */
    const LAPEL_ROM int32_t *end;
    lapel_index blocks; /* run / 16, plus 1 */
    lapel_index tail;   /* run % 16; of lapel_mve_short_pairs the run, 1..16 */
    lapel_index rows;   /* >= 1 */
    lapel_index x_skip; /* from the start of a run, plus run rounded up to 16, to the start of the next */
    lapel_index x_next; /* from a pixel's window to its neighbour's */
    lapel_index y_next; /* from behind a pixel's channels, rounded up to 4, to the next but one */
    lapel_index out_c;  /* from one pixel of y to the next */
    int32_t zero;
    lapel_index channels;
    int32_t lo;
    int32_t hi;
    int32_t more;   /* 0: one row without a tail, and not away */
    int32_t away;   /* 0: lo >= zero, so that it is all the same how halves below 0 are rounded */
    int32_t x_zero; /* -128..127 */
} lapel_mve_job;

/* A run of one pixel; a list of them ends with one of 0 bytes. Each but the last is a multiple of 16. */
typedef struct {
    const int8_t *x;
    lapel_index bytes; /* negative: as many times x_zero, whatever x */
} lapel_mve_run;

/* Set what follows from the channels. w, out_c, channels, zero and lo are set; values: of a window, each run rounded up
 * to 16. */
LAPEL_INLINE void lapel_mve_channels(lapel_mve_job *j, lapel_index values)
{
    const lapel_index words = (lapel_index)(9 + values);

    j->fours = j->w + (j->channels >> 2) * words;
    j->end = j->w + ((j->channels + 3) >> 2) * words;
    j->y_next = (lapel_index)(2 * j->out_c - ((j->channels + 3) & ~3));
    j->away = j->lo < j->zero;
}

/* Set the rows of a job, and its channels. row: from the start of a run to the start of the next. */
LAPEL_INLINE void lapel_mve_window(lapel_mve_job *j, lapel_index rows, lapel_index run, lapel_index row)
{
    const lapel_index whole = (lapel_index)((run + 15) & ~15);

    lapel_mve_channels(j, (lapel_index)(rows * whole));
    j->blocks = (lapel_index)((run >> 4) + 1);
    j->tail = run & 15;
    j->rows = rows;
    j->x_skip = (lapel_index)(row - whole);
    j->more = rows > 1 || j->tail != 0 || j->away;
}

#ifdef LAPEL_MVE_ARM

LAPEL_ASSERT_AT(lapel_mve_job, w, 0);
LAPEL_ASSERT_AT(lapel_mve_job, fours, 4);
LAPEL_ASSERT_AT(lapel_mve_job, end, 8);
LAPEL_ASSERT_AT(lapel_mve_job, blocks, 12);
LAPEL_ASSERT_AT(lapel_mve_job, tail, 16);
LAPEL_ASSERT_AT(lapel_mve_job, rows, 20);
LAPEL_ASSERT_AT(lapel_mve_job, x_skip, 24);
LAPEL_ASSERT_AT(lapel_mve_job, x_next, 28);
LAPEL_ASSERT_AT(lapel_mve_job, y_next, 32);
LAPEL_ASSERT_AT(lapel_mve_job, out_c, 36);
LAPEL_ASSERT_AT(lapel_mve_job, zero, 40);
LAPEL_ASSERT_AT(lapel_mve_job, channels, 44);
LAPEL_ASSERT_AT(lapel_mve_job, lo, 48);
LAPEL_ASSERT_AT(lapel_mve_job, hi, 52);
LAPEL_ASSERT_AT(lapel_mve_job, more, 56);
LAPEL_ASSERT_AT(lapel_mve_job, away, 60);
LAPEL_ASSERT_AT(lapel_mve_job, x_zero, 64);
LAPEL_ASSERT_AT(lapel_mve_run, x, 0);
LAPEL_ASSERT_AT(lapel_mve_run, bytes, 4);

/* 16 values of two pixels (r1, r9) times those of four channels (r5). Accumulators: r0 r2 r4 r6, r8 r10 r12 lr.
 * Loads and products alternate, since they are halves of two units' time: FIRST loads what the first product needs,
 * REST begins with that and loads what it needs itself, NEXT does and loads what the next REST begins with, too. */
#define LAPEL_MVE_DOT_FIRST         \
    "vldrb.8 q0, [r1], #16\n"       \
    "vldrb.8 q2, [r5], #64\n"
#define LAPEL_MVE_DOT_HALF          \
    "vmladava.s8 r0, q0, q2\n"      \
    "vldrb.8 q1, [r9], #16\n"       \
    "vmladava.s8 r8, q1, q2\n"      \
    "vldrb.8 q3, [r5, #-48]\n"      \
    "vmladava.s8 r2, q0, q3\n"      \
    "vldrb.8 q2, [r5, #-32]\n"      \
    "vmladava.s8 r10, q1, q3\n"     \
    "vldrb.8 q3, [r5, #-16]\n"      \
    "vmladava.s8 r4, q0, q2\n"
#define LAPEL_MVE_DOT_NEXT LAPEL_MVE_DOT_HALF \
    "vmladava.s8 r12, q1, q2\n"     \
    "vmladava.s8 r6, q0, q3\n"      \
    "vldrb.8 q0, [r1], #16\n"       \
    "vmladava.s8 lr, q1, q3\n"      \
    "vldrb.8 q2, [r5], #64\n"
#define LAPEL_MVE_DOT_LAST          \
    "vmladava.s8 r12, q1, q2\n"     \
    "vmladava.s8 r6, q0, q3\n"      \
    "vmladava.s8 lr, q1, q3\n"

/* The same of the values that are in q0 and q1. */
#define LAPEL_MVE_DOT_WEIGHTS       \
    "vldrb.8 q2, [r5], #64\n"       \
    "vmladava.s8 r0, q0, q2\n"      \
    "vldrb.8 q3, [r5, #-48]\n"      \
    "vmladava.s8 r8, q1, q2\n"      \
    "vldrb.8 q2, [r5, #-32]\n"      \
    "vmladava.s8 r2, q0, q3\n"      \
    "vmladava.s8 r10, q1, q3\n"     \
    "vldrb.8 q3, [r5, #-16]\n"      \
    "vmladava.s8 r4, q0, q2\n"      \
    LAPEL_MVE_DOT_LAST

/* The same of one pixel, its values in q. */
#define LAPEL_MVE_DOT_FOUR(q)       \
    "vldrb.8 q1, [r5], #64\n"       \
    "vmladava.s8 r0, " q ", q1\n"   \
    "vldrb.8 q2, [r5, #-48]\n"      \
    "vmladava.s8 r2, " q ", q2\n"   \
    "vldrb.8 q1, [r5, #-32]\n"      \
    "vmladava.s8 r4, " q ", q1\n"   \
    "vldrb.8 q2, [r5, #-16]\n"      \
    "vmladava.s8 r6, " q ", q2\n"

/* From the accumulators of two pixels to q0, q1, then scaled by q2. */
#define LAPEL_MVE_DOT_MOVE          \
    "vmov q0[2], q0[0], r0, r4\n"   \
    "vmov q0[3], q0[1], r2, r6\n"   \
    "vmov q1[2], q1[0], r8, r12\n"  \
    "vmov q1[3], q1[1], r10, lr\n"
#define LAPEL_MVE_DOT_SCALE         \
    "vqrdmulh.s32 q0, q0, q2\n"     \
    "vqrdmulh.s32 q1, q1, q2\n"
/* Both at once, and the shift to q3. */
#define LAPEL_MVE_DOT_SCALED        \
    "vldrw.32 q2, [r5], #16\n"      \
    "vmov q0[2], q0[0], r0, r4\n"   \
    "vmov q0[3], q0[1], r2, r6\n"   \
    "vldrb.s32 q3, [r5], #4\n"      \
    "vmov q1[2], q1[0], r8, r12\n"  \
    "vqrdmulh.s32 q0, q0, q2\n"     \
    "vmov q1[3], q1[1], r10, lr\n"  \
    "vqrdmulh.s32 q1, q1, q2\n"

/* VRSHL rounds halves up, we want them away from 0: less 1 where negative, unless that becomes lo anyway. */
#define LAPEL_MVE_DOT_AWAY          \
    "vshr.s32 q2, q0, #31\n"        \
    "vadd.i32 q0, q0, q2\n"         \
    "vshr.s32 q2, q1, #31\n"        \
    "vadd.i32 q1, q1, q2\n"

/* The shift in q, and both pixels in one vector of 16 bits: channels 0 0 1 1 2 2 3 3. MEANWHILE: what else there is to do
 * while the first half is on its way. */
#define LAPEL_MVE_DOT_SHIFT(q, MEANWHILE) \
    "vrshl.s32 q0, q0, " q "\n"     \
    "vqmovnb.s32 q0, q0\n"          \
    "vrshl.s32 q1, q1, " q "\n" MEANWHILE \
    "vqmovnt.s32 q0, q1\n"

/* q = where the channels of two pixels go: 0 C 1 C+1 2 C+2 3 C+3, C in r2. Uses r0, r2, r4. */
#define LAPEL_MVE_DOT_PLACES(q)     \
    "movs r0, #0\n"                 \
    "vidup.u32 " q ", r0, #1\n"     \
    "mov r4, #0x10001\n"            \
    "vmul.i32 " q ", " q ", r4\n"   \
    "lsls r2, r2, #16\n"            \
    "vadd.i32 " q ", " q ", r2\n"

/* All channels of 2 * pairs neighbouring pixels whose windows lie in x; pairs >= 1.
 * r1, r9: x of the two pixels; r3: y; r5: w; r7: count; r11: j; q4..q7: zero, lo, hi, places.
 * Stack: pairs left, rows left, channels to store times 2, end of w, x of the two pixels. */
LAPEL_MVE_ASM void lapel_mve_pairs(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                   const lapel_mve_job *j __attribute__((unused)),
                                   lapel_index pairs __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "sub sp, #28\n"
            "mov.w r11, r2\n"
            "ldr r7, [r11, #20]\n"
            "strd r3, r7, [sp]\n"
            "mov r3, r0\n"
            "ldr r4, [r11, #28]\n"
            "add r9, r1, r4\n"
            "ldrd r2, r5, [r11, #36]\n"
            "ldrd r6, r7, [r11, #48]\n" LAPEL_MVE_DOT_PLACES("q7")
            "vdup.16 q4, r5\n"
            "vdup.16 q5, r6\n"
            "vdup.16 q6, r7\n"
            "1:\n" /* a pair */
            "movs r6, #8\n"
            "ldrd r5, r7, [r11]\n"
            "vctp.16 r6\n"
            "strd r6, r7, [sp, #8]\n"
            "strd r1, r9, [sp, #16]\n"
            "cmp r5, r7\n"
            "beq 12f\n"
            "2:\n" /* four channels */
            "ldrd r0, r2, [r5], #8\n"
            "ldrd r4, r6, [r5], #8\n"
            "ldr r7, [r11, #12]\n"
            "ldrd r8, r10, [r5, #-16]\n"
            "ldrd r12, lr, [r5, #-8]\n"
            "3:\n" /* a row: two vectors at a time and a last one, starting with the second of two where they are even */
            "lsrs r7, r7, #1\n"
            "beq.w 14f\n" LAPEL_MVE_DOT_FIRST
            "bcs 5f\n"
            "subs r7, #1\n"
            "beq 6f\n"
            "4:\n" LAPEL_MVE_DOT_NEXT
            "5:\n" LAPEL_MVE_DOT_NEXT
            "subs r7, #1\n"
            "bne 4b\n"
            "6:\n" LAPEL_MVE_DOT_HALF
            "ldr r7, [r11, #56]\n" LAPEL_MVE_DOT_LAST
            "cbnz r7, 15f\n"
            "9:\n" LAPEL_MVE_DOT_SCALED
            "10:\n" LAPEL_MVE_DOT_SHIFT("q3", "ldrd r1, r9, [sp, #16]\n"
                                              "ldr r7, [sp, #12]\n")
            "cmp r5, r7\n"
            "vqadd.s16 q0, q0, q4\n"
            "vmax.s16 q0, q0, q5\n"
            "vmin.s16 q0, q0, q6\n"
            "vpst\n"
            "vstrbt.16 q0, [r3, q7]\n"
            "add r3, #4\n"
            "bne 2b\n"
            "12:\n" /* the last channels, if not four */
            "ldr r7, [r11, #8]\n"
            "cmp r5, r7\n"
            "beq 13f\n"
            "ldr r6, [r11, #44]\n"
            "and r6, #3\n"
            "lsls r6, r6, #1\n"
            "vctp.16 r6\n"
            "strd r6, r7, [sp, #8]\n"
            "b 2b\n"
            "15:\n"
            "b 14f\n"
            "13:\n"
            "ldrd r6, r7, [r11, #28]\n"
            "add r3, r7\n"
            "add r1, r1, r6, lsl #1\n"
            "add r9, r9, r6, lsl #1\n"
            "ldr r7, [sp]\n"
            "subs r7, #1\n"
            "str r7, [sp]\n"
            "bne 1b\n"
            "add sp, #28\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n"
            "14:\n" /* the tail of a row; the predicate is that of the channels again */
            "ldr r7, [r11, #16]\n"
            "cbz r7, 7f\n"
            "vctp.8 r7\n"
            "vpstt\n"
            "vldrbt.8 q0, [r1], #16\n"
            "vldrbt.8 q1, [r9], #16\n" LAPEL_MVE_DOT_WEIGHTS
            "ldr r7, [sp, #8]\n"
            "vctp.16 r7\n"
            "7:\n"
            "ldr r7, [sp, #4]\n"
            "subs r7, #1\n"
            "str r7, [sp, #4]\n"
            "beq 8f\n"
            "ldr r7, [r11, #24]\n"
            "add r1, r7\n"
            "add r9, r7\n"
            "ldr r7, [r11, #12]\n"
            "b 3b\n"
            "8:\n"
            "ldr r7, [r11, #20]\n"
            "str r7, [sp, #4]\n"
            "ldr r7, [r11, #60]\n"
            "cmp r7, #0\n"
            "beq 9b\n" LAPEL_MVE_DOT_SCALED LAPEL_MVE_DOT_AWAY
            "b 10b\n");
}

/* As lapel_mve_pairs where a window is a single run of 1..16 values; two windows are read before a pixel is written.
 * r1: away; r3: y; r5: w; r7: end of w; r9: zero; q3..q7: hi, the two windows, places, lo.
 * Stack: j, pairs left, x, end of w. */
LAPEL_MVE_ASM void lapel_mve_short_pairs(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                         const lapel_mve_job *j __attribute__((unused)),
                                         lapel_index pairs __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "sub sp, #12\n"
            "strd r2, r3, [sp]\n"
            "str r1, [sp, #8]\n"
            "mov r3, r0\n"
            "ldr r1, [r2, #60]\n"
            "ldrd r6, r7, [r2, #48]\n"
            "ldrd r2, r9, [r2, #36]\n" LAPEL_MVE_DOT_PLACES("q6")
            "vdup.16 q7, r6\n"
            "vdup.16 q3, r7\n"
            "1:\n" /* a pair */
            "ldr r11, [sp]\n"
            "ldr.w r0, [sp, #8]\n"
            "ldr r2, [r11, #28]\n"
            "ldr r6, [r11, #16]\n"
            "vctp.8 r6\n"
            "vpst\n"
            "vldrbt.8 q4, [r0]\n"
            "add r0, r2\n"
            "vpst\n"
            "vldrbt.8 q5, [r0]\n"
            "add r0, r2\n"
            "str r0, [sp, #8]\n"
            "movs r6, #8\n"
            "vctp.16 r6\n"
            "ldrd r5, r7, [r11]\n"
            "cmp r5, r7\n"
            "beq 12f\n"
            "2:\n" /* four channels */
            "vldrb.8 q0, [r5, #16]\n"
            "vmladav.s8 r0, q4, q0\n"
            "vldrw.32 q2, [r5], #80\n"
            "vmladav.s8 r8, q5, q0\n"
            "vldrb.8 q1, [r5, #-48]\n"
            "vmladav.s8 r2, q4, q1\n"
            "vmladav.s8 r10, q5, q1\n"
            "vldrb.8 q0, [r5, #-32]\n"
            "vmladav.s8 r4, q4, q0\n"
            "vmladav.s8 r12, q5, q0\n"
            "vldrb.8 q1, [r5, #-16]\n"
            "vmladav.s8 r6, q4, q1\n"
            "vmladav.s8 lr, q5, q1\n" LAPEL_MVE_DOT_MOVE
            "vadd.i32 q0, q0, q2\n"
            "vadd.i32 q1, q1, q2\n"
            "vldrw.32 q2, [r5], #16\n" LAPEL_MVE_DOT_SCALE
            "cbnz r1, 11f\n"
            "10:\n"
            "vldrb.s32 q2, [r5], #4\n" LAPEL_MVE_DOT_SHIFT("q2", "cmp r5, r7\n")
            "vqadd.s16 q0, q0, r9\n"
            "vmax.s16 q0, q0, q7\n"
            "vmin.s16 q0, q0, q3\n"
            "vpst\n"
            "vstrbt.16 q0, [r3, q6]\n"
            "add r3, #4\n"
            "bne 2b\n"
            "12:\n" /* the last channels, if not four */
            "ldr r7, [r11, #8]\n"
            "cmp r5, r7\n"
            "beq 13f\n"
            "ldr r6, [r11, #44]\n"
            "and r6, #3\n"
            "lsls r6, r6, #1\n"
            "vctp.16 r6\n"
            "b 2b\n"
            "11:\n" LAPEL_MVE_DOT_AWAY
            "b 10b\n"
            "13:\n"
            "ldr r7, [r11, #32]\n"
            "add r3, r7\n"
            "ldr r7, [sp, #4]\n"
            "subs r7, #1\n"
            "str r7, [sp, #4]\n"
            "bne 1b\n"
            "add sp, #12\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n");
}

/* All channels of one pixel whose window is a list of runs.
 * r1: y; r3: bytes; r5: w; r7: away; r8: x; r9, r11: run, first run; r10: channels left; q4..q7: zero, lo, hi,
 * x_zero. */
LAPEL_MVE_ASM void lapel_mve_single(int8_t *y __attribute__((unused)),
                                    const lapel_mve_run *runs __attribute__((unused)),
                                    const lapel_mve_job *j __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "ldrd r4, r10, [r2, #40]\n"
            "ldrd r5, r6, [r2, #48]\n"
            "ldrd r7, r3, [r2, #60]\n"
            "vdup.32 q4, r4\n"
            "vdup.32 q5, r5\n"
            "vdup.32 q6, r6\n"
            "vdup.8 q7, r3\n"
            "ldr r5, [r2]\n"
            "mov r11, r1\n"
            "mov r1, r0\n"
            "1:\n" /* four channels */
            "ldrd r0, r2, [r5], #8\n"
            "ldrd r4, r6, [r5], #8\n"
            "mov r9, r11\n"
            "ldrd r8, r3, [r9], #8\n"
            "cmp r3, #0\n"
            "blt 4f\n"
            "2:\n" /* a run */
            "dlstp.8 lr, r3\n"
            "3:\n"
            "vldrb.8 q0, [r8], #16\n" LAPEL_MVE_DOT_FOUR("q0")
            "letp lr, 3b\n"
            "ldrd r8, r3, [r9], #8\n"
            "cmp r3, #0\n"
            "bgt 2b\n"
            "beq.w 6f\n"
            "4:\n" /* a run outside x */
            "rsb r3, r3, #0\n"
            "dlstp.8 lr, r3\n"
            "5:\n" LAPEL_MVE_DOT_FOUR("q7")
            "letp lr, 5b\n"
            "ldrd r8, r3, [r9], #8\n"
            "cmp r3, #0\n"
            "bgt 2b\n"
            "blt 4b\n"
            "6:\n"
            "vldrw.32 q1, [r5], #16\n"
            "vmov q0[2], q0[0], r0, r4\n"
            "vmov q0[3], q0[1], r2, r6\n"
            "vldrb.s32 q3, [r5], #4\n"
            "vqrdmulh.s32 q0, q0, q1\n"
            "cbz r7, 7f\n"
            "vshr.s32 q2, q0, #31\n" /* see LAPEL_MVE_DOT_AWAY */
            "vadd.i32 q0, q0, q2\n"
            "7:\n"
            "vrshl.s32 q0, q0, q3\n"
            "vctp.32 r10\n"
            "vadd.i32 q0, q0, q4\n"
            "vmax.s32 q0, q0, q5\n"
            "vmin.s32 q0, q0, q6\n"
            "vpst\n"
            "vstrbt.32 q0, [r1], #4\n"
            "subs r10, #4\n"
            "bgt 1b\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n");
}

#else

/* acc[k] += `count` values of x times the weights of channel k, [count / 16][4][16]. Where these go on. */
LAPEL_INLINE const LAPEL_ROM int8_t *lapel_mve_dot(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                                   lapel_index count)
{
    for (lapel_index i = 0; i < count; i++) {
        for (lapel_index k = 0; k < 4; k++) {
            acc[k] = lapel_mve_sum(acc[k], x[i] * w[64 * (i >> 4) + 16 * k + (i & 15)]);
        }
    }
    return w + 64 * ((count + 15) >> 4);
}

/* What four channels begin with, their biases, to acc; their multipliers and shifts finish them, up to `channels`. */
LAPEL_INLINE const LAPEL_ROM int8_t *lapel_mve_biases(int32_t *acc, const LAPEL_ROM int8_t *w)
{
    memcpy(acc, w, 16);
    return w + 16;
}

LAPEL_INLINE void lapel_mve_finish(int8_t *y, const int32_t *acc, const LAPEL_ROM int8_t *scale, lapel_index channels,
                                   const lapel_mve_job *j)
{
    int32_t mul[4];

    memcpy(mul, scale, 16);
    for (lapel_index k = 0; k < 4 && k < channels; k++) {
        y[k] = lapel_clamp(lapel_mve_sum(lapel_mve_scale(acc[k], mul[k], -scale[16 + k], j->away), j->zero), j->lo, j->hi);
    }
}

/* The same in 16 bits. */
LAPEL_INLINE void lapel_mve_finish_half(int8_t *y, const int32_t *acc, const LAPEL_ROM int8_t *scale,
                                        lapel_index channels, const lapel_mve_job *j)
{
    int32_t mul[4];

    memcpy(mul, scale, 16);
    for (lapel_index k = 0; k < 4 && k < channels; k++) {
        const int32_t half = lapel_mve_narrow(lapel_mve_scale(acc[k], mul[k], -scale[16 + k], j->away));

        y[k] = lapel_clamp(lapel_mve_narrow(half + j->zero), j->lo, j->hi);
    }
}

/* All channels of 2 * pairs neighbouring pixels whose windows lie in x; pairs >= 1. */
LAPEL_NOINLINE void lapel_mve_pairs(int8_t *y, const int8_t *x, const lapel_mve_job *j, lapel_index pairs)
{
    const lapel_index whole = 16 * (j->blocks - 1), to_row = (j->tail ? whole + 16 : whole) + j->x_skip;

    for (; pairs > 0; pairs--) {
        const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)j->w;

        for (lapel_index o = 0; o < j->channels; o += 4) {
            int32_t acc[2][4];

            lapel_mve_biases(acc[0], w);
            w = lapel_mve_biases(acc[1], w);
            for (lapel_index row = 0; row < j->rows; row++) {
                lapel_mve_dot(acc[0], x + row * to_row, w, whole + j->tail);
                w = lapel_mve_dot(acc[1], x + row * to_row + j->x_next, w, whole + j->tail);
            }
            lapel_mve_finish_half(y + o, acc[0], w, j->channels - o, j);
            lapel_mve_finish_half(y + j->out_c + o, acc[1], w, j->channels - o, j);
            w += 20;
        }
        x += 2 * j->x_next;
        y += 2 * j->out_c;
    }
}

/* As lapel_mve_pairs where a window is a single run of 1..16 values; two windows are read before a pixel is written. */
LAPEL_NOINLINE void lapel_mve_short_pairs(int8_t *y, const int8_t *x, const lapel_mve_job *j, lapel_index pairs)
{
    for (; pairs > 0; pairs--) {
        const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)j->w;
        int8_t windows[2][16];

        memcpy(windows[0], x, (size_t)j->tail);
        memcpy(windows[1], x + j->x_next, (size_t)j->tail);
        for (lapel_index o = 0; o < j->channels; o += 4) {
            int32_t acc[2][4];

            lapel_mve_biases(acc[0], w);
            w = lapel_mve_biases(acc[1], w);
            lapel_mve_dot(acc[0], windows[0], w, j->tail);
            w = lapel_mve_dot(acc[1], windows[1], w, j->tail);
            lapel_mve_finish_half(y + o, acc[0], w, j->channels - o, j);
            lapel_mve_finish_half(y + j->out_c + o, acc[1], w, j->channels - o, j);
            w += 20;
        }
        x += 2 * j->x_next;
        y += 2 * j->out_c;
    }
}

/* All channels of one pixel whose window is a list of runs. */
LAPEL_NOINLINE void lapel_mve_single(int8_t *y, const lapel_mve_run *runs, const lapel_mve_job *j)
{
    const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)j->w;
    int8_t outside[16];

    memset(outside, j->x_zero, sizeof outside);
    for (lapel_index o = 0; o < j->channels; o += 4) {
        int32_t acc[4];

        w = lapel_mve_biases(acc, w);
        for (const lapel_mve_run *run = runs; run->bytes != 0; run++) {
            if (run->bytes > 0) {
                w = lapel_mve_dot(acc, run->x, w, run->bytes);
            }
            for (lapel_index left = -run->bytes; left > 0; left -= 16) {
                w = lapel_mve_dot(acc, outside, w, left < 16 ? left : 16);
            }
        }
        lapel_mve_finish(y + o, acc, w, j->channels - o, j);
        w += 20;
    }
}

#endif

#endif
