/* Dot products of int8 runs with four output channels at once, finished to int8: for dense layers and convolutions.
 *
 * Weights: [channels / 4][rows][run / 16][4][16], both divisions rounded up and padded with zeros.
 * Tables: [channels / 4] of {bias[4], mul[4], shift[4] as int8}, 36 bytes; shift -31..-1. */
#ifndef LAPEL_DOT_MVE_H
#define LAPEL_DOT_MVE_H

#include "mve.h"

/* What all pixels of a layer share. A window is `rows` runs of x with a gap between one and the next. */
typedef struct {
    const LAPEL_ROM int8_t *w;
    const LAPEL_ROM int32_t *table;
    lapel_index blocks; /* run / 16, plus 1 */
    lapel_index tail;   /* run % 16 */
    lapel_index rows;   /* >= 1 */
    lapel_index x_skip; /* from the start of a run, plus run rounded up to 16, to the start of the next */
    lapel_index x_back; /* from the start of the window to that of its last run, plus run rounded up to 16 */
    lapel_index x_next; /* from a pixel's window to its neighbour's */
    lapel_index out_c;
    int32_t zero;
    int32_t lo;
    int32_t hi;
    int32_t more;   /* 0: one row without a tail, and lo >= zero */
    int32_t x_zero; /* -128..127 */
} lapel_mve_job;

/* A run of one pixel; a list of them ends with one of 0 bytes. Each but the last is a multiple of 16. */
typedef struct {
    const int8_t *x;
    lapel_index bytes; /* negative: as many times x_zero, whatever x */
} lapel_mve_run;

LAPEL_STATIC_ASSERT(offsetof(lapel_mve_job, x_zero) == 52 && sizeof(lapel_mve_run) == 8, lapel_mve_job_offsets);

/* Set the rows of a job; zero and lo are set. row: from the start of a run to the start of the next. */
LAPEL_INLINE void lapel_mve_window(lapel_mve_job *j, lapel_index rows, lapel_index run, lapel_index row)
{
    const lapel_index whole = (lapel_index)((run + 15) & ~15);

    j->blocks = (lapel_index)((run >> 4) + 1);
    j->tail = run & 15;
    j->rows = rows;
    j->x_skip = (lapel_index)(row - whole);
    j->x_back = (lapel_index)((rows - 1) * row + whole);
    j->more = rows > 1 || j->tail != 0 || j->lo < j->zero;
}

/* 16 values of two pixels times those of four channels. Accumulators: r0 r2 r4 r6, r8 r10 r12 lr. */
#define LAPEL_MVE_DOT_WEIGHTS       \
    "vldrb.8 q2, [r5], #64\n"       \
    "vmladava.s8 r0, q0, q2\n"      \
    "vmladava.s8 r8, q1, q2\n"      \
    "vldrb.8 q3, [r5, #-48]\n"      \
    "vmladava.s8 r2, q0, q3\n"      \
    "vmladava.s8 r10, q1, q3\n"     \
    "vldrb.8 q2, [r5, #-32]\n"      \
    "vmladava.s8 r4, q0, q2\n"      \
    "vmladava.s8 r12, q1, q2\n"     \
    "vldrb.8 q3, [r5, #-16]\n"      \
    "vmladava.s8 r6, q0, q3\n"      \
    "vmladava.s8 lr, q1, q3\n"
#define LAPEL_MVE_DOT_PAIR          \
    "vldrb.8 q0, [r1], #16\n"       \
    "vldrb.8 q1, [r9], #16\n"       \
    LAPEL_MVE_DOT_WEIGHTS

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

/* From the accumulators of two pixels to q0, q1, which are to be shifted. */
#define LAPEL_MVE_DOT_SCALE         \
    "vmov q0[2], q0[0], r0, r4\n"   \
    "vmov q0[3], q0[1], r2, r6\n"   \
    "vmov q1[2], q1[0], r8, r12\n"  \
    "vmov q1[3], q1[1], r10, lr\n"  \
    "vldrw.32 q2, [r3, #16]\n"      \
    "vqrdmulh.s32 q0, q0, q2\n"     \
    "vqrdmulh.s32 q1, q1, q2\n"

/* q4, q5, q6 = zero, lo, hi of the job in r11. */
#define LAPEL_MVE_DOT_LIMITS        \
    "ldrd r4, r5, [r11, #36]\n"     \
    "ldr r6, [r11, #44]\n"          \
    "vdup.32 q4, r4\n"              \
    "vdup.32 q5, r5\n"              \
    "vdup.32 q6, r6\n"

/* All channels of 2 * pairs neighbouring pixels whose windows lie in x; pairs >= 1.
 * r1, r9: x of the two pixels; r3: table; r5: w; r7: count; r11: j. Stack: y, channels left, pairs left, rows left. */
