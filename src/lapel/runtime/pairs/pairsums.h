/* Sums of products of pairs of values by runs of weights: the inner loops of conv_pairs.h, in assembly where there is one. */
#ifndef LAPEL_PAIRSUMS_H
#define LAPEL_PAIRSUMS_H

#include "wordasm.h"

/* What two channels read, from one block of them to the next. */
typedef struct {
    const LAPEL_ROM int32_t *w;
    const LAPEL_ROM uint8_t *runs;
} lapel_pairsums_block;

#if UINTPTR_MAX == 0xffffffffu
LAPEL_ASSERT_AT(lapel_pairsums_block, w, 0);
LAPEL_ASSERT_AT(lapel_pairsums_block, runs, 4);
#endif

/* sums[4 i + j]: of channel i of a block and pixel j. x: [taps][2], two pixels a word; a word of w: channels 0 and 1 of
 * one tap, then of the next one. Moves block to behind these two channels. */

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 2

/* r8, r9: two words of x times a weight of the first and one of the second channel. */
#define LAPEL_PAIRS_TAP                             \
    "ldrd r8, r9, [r1], #8\n\t"                     \
    "ldrsb r3, [r2], #1\n\t"                        \
    "mla r4, r8, r3, r4\n\t"                        \
    "mla r5, r9, r3, r5\n\t"                        \
    "ldrsb r3, [r2], #1\n\t"                        \
    "mla r6, r8, r3, r6\n\t"                        \
    "mla r7, r9, r3, r7\n\t"

