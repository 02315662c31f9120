/* All channels of three pixels: the inner loops of conv_pairs_three.h, in assembly where there is one. */
#ifndef LAPEL_THREESUMS_H
#define LAPEL_THREESUMS_H

#include "wordasm.h"

/* Where three pixels are computed from, and where they go. */
typedef struct {
    int8_t *y0;                    /* [channels] */
    int8_t *y1;
    int8_t *y2;
    const LAPEL_ROM int32_t *w;    /* blocks of four channels, two words for two taps: 0 and 1 of both, then 2 and 3 */
    const LAPEL_ROM int32_t *each; /* [channels][3], and zeros up to a whole block: bias, mul, -2 - shift */
    const int32_t *x;              /* [taps][2], b 2^21 + a and b 2^10 + c of the pixels a, b, c */
    const int32_t *end;
    int32_t segment;               /* bytes of x */
    int32_t channels;
    int32_t offset;                /* 2 y_zero + 1 */
} lapel_three_job;

#if UINTPTR_MAX == 0xffffffffu
LAPEL_ASSERT_AT(lapel_three_job, y0, 0);
LAPEL_ASSERT_AT(lapel_three_job, y1, 4);
LAPEL_ASSERT_AT(lapel_three_job, y2, 8);
LAPEL_ASSERT_AT(lapel_three_job, w, 12);
LAPEL_ASSERT_AT(lapel_three_job, each, 16);
LAPEL_ASSERT_AT(lapel_three_job, x, 20);
LAPEL_ASSERT_AT(lapel_three_job, end, 24);
LAPEL_ASSERT_AT(lapel_three_job, segment, 28);
LAPEL_ASSERT_AT(lapel_three_job, channels, 32);
LAPEL_ASSERT_AT(lapel_three_job, offset, 36);
#endif

/* Uses up the job. */

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 2

/* Adds the products of a weight at `w` to two sums. */
#define LAPEL_THREE_WEIGHT(w, first, second)        \
    "ldrsb lr, " w "\n\t"                           \
    "mla " first ", r0, lr, " first "\n\t"          \
    "mla " second ", r12, lr, " second "\n\t"

/* Takes two sums apart and adds them to three, `at` and `third` bytes from sp on. */
#define LAPEL_THREE_APART(first, second, at, third) \
    "sbfx r0, " first ", #0, #21\n\t"               \
    "sub " first ", " first ", r0\n\t"              \
    "sub " second ", " second ", " first ", lsr #11\n\t" \
    "sbfx r2, " second ", #0, #21\n\t"              \
    "sub " second ", " second ", r2\n\t"            \
    "asr " second ", " second ", #10\n\t"           \
    "add " second ", " second ", " first ", lsr #21\n\t" \
    "ldrd r12, lr, [sp, #" at "]\n\t"               \
    "ldr " first ", [sp, #" third "]\n\t"           \
    "add r12, r12, r0\n\t"                          \
    "add lr, lr, " second "\n\t"                    \
    "add " first ", " first ", r2\n\t"              \
    "strd r12, lr, [sp, #" at "]\n\t"               \
    "str " first ", [sp, #" third "]\n\t"

/* Requantizes a sum by r4 and r5, and writes it. */
#define LAPEL_THREE_WRITE(sum, y)                   \
    "asrs r9, " sum ", #31\n\t"                     \
    "orr r10, r11, r9, lsl #31\n\t"                 \
    "smlal r10, r9, " sum ", r4\n\t"                \
    "asr r9, r9, r5\n\t"                            \
    "add r9, r9, lr\n\t"                            \
    "ssat r9, #8, r9, asr #1\n\t"                   \
    "strb r9, [" y "], #1\n\t"