LAPEL_MVE_ASM void lapel_mve_pairs(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                   const lapel_mve_job *j __attribute__((unused)),
                                   lapel_index pairs __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d13}\n"
            "sub sp, #20\n"
            "mov r11, r2\n" LAPEL_MVE_DOT_LIMITS
            "ldr r4, [r11, #16]\n"
            "strd r3, r4, [sp, #8]\n"
            "ldr r4, [r11, #28]\n"
            "add r9, r1, r4\n"
            "1:\n" /* a pair */
            "ldr r2, [r11, #32]\n"
            "strd r0, r2, [sp]\n"
            "ldrd r5, r3, [r11]\n"
            "2:\n" /* four channels */
            "ldrd r0, r2, [r3]\n"
            "ldrd r4, r6, [r3, #8]\n"
            "mov r8, r0\n"
            "mov r10, r2\n"
            "mov r12, r4\n"
            "mov lr, r6\n"
            "3:\n" /* a row: two vectors at a time, starting with the second of two where their number is odd */
            "ldr r7, [r11, #8]\n"
            "lsrs r7, r7, #1\n"
            "beq 6f\n"
            "bcc 5f\n"
            "4:\n" LAPEL_MVE_DOT_PAIR
            "5:\n" LAPEL_MVE_DOT_PAIR
            "subs r7, #1\n"
            "bne 4b\n"
            "6:\n"
            "ldr r7, [r11, #48]\n"
            "cbz r7, 9f\n"
            "ldr r7, [r11, #12]\n"
            "cbz r7, 7f\n"
            "vctp.8 r7\n"
            "vpstt\n"
            "vldrbt.8 q0, [r1], #16\n"
            "vldrbt.8 q1, [r9], #16\n" LAPEL_MVE_DOT_WEIGHTS
            "7:\n"
            "ldr r7, [sp, #12]\n"
            "subs r7, #1\n"
            "str r7, [sp, #12]\n"
            "beq 8f\n"
            "ldr r7, [r11, #20]\n"
            "add r1, r7\n"
            "add r9, r7\n"
            "b 3b\n"
            "8:\n"
            "ldr r7, [r11, #16]\n"
            "str r7, [sp, #12]\n"
            "b 11f\n"
            "9:\n" LAPEL_MVE_DOT_SCALE
            "10:\n"
            "vldrb.s32 q2, [r3, #32]\n"
            "vrshl.s32 q0, q0, q2\n"
            "vrshl.s32 q1, q1, q2\n"
            "vadd.i32 q0, q0, q4\n"
            "vadd.i32 q1, q1, q4\n"
            "vmax.s32 q0, q0, q5\n"
            "vmax.s32 q1, q1, q5\n"
            "vmin.s32 q0, q0, q6\n"
            "vmin.s32 q1, q1, q6\n"
            "ldrd r0, r2, [sp]\n"
            "ldr r4, [r11, #32]\n"
            "add r6, r0, r4\n"
            "vctp.32 r2\n"
            "vpstt\n"
            "vstrbt.32 q0, [r0], #4\n"
            "vstrbt.32 q1, [r6]\n"
            "ldr r6, [r11, #24]\n"
            "sub r1, r6\n"
            "sub r9, r6\n"
            "adds r3, #36\n"
            "subs r2, #4\n"
            "strd r0, r2, [sp]\n"
            "bgt 2b\n"
            "add r0, r2\n" /* behind the last channel of the first pixel */
            "add r0, r4\n"
            "ldr r7, [r11, #28]\n"
            "add r1, r1, r7, lsl #1\n"
            "add r9, r9, r7, lsl #1\n"
            "ldr r7, [sp, #8]\n"
            "subs r7, #1\n"
            "str r7, [sp, #8]\n"
            "bne 1b\n"
            "add sp, #20\n"
            "vpop {d8-d13}\n"
            "pop {r4-r11, pc}\n"
            /* VRSHL rounds halves up, we want them away from 0: less 1 where negative, unless that becomes lo anyway */
            "11:\n" LAPEL_MVE_DOT_SCALE
            "vshr.s32 q3, q0, #31\n"
            "vadd.i32 q0, q0, q3\n"
            "vshr.s32 q3, q1, #31\n"
            "vadd.i32 q1, q1, q3\n"
            "b 10b\n");
}

/* All channels of one pixel whose window is a list of runs; of j: w, table, out_c, zero, lo, hi.
 * r1: y; r3: bytes; r5: w; r7: table; r8: x; r9, r11: run, first run; r10: channels left. */
LAPEL_MVE_ASM void lapel_mve_single(int8_t *y __attribute__((unused)),
                                    const lapel_mve_run *runs __attribute__((unused)),
                                    const lapel_mve_job *j __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "mov r11, r2\n" LAPEL_MVE_DOT_LIMITS
            "ldrd r5, r7, [r11]\n"
            "ldr r3, [r11, #52]\n"
            "vdup.8 q7, r3\n"
            "ldr r10, [r11, #32]\n"
            "mov r11, r1\n"
            "mov r1, r0\n"
            "1:\n" /* four channels */
            "ldrd r0, r2, [r7]\n"
            "ldrd r4, r6, [r7, #8]\n"
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
            "beq 6f\n"
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
            "vmov q0[2], q0[0], r0, r4\n"
            "vmov q0[3], q0[1], r2, r6\n"
            "vldrw.32 q1, [r7, #16]\n"
            "vqrdmulh.s32 q0, q0, q1\n"
            "vldrb.s32 q1, [r7, #32]\n"
            "vshr.s32 q2, q0, #31\n" /* as in lapel_mve_pairs */
            "vadd.i32 q0, q0, q2\n"
            "vrshl.s32 q0, q0, q1\n"
            "vadd.i32 q0, q0, q4\n"
            "vmax.s32 q0, q0, q5\n"
            "vmin.s32 q0, q0, q6\n"
            "vctp.32 r10\n"
            "vpst\n"
            "vstrbt.32 q0, [r1], #4\n"
            "adds r7, #36\n"
            "subs r10, #4\n"
            "bgt 1b\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n");
}

#endif