LAPEL_PAIRS_NAKED void lapel_pairsums(int32_t *sums LAPEL_PAIRS_UNUSED, const int32_t *x LAPEL_PAIRS_UNUSED,
                                      lapel_pairsums_block *block LAPEL_PAIRS_UNUSED)
{
    /* r4-r7: sums of a run; r0, r10-r12: what they add up to. [sp]: what their upper halves do, 16: run, first run, sums,
     * block */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #32\n\t"
            "str r0, [sp, #24]\n\t"
            "str r2, [sp, #28]\n\t"
            "ldr r4, [r2, #4]\n\t"
            "ldr r2, [r2]\n\t"
            "strd r4, r4, [sp, #16]\n\t"
            "ldrb lr, [r4]\n\t"
            "movs r0, #0\n\t"
            "mov r10, r0\n\t"
            "mov r11, r0\n\t"
            "mov r12, r0\n\t"
            "strd r0, r0, [sp]\n\t"
            "strd r0, r0, [sp, #8]\n"
            "1:\n\t"
            "mov r4, #32768\n\t"
            "mov r5, #32768\n\t"
            "mov r6, #32768\n\t"
            "mov r7, #32768\n\t"
            "add lr, r1, lr, lsl #4\n\t"
            ".balign 4\n"
            "2:\n\t"
            LAPEL_PAIRS_TAP
            LAPEL_PAIRS_TAP
            "cmp r1, lr\n\t"
            "bne 2b\n\t"
            "ldr r3, [sp, #16]\n\t"
            "add r0, r0, r4\n\t"
            "ldrb lr, [r3, #1]!\n\t"
            "str r3, [sp, #16]\n\t"
            "ldrd r8, r9, [sp]\n\t"
            "add r10, r10, r5\n\t"
            "add r8, r8, r4, asr #16\n\t"
            "add r9, r9, r5, asr #16\n\t"
            "strd r8, r9, [sp]\n\t"
            "ldrd r8, r9, [sp, #8]\n\t"
            "add r11, r11, r6\n\t"
            "add r12, r12, r7\n\t"
            "add r8, r8, r6, asr #16\n\t"
            "add r9, r9, r7, asr #16\n\t"
            "strd r8, r9, [sp, #8]\n\t"
            "cmp lr, #0\n\t"
            "bne 1b\n\t"
            "ldrd r4, r5, [sp, #20]\n\t"
            "ldr r6, [sp, #28]\n\t"
            "sub r4, r3, r4\n\t"
            "adds r3, #1\n\t"
            "strd r2, r3, [r6]\n\t"
            "lsls r4, r4, #15\n\t"
            "ldm sp, {r1, r2, r3, r6}\n\t"
            "sub r0, r0, r4\n\t"
            "sub r10, r10, r4\n\t"
            "sub r11, r11, r4\n\t"
            "sub r12, r12, r4\n\t"
            "sub r0, r0, r1, lsl #16\n\t"
            "sub r10, r10, r2, lsl #16\n\t"
            "sub r11, r11, r3, lsl #16\n\t"
            "sub r12, r12, r6, lsl #16\n\t"
            "strd r0, r1, [r5]\n\t"
            "strd r10, r2, [r5, #8]\n\t"
            "strd r11, r3, [r5, #16]\n\t"
            "strd r12, r6, [r5, #24]\n\t"
            "add sp, #32\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#elif defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1

/* r4, r5: two words of x times a weight of the first channel in r6; uses r6 and r7. */
#define LAPEL_PAIRS_FIRST                           \
    "movs r7, r6\n\t"                               \
    "muls r7, r4\n\t"                               \
    "add r8, r7\n\t"                                \
    "muls r6, r5\n\t"                               \
    "add r9, r6\n\t"

/* The same with a weight of the second channel in `w`; uses up x. */
#define LAPEL_PAIRS_SECOND(w)                       \
    "muls r4, " w "\n\t"                            \
    "add r10, r4\n\t"                               \
    "muls r5, " w "\n\t"                            \
    "add r11, r5\n\t"

/* Adds the upper half of the sum in `from` to `to`; uses r0. */
#define LAPEL_PAIRS_UPPER(to, from)                 \
    "mov r0, " from "\n\t"                          \
    "asrs r0, r0, #16\n\t"                          \
    "adds " to ", " to ", r0\n\t"

LAPEL_PAIRS_NAKED void lapel_pairsums(int32_t *sums LAPEL_PAIRS_UNUSED, const int32_t *x LAPEL_PAIRS_UNUSED,
                                      lapel_pairsums_block *block LAPEL_PAIRS_UNUSED)
{
    /* r8-r11: sums of a run; r12: end of its x; lr: run. [sp]: what sums add up to, 16: what their upper halves do, 32:
     * first run, sums, block */
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "sub sp, #44\n\t"
            "str r0, [sp, #36]\n\t"
            "str r2, [sp, #40]\n\t"
            "ldr r3, [r2, #4]\n\t"
            "ldr r2, [r2]\n\t"
            "str r3, [sp, #32]\n\t"
            "movs r4, #0\n\t"
            "movs r5, #0\n\t"
            "movs r6, #0\n\t"
            "movs r7, #0\n\t"
            "mov r0, sp\n\t"
            "stmia r0!, {r4, r5, r6, r7}\n\t"
            "stmia r0!, {r4, r5, r6, r7}\n\t"
            "ldrb r0, [r3]\n"
            "1:\n\t"
            "mov lr, r3\n\t"
            "lsls r0, r0, #4\n\t"
            "adds r0, r0, r1\n\t"
            "mov r12, r0\n\t"
            "movs r0, #1\n\t"
            "lsls r0, r0, #15\n\t"
            "mov r8, r0\n\t"
            "mov r9, r0\n\t"
            "mov r10, r0\n\t"
            "mov r11, r0\n\t"
            ".balign 4\n"
            "2:\n\t"
            "ldmia r2!, {r3}\n\t"
            "ldmia r1!, {r4, r5}\n\t"
            "sxtb r6, r3\n\t"
            LAPEL_PAIRS_FIRST
            "lsls r6, r3, #16\n\t"
            "asrs r6, r6, #24\n\t"
            LAPEL_PAIRS_SECOND("r6")
            "ldmia r1!, {r4, r5}\n\t"
            "lsls r6, r3, #8\n\t"
            "asrs r6, r6, #24\n\t"
            LAPEL_PAIRS_FIRST
            "asrs r3, r3, #24\n\t"
            LAPEL_PAIRS_SECOND("r3")
            "cmp r1, r12\n\t"
            "bne 2b\n\t"
            "mov r3, sp\n\t"
            "ldmia r3!, {r4, r5, r6, r7}\n\t"
            "add r4, r8\n\t"
            "add r5, r9\n\t"
            "add r6, r10\n\t"
            "add r7, r11\n\t"
            "subs r3, #16\n\t"
            "stmia r3!, {r4, r5, r6, r7}\n\t"
            "ldmia r3!, {r4, r5, r6, r7}\n\t"
            LAPEL_PAIRS_UPPER("r4", "r8")
            LAPEL_PAIRS_UPPER("r5", "r9")
            LAPEL_PAIRS_UPPER("r6", "r10")
            LAPEL_PAIRS_UPPER("r7", "r11")
            "subs r3, #16\n\t"
            "stmia r3!, {r4, r5, r6, r7}\n\t"
            "mov r3, lr\n\t"
            "adds r3, #1\n\t"
            "ldrb r0, [r3]\n\t"
            "cmp r0, #0\n\t"
            "bne 1b\n\t"
            "ldr r0, [sp, #32]\n\t"
            "subs r0, r3, r0\n\t"
            "lsls r0, r0, #15\n\t"
            "mov r12, r0\n\t"
            "adds r3, #1\n\t"
            "ldr r0, [sp, #40]\n\t"
            "stmia r0!, {r2, r3}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "lsls r4, r4, #16\n\t"
            "lsls r5, r5, #16\n\t"
            "lsls r6, r6, #16\n\t"
            "lsls r7, r7, #16\n\t"
            "add r4, r12\n\t"
            "add r5, r12\n\t"
            "add r6, r12\n\t"
            "add r7, r12\n\t"
            "mov r3, sp\n\t"
            "ldmia r3!, {r0, r1, r2}\n\t"
            "ldr r3, [r3]\n\t"
            "subs r4, r0, r4\n\t"
            "subs r5, r1, r5\n\t"
            "subs r6, r2, r6\n\t"
            "subs r7, r3, r7\n\t"
            "ldr r0, [sp, #36]\n\t"
            "mov r1, r8\n\t"
            "mov r2, r9\n\t"
            "stmia r0!, {r4}\n\t"
            "stmia r0!, {r1}\n\t"
            "stmia r0!, {r5}\n\t"
            "stmia r0!, {r2}\n\t"
            "mov r1, r10\n\t"
            "mov r2, r11\n\t"
            "stmia r0!, {r6}\n\t"
            "stmia r0!, {r1}\n\t"
            "stmia r0!, {r7}\n\t"
            "stmia r0!, {r2}\n\t"
            "add sp, #44\n\t"
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}");
}