LAPEL_PAIRS_NAKED void lapel_three_pixels(lapel_three_job *job LAPEL_PAIRS_UNUSED)
{
    /* [sp]: sums, 48: job, 52: end of the sums that are wanted. 3: r4-r11: sums of a segment, r1: x, r2: its end, r3:
     * weights. 4: r0: sums, r1: each, r2, r3, r12: y, r11: 2^30, lr: offset */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #56\n\t"
            "str r0, [sp, #48]\n"
            "1:\n\t"
            "ldr r4, [r0, #16]\n\t"
            "ldr r3, [r0, #12]\n\t"
            "ldr r1, [r0, #20]\n\t"
            "ldr r5, [r4]\n\t"
            "ldr r6, [r4, #12]\n\t"
            "ldr r7, [r4, #24]\n\t"
            "ldr r8, [r4, #36]\n\t"
            "strd r5, r5, [sp]\n\t"
            "str r5, [sp, #8]\n\t"
            "strd r6, r6, [sp, #12]\n\t"
            "str r6, [sp, #20]\n\t"
            "strd r7, r7, [sp, #24]\n\t"
            "str r7, [sp, #32]\n\t"
            "strd r8, r8, [sp, #36]\n\t"
            "str r8, [sp, #44]\n"
            "2:\n\t"
            "ldrd r12, r2, [r0, #24]\n\t"
            "add r2, r1, r2\n\t"
            "cmp r2, r12\n\t"
            "it hi\n\t"
            "movhi r2, r12\n\t"
            "movs r4, #0\n\t"
            "movs r5, #0\n\t"
            "movs r6, #0\n\t"
            "movs r7, #0\n\t"
            "mov r8, r4\n\t"
            "mov r9, r4\n\t"
            "mov r10, r4\n\t"
            "mov r11, r4\n\t"
            ".balign 4\n"
            "3:\n\t"
            "ldrd r0, r12, [r1], #8\n\t"
            LAPEL_THREE_WEIGHT("[r3], #8", "r4", "r5")
            LAPEL_THREE_WEIGHT("[r3, #-7]", "r6", "r7")
            LAPEL_THREE_WEIGHT("[r3, #-4]", "r8", "r9")
            LAPEL_THREE_WEIGHT("[r3, #-3]", "r10", "r11")
            "ldrd r0, r12, [r1], #8\n\t"
            LAPEL_THREE_WEIGHT("[r3, #-6]", "r4", "r5")
            LAPEL_THREE_WEIGHT("[r3, #-5]", "r6", "r7")
            LAPEL_THREE_WEIGHT("[r3, #-2]", "r8", "r9")
            LAPEL_THREE_WEIGHT("[r3, #-1]", "r10", "r11")
            "cmp r1, r2\n\t"
            "bne 3b\n\t"
            LAPEL_THREE_APART("r4", "r5", "0", "8")
            LAPEL_THREE_APART("r6", "r7", "12", "20")
            LAPEL_THREE_APART("r8", "r9", "24", "32")
            LAPEL_THREE_APART("r10", "r11", "36", "44")
            "ldr r0, [sp, #48]\n\t"
            "ldr r2, [r0, #24]\n\t"
            "cmp r1, r2\n\t"
            "bne 2b\n\t"
            "str r3, [r0, #12]\n\t"
            "ldr r4, [r0, #32]\n\t"
            "subs r5, r4, #4\n\t"
            "str r5, [r0, #32]\n\t"
            "it pl\n\t"
            "movpl r4, #4\n\t"
            "add r4, r4, r4, lsl #1\n\t"
            "add r4, sp, r4, lsl #2\n\t"
            "str r4, [sp, #52]\n\t"
            "ldr r1, [r0, #16]\n\t"
            "ldr lr, [r0, #36]\n\t"
            "ldm r0, {r2, r3, r12}\n\t"
            "adds r1, #4\n\t"
            "mov r11, #0x40000000\n\t"
            "mov r0, sp\n"
            "4:\n\t"
            "ldrd r4, r5, [r1], #12\n\t"
            "ldm r0!, {r6, r7, r8}\n\t"
            LAPEL_THREE_WRITE("r6", "r2")
            LAPEL_THREE_WRITE("r7", "r3")
            LAPEL_THREE_WRITE("r8", "r12")
            "ldr r10, [sp, #52]\n\t"
            "cmp r0, r10\n\t"
            "bne 4b\n\t"
            "ldr r0, [sp, #48]\n\t"
            "subs r1, #4\n\t"
            "ldr r4, [r0, #32]\n\t"
            "stm r0, {r2, r3, r12}\n\t"
            "str r1, [r0, #16]\n\t"
            "cmp r4, #0\n\t"
            "bgt 1b\n\t"
            "add sp, #56\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#elif defined(__riscv_mul) && __riscv_xlen == 32

/* Two words of x in a6 and a7 times a weight, `w` bytes behind a3. */
#define LAPEL_THREE_WEIGHT(w, first, second)        \
    "lb s9, " w "(a3)\n\t"                          \
    "mul s8, a6, s9\n\t"                            \
    "mul s9, a7, s9\n\t"                            \
    "add " first ", " first ", s8\n\t"              \
    "add " second ", " second ", s9\n\t"

/* Takes two sums apart and adds them to three, from sp on; uses a6, a7, s8 and s9. */
#define LAPEL_THREE_APART(first, second, a, b, c)   \
    "lw s8, " a "(sp)\n\t"                          \
    "lw s9, " b "(sp)\n\t"                          \
    "slli a6, " first ", 11\n\t"                    \
    "srai a6, a6, 11\n\t"                           \
    "sub " first ", " first ", a6\n\t"              \
    "add s8, s8, a6\n\t"                            \
    "sw s8, " a "(sp)\n\t"                          \
    "srli a7, " first ", 11\n\t"                    \
    "lw s8, " c "(sp)\n\t"                          \
    "sub " second ", " second ", a7\n\t"            \
    "slli a7, " second ", 11\n\t"                   \
    "srai a7, a7, 11\n\t"                           \
    "sub " second ", " second ", a7\n\t"            \
    "add s8, s8, a7\n\t"                            \
    "srai " second ", " second ", 10\n\t"           \
    "srli " first ", " first ", 21\n\t"             \
    "add s9, s9, " second "\n\t"                    \
    "add s9, s9, " first "\n\t"                     \
    "sw s8, " c "(sp)\n\t"                          \
    "sw s9, " b "(sp)\n\t"

/* Requantizes a sum, `at` bytes behind a6, by t0 and t1, and writes it; what leaves a byte goes to `far` and back. */
#define LAPEL_THREE_WRITE(at, y, far, back)         \
    "lw t2, " at "(a6)\n\t"                         \
    "mulh t4, t2, t0\n\t"                           \
    "mul t3, t2, t0\n\t"                            \
    "srai t2, t2, 31\n\t"                           \
    "slli t5, t2, 31\n\t"                           \
    "or t5, t5, s8\n\t"                             \
    "add t4, t4, t2\n\t"                            \
    "add t3, t3, t5\n\t"                            \
    "sltu t3, t3, t5\n\t"                           \
    "add t4, t4, t3\n\t"                            \
    "sra t4, t4, t1\n\t"                            \
    "add t4, t4, s5\n\t"                            \
    "srai t4, t4, 1\n\t"                            \
    "addi t5, t4, 128\n\t"                          \
    "bgeu t5, s9, " far "f\n"                       \
    back ":\n\t"                                    \
    "sb t4, 0(" y ")\n\t"                           \
    "addi " y ", " y ", 1\n\t"

#define LAPEL_THREE_FAR(far, back)                  \
    far ":\n\t"                                     \
    "srai t4, t4, 31\n\t"                           \
    "xori t4, t4, 127\n\t"                          \
    "j " back "b\n"

LAPEL_PAIRS_NAKED void lapel_three_pixels(lapel_three_job *job LAPEL_PAIRS_UNUSED)
{
    /* [sp]: sums, 48: saved registers. a3: weights, a4: each, a1: x, a2: its end, s0-s2: y, s3: end of all x, s4: channels,
     * s5: offset, s6: segment, s7: x. 3: t0-t6, a5: sums of a segment. 4: a6: sums, a7: their end, s8: 2^30, s9: 256 */
    __asm__("addi sp, sp, -96\n\t"
            "sw s0, 48(sp)\n\t"
            "sw s1, 52(sp)\n\t"
            "sw s2, 56(sp)\n\t"
            "sw s3, 60(sp)\n\t"
            "sw s4, 64(sp)\n\t"
            "sw s5, 68(sp)\n\t"
            "sw s6, 72(sp)\n\t"
            "sw s7, 76(sp)\n\t"
            "sw s8, 80(sp)\n\t"
            "sw s9, 84(sp)\n\t"
            "lw s0, 0(a0)\n\t"
            "lw s1, 4(a0)\n\t"
            "lw s2, 8(a0)\n\t"
            "lw a3, 12(a0)\n\t"
            "lw a4, 16(a0)\n\t"
            "lw s7, 20(a0)\n\t"
            "lw s3, 24(a0)\n\t"
            "lw s6, 28(a0)\n\t"
            "lw s4, 32(a0)\n\t"
            "lw s5, 36(a0)\n"
            "1:\n\t"
            "lw t0, 0(a4)\n\t"
            "lw t1, 12(a4)\n\t"
            "lw t2, 24(a4)\n\t"
            "lw t3, 36(a4)\n\t"
            "sw t0, 0(sp)\n\t"
            "sw t0, 4(sp)\n\t"
            "sw t0, 8(sp)\n\t"
            "sw t1, 12(sp)\n\t"
            "sw t1, 16(sp)\n\t"
            "sw t1, 20(sp)\n\t"
            "sw t2, 24(sp)\n\t"
            "sw t2, 28(sp)\n\t"
            "sw t2, 32(sp)\n\t"
            "sw t3, 36(sp)\n\t"
            "sw t3, 40(sp)\n\t"
            "sw t3, 44(sp)\n\t"
            "mv a1, s7\n"
            "2:\n\t"
            "add a2, a1, s6\n\t"
            "bltu a2, s3, 5f\n\t"
            "mv a2, s3\n"
            "5:\n\t"
            "li t0, 0\n\t"
            "li t1, 0\n\t"
            "li t2, 0\n\t"
            "li t3, 0\n\t"
            "li t4, 0\n\t"
            "li t5, 0\n\t"
            "li t6, 0\n\t"
            "li a5, 0\n"
            "3:\n\t"
            "lw a6, 0(a1)\n\t"
            "lw a7, 4(a1)\n\t"
            LAPEL_THREE_WEIGHT("0", "t0", "t1")
            LAPEL_THREE_WEIGHT("1", "t2", "t3")
            LAPEL_THREE_WEIGHT("4", "t4", "t5")
            LAPEL_THREE_WEIGHT("5", "t6", "a5")
            "lw a6, 8(a1)\n\t"
            "lw a7, 12(a1)\n\t"
            LAPEL_THREE_WEIGHT("2", "t0", "t1")
            LAPEL_THREE_WEIGHT("3", "t2", "t3")
            LAPEL_THREE_WEIGHT("6", "t4", "t5")
            LAPEL_THREE_WEIGHT("7", "t6", "a5")
            "addi a1, a1, 16\n\t"
            "addi a3, a3, 8\n\t"
            "bne a1, a2, 3b\n\t"
            LAPEL_THREE_APART("t0", "t1", "0", "4", "8")
            LAPEL_THREE_APART("t2", "t3", "12", "16", "20")
            LAPEL_THREE_APART("t4", "t5", "24", "28", "32")
            LAPEL_THREE_APART("t6", "a5", "36", "40", "44")
            "bne a1, s3, 2b\n\t"
            "mv a6, sp\n\t"
            "addi a7, sp, 48\n\t"
            "lui s8, 0x40000\n\t"
            "li s9, 256\n\t"
            "addi s4, s4, -4\n\t"
            "bgez s4, 4f\n\t"
            "slli t0, s4, 3\n\t"
            "slli t1, s4, 2\n\t"
            "add a7, a7, t0\n\t"
            "add a7, a7, t1\n"
            "4:\n\t"
            "lw t0, 4(a4)\n\t"
            "lw t1, 8(a4)\n\t"
            LAPEL_THREE_WRITE("0", "s0", "6", "61")
            LAPEL_THREE_WRITE("4", "s1", "7", "71")
            LAPEL_THREE_WRITE("8", "s2", "8", "81")
            "addi a6, a6, 12\n\t"
            "addi a4, a4, 12\n\t"
            "bne a6, a7, 4b\n\t"
            "bgtz s4, 1b\n\t"
            "lw s0, 48(sp)\n\t"
            "lw s1, 52(sp)\n\t"
            "lw s2, 56(sp)\n\t"
            "lw s3, 60(sp)\n\t"
            "lw s4, 64(sp)\n\t"
            "lw s5, 68(sp)\n\t"
            "lw s6, 72(sp)\n\t"
            "lw s7, 76(sp)\n\t"
            "lw s8, 80(sp)\n\t"
            "lw s9, 84(sp)\n\t"
            "addi sp, sp, 96\n\t"
            "ret\n"
            LAPEL_THREE_FAR("6", "61")
            LAPEL_THREE_FAR("7", "71")
            LAPEL_THREE_FAR("8", "81"));
}

#else

/* Adds what x up to `end` contributes to sums[3 i + j], of channel i of a block and pixel j. Returns where the next
 * weights are. */

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1

/* r4, r5: two words of x times a weight of the first channel in r6; uses r6 and r7. */
#define LAPEL_THREE_FIRST                         \
    "movs r7, r6\n\t"                               \
    "muls r7, r4\n\t"                               \
    "add r8, r7\n\t"                                \
    "muls r6, r5\n\t"                               \
    "add r9, r6\n\t"

/* The same with a weight of the second channel in `w`; uses up x. */
#define LAPEL_THREE_SECOND(w)                     \
    "muls r4, " w "\n\t"                            \
    "add r10, r4\n\t"                               \
    "muls r5, " w "\n\t"                            \
    "add r11, r5\n\t"

/* Takes two sums apart and adds them to three, at r3. */
#define LAPEL_THREE_APART(first, second)          \
    "mov r7, " first "\n\t"                         \
    "mov r6, " second "\n\t"                        \
    "lsls r4, r7, #11\n\t"                          \
    "asrs r4, r4, #11\n\t"                          \
    "subs r7, r7, r4\n\t"                           \
    "lsrs r5, r7, #11\n\t"                          \
    "subs r6, r6, r5\n\t"                           \
    "lsls r5, r6, #11\n\t"                          \
    "asrs r5, r5, #11\n\t"                          \
    "subs r6, r6, r5\n\t"                           \
    "asrs r6, r6, #10\n\t"                          \
    "lsrs r7, r7, #21\n\t"                          \
    "adds r6, r6, r7\n\t"                           \
    "ldr r7, [r3]\n\t"                              \
    "adds r4, r4, r7\n\t"                           \
    "ldr r7, [r3, #4]\n\t"                          \
    "adds r6, r6, r7\n\t"                           \
    "ldr r7, [r3, #8]\n\t"                          \
    "adds r5, r5, r7\n\t"                           \
    "stmia r3!, {r4, r6}\n\t"                       \
    "stmia r3!, {r5}\n\t"

LAPEL_PAIRS_NAKED const LAPEL_ROM int32_t *lapel_threesums(int32_t *sums LAPEL_PAIRS_UNUSED,
                                                            const int32_t *x LAPEL_PAIRS_UNUSED,
                                                            const int32_t *end LAPEL_PAIRS_UNUSED,
                                                            const LAPEL_ROM int32_t *w LAPEL_PAIRS_UNUSED)
{
    /* Twice two channels. r8-r11: sums; r0: end; r2: weights; r12: sums in memory; lr: x; [sp]: weights of the first two
     * channels, then 0 */
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r3, r4, r5, r6, r7}\n\t"
            "mov r12, r0\n\t"
            "mov lr, r1\n\t"
            "movs r0, r2\n\t"
            "movs r2, r3\n"
            "1:\n\t"
            "movs r3, #0\n\t"
            "mov r8, r3\n\t"
            "mov r9, r3\n\t"
            "mov r10, r3\n\t"
            "mov r11, r3\n\t"
            ".balign 4\n"
            "2:\n\t"
            "ldr r3, [r2]\n\t"
            "adds r2, #8\n\t"
            "ldmia r1!, {r4, r5}\n\t"
            "sxtb r6, r3\n\t"
            LAPEL_THREE_FIRST
            "lsls r6, r3, #16\n\t"
            "asrs r6, r6, #24\n\t"
            LAPEL_THREE_SECOND("r6")
            "ldmia r1!, {r4, r5}\n\t"
            "lsls r6, r3, #8\n\t"
            "asrs r6, r6, #24\n\t"
            LAPEL_THREE_FIRST
            "asrs r3, r3, #24\n\t"
            LAPEL_THREE_SECOND("r3")
            "cmp r1, r0\n\t"
            "bne 2b\n\t"
            "mov r3, r12\n\t"
            LAPEL_THREE_APART("r8", "r9")
            LAPEL_THREE_APART("r10", "r11")
            "mov r12, r3\n\t"
            "ldr r3, [sp]\n\t"
            "cmp r3, #0\n\t"
            "beq 3f\n\t"
            "adds r2, r3, #4\n\t"
            "mov r1, lr\n\t"
            "movs r3, #0\n\t"
            "str r3, [sp]\n\t"
            "b 1b\n"
            "3:\n\t"
            "subs r0, r2, #4\n\t"
            "pop {r3, r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}");
}