#elif defined(__riscv_mul) && __riscv_xlen == 32

/* Two words of x, `at` bytes behind a1, times the weights `w` bytes behind a3. */
#define LAPEL_PAIRS_TAP(w, v, at, next)             \
    "lw a6, " at "(a1)\n\t"                         \
    "lb t6, " w "(a3)\n\t"                          \
    "lw a7, " next "(a1)\n\t"                       \
    "lb s8, " v "(a3)\n\t"                          \
    "mul t5, a6, t6\n\t"                            \
    "mul t6, a7, t6\n\t"                            \
    "mul a6, a6, s8\n\t"                            \
    "mul a7, a7, s8\n\t"                            \
    "add t0, t0, t5\n\t"                            \
    "add t1, t1, t6\n\t"                            \
    "add t2, t2, a6\n\t"                            \
    "add t3, t3, a7\n\t"

/* Adds a run's sum to `total`, its upper half to `upper`. */
#define LAPEL_PAIRS_ADD(sum, total, upper)          \
    "add " total ", " total ", " sum "\n\t"         \
    "srai " sum ", " sum ", 16\n\t"                 \
    "add " upper ", " upper ", " sum "\n\t"

/* Both sums, `at` and four bytes more behind a0; t0: 2^15 a run. */
#define LAPEL_PAIRS_WRITE(total, upper, at, next)   \
    "slli t1, " upper ", 16\n\t"                    \
    "add t1, t1, t0\n\t"                            \
    "sub t1, " total ", t1\n\t"                     \
    "sw t1, " at "(a0)\n\t"                         \
    "sw " upper ", " next "(a0)\n\t"

LAPEL_PAIRS_NAKED void lapel_pairsums(int32_t *sums LAPEL_PAIRS_UNUSED, const int32_t *x LAPEL_PAIRS_UNUSED,
                                      lapel_pairsums_block *block LAPEL_PAIRS_UNUSED)
{
    /* t0-t3: sums of a run; s0-s3: what they add up to; s4-s7: what their upper halves do; a3: weights, a4: run, s9: first
     * run, a5: end of the run's x */
    __asm__("addi sp, sp, -48\n\t"
            "sw s0, 0(sp)\n\t"
            "sw s1, 4(sp)\n\t"
            "sw s2, 8(sp)\n\t"
            "sw s3, 12(sp)\n\t"
            "sw s4, 16(sp)\n\t"
            "sw s5, 20(sp)\n\t"
            "sw s6, 24(sp)\n\t"
            "sw s7, 28(sp)\n\t"
            "sw s8, 32(sp)\n\t"
            "sw s9, 36(sp)\n\t"
            "lw a3, 0(a2)\n\t"
            "lw a4, 4(a2)\n\t"
            "lbu a5, 0(a4)\n\t"
            "mv s9, a4\n\t"
            "li s0, 0\n\t"
            "li s1, 0\n\t"
            "li s2, 0\n\t"
            "li s3, 0\n\t"
            "li s4, 0\n\t"
            "li s5, 0\n\t"
            "li s6, 0\n\t"
            "li s7, 0\n"
            "1:\n\t"
            "slli a5, a5, 4\n\t"
            "add a5, a5, a1\n\t"
            "lui t0, 8\n\t"
            "lui t1, 8\n\t"
            "lui t2, 8\n\t"
            "lui t3, 8\n"
            "2:\n\t"
            LAPEL_PAIRS_TAP("0", "1", "0", "4")
            LAPEL_PAIRS_TAP("2", "3", "8", "12")
            "addi a1, a1, 16\n\t"
            "addi a3, a3, 4\n\t"
            "bne a1, a5, 2b\n\t"
            "addi a4, a4, 1\n\t"
            "lbu a5, 0(a4)\n\t"
            LAPEL_PAIRS_ADD("t0", "s0", "s4")
            LAPEL_PAIRS_ADD("t1", "s1", "s5")
            LAPEL_PAIRS_ADD("t2", "s2", "s6")
            LAPEL_PAIRS_ADD("t3", "s3", "s7")
            "bnez a5, 1b\n\t"
            "sub t0, a4, s9\n\t"
            "slli t0, t0, 15\n\t"
            "addi a4, a4, 1\n\t"
            "sw a3, 0(a2)\n\t"
            "sw a4, 4(a2)\n\t"
            LAPEL_PAIRS_WRITE("s0", "s4", "0", "4")
            LAPEL_PAIRS_WRITE("s1", "s5", "8", "12")
            LAPEL_PAIRS_WRITE("s2", "s6", "16", "20")
            LAPEL_PAIRS_WRITE("s3", "s7", "24", "28")
            "lw s0, 0(sp)\n\t"
            "lw s1, 4(sp)\n\t"
            "lw s2, 8(sp)\n\t"
            "lw s3, 12(sp)\n\t"
            "lw s4, 16(sp)\n\t"
            "lw s5, 20(sp)\n\t"
            "lw s6, 24(sp)\n\t"
            "lw s7, 28(sp)\n\t"
            "lw s8, 32(sp)\n\t"
            "lw s9, 36(sp)\n\t"
            "addi sp, sp, 48\n\t"
            "ret");
}

#else

LAPEL_NOINLINE void lapel_pairsums(int32_t *sums, const int32_t *x, lapel_pairsums_block *block)
{
    const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)block->w;
    const LAPEL_ROM uint8_t *run = block->runs;
    uint32_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, u0 = 0, u1 = 0, u2 = 0, u3 = 0;
    lapel_index n = (lapel_index)*run;
    uint32_t offset;

    do {
        uint32_t a0 = 32768, a1 = 32768, a2 = 32768, a3 = 32768;

        do {
            a0 += (uint32_t)x[0] * (uint32_t)w[0];
            a1 += (uint32_t)x[1] * (uint32_t)w[0];
            a2 += (uint32_t)x[0] * (uint32_t)w[1];
            a3 += (uint32_t)x[1] * (uint32_t)w[1];
            a0 += (uint32_t)x[2] * (uint32_t)w[2];
            a1 += (uint32_t)x[3] * (uint32_t)w[2];
            a2 += (uint32_t)x[2] * (uint32_t)w[3];
            a3 += (uint32_t)x[3] * (uint32_t)w[3];
            x += 4;
            w += 4;
        } while (--n != 0);
        t0 += a0;
        t1 += a1;
        t2 += a2;
        t3 += a3;
        u0 += (uint32_t)((int32_t)a0 >> 16);
        u1 += (uint32_t)((int32_t)a1 >> 16);
        u2 += (uint32_t)((int32_t)a2 >> 16);
        u3 += (uint32_t)((int32_t)a3 >> 16);
        n = (lapel_index)*++run;
    } while (n != 0);
    offset = (uint32_t)(run - block->runs) << 15;
    sums[0] = (int32_t)(t0 - offset - (u0 << 16));
    sums[1] = (int32_t)u0;
    sums[2] = (int32_t)(t1 - offset - (u1 << 16));
    sums[3] = (int32_t)u1;
    sums[4] = (int32_t)(t2 - offset - (u2 << 16));
    sums[5] = (int32_t)u2;
    sums[6] = (int32_t)(t3 - offset - (u3 << 16));
    sums[7] = (int32_t)u3;
    block->w += (w - (const LAPEL_ROM int8_t *)block->w) / 4;
    block->runs = run + 1;
}

#endif

#endif