#else

LAPEL_NOINLINE const LAPEL_ROM int32_t *lapel_threesums(int32_t *sums, const int32_t *x, const int32_t *end,
                                                         const LAPEL_ROM int32_t *w)
{
    for (lapel_index i = 0; i < 4; i++) {
        const LAPEL_ROM int8_t *at = (const LAPEL_ROM int8_t *)w + (i & 1) + 2 * (i & 2);
        uint32_t first = 0, second = 0;
        int32_t a, c;

        for (const int32_t *u = x; u != end; u += 4) {
            first += (uint32_t)u[0] * (uint32_t)at[0] + (uint32_t)u[2] * (uint32_t)at[2];
            second += (uint32_t)u[1] * (uint32_t)at[0] + (uint32_t)u[3] * (uint32_t)at[2];
            at += 8;
        }
        a = (int32_t)(first << 11) >> 11;
        first -= (uint32_t)a;
        second -= first >> 11;
        c = (int32_t)(second << 11) >> 11;
        second -= (uint32_t)c;
        sums[0] += a;
        sums[1] += (int32_t)(first >> 21) + ((int32_t)second >> 10);
        sums[2] += c;
        sums += 3;
    }
    return w + (end - x) / 2;
}

#endif

/* sums[3 i + j] of the next block, over all of x. */
LAPEL_INLINE void lapel_three_block(int32_t *sums, lapel_three_job *job)
{
    const int32_t step = job->segment / (int32_t)sizeof(int32_t);
    const LAPEL_ROM int32_t *bias = job->each;

    for (int32_t *to = sums; to != sums + 12; to += 3) {
        to[0] = to[1] = to[2] = *bias;
        bias += 3;
    }
    for (const int32_t *x = job->x; x != job->end;) {
        const int32_t *const stop = job->end - x > step ? x + step : job->end;

        job->w = lapel_threesums(sums, x, stop, job->w);
        x = stop;
    }
}

LAPEL_INLINE int8_t lapel_three_output(int32_t sum, int32_t mul, int32_t drop, int32_t offset)
{
    const int32_t v = (lapel_requantize_twice(sum, mul, drop) + offset) >> 1;

    return (int8_t)(v != (int8_t)v ? (v >> 31) ^ 127 : v);
}

LAPEL_NOINLINE void lapel_three_pixels(lapel_three_job *job)
{
    for (; job->channels > 0; job->channels -= 4) {
        int32_t sums[12];

        lapel_three_block(sums, job);
        for (lapel_index i = 0; i < 4 && i < job->channels; i++) {
            const int32_t mul = job->each[1], drop = job->each[2];

            *job->y0++ = lapel_three_output(sums[3 * i], mul, drop, job->offset);
            *job->y1++ = lapel_three_output(sums[3 * i + 1], mul, drop, job->offset);
            *job->y2++ = lapel_three_output(sums[3 * i + 2], mul, drop, job->offset);
            job->each += 3;
        }
    }
}

#endif

#endif
