/* All channels of three neighbouring pixels under windows of 3 x 3: the inner loop of depthwise_pairs.h, in assembly where
 * there is one. */
#ifndef LAPEL_COLUMNSUMS_H
#define LAPEL_COLUMNSUMS_H

#include "wordasm.h"

/* Where three pixels are computed from, and where they go. */
typedef struct {
    int8_t *y;         /* [3][channels] */
    const int8_t *top; /* [5][channels] */
    const int8_t *middle;
    const int8_t *bottom;
    const LAPEL_ROM int32_t *each; /* [channels][5], as lapel_depthwise_pairs_params has it */
    int32_t channels;
    int32_t offset;                /* 2 y_zero + 1 */
} lapel_columns_job;

#if UINTPTR_MAX == 0xffffffffu
LAPEL_ASSERT_AT(lapel_columns_job, y, 0);
LAPEL_ASSERT_AT(lapel_columns_job, top, 4);
LAPEL_ASSERT_AT(lapel_columns_job, middle, 8);
LAPEL_ASSERT_AT(lapel_columns_job, bottom, 12);
LAPEL_ASSERT_AT(lapel_columns_job, each, 16);
LAPEL_ASSERT_AT(lapel_columns_job, channels, 20);
LAPEL_ASSERT_AT(lapel_columns_job, offset, 24);
#endif

/* Uses up the job. */

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 2

/* A row of five values of x from `x` on, by weights `a`, `b` and `c` bytes before each; moves x to the next channel. */
#define LAPEL_COLUMNS_ROW(x, a, b, c)               \
    "ldrsb r9, [lr, #-" a "]\n\t"                   \
    "ldrsb r10, [lr, #-" b "]\n\t"                  \
    "ldrsb r11, [lr, #-" c "]\n\t"                  \
    "ldrsb r12, [" x ", r4]\n\t"                    \
    "mla r6, r12, r10, r6\n\t"                      \
    "mla r7, r12, r9, r7\n\t"                       \
    "ldrsb r12, [" x ", r4, lsl #1]\n\t"            \
    "mla r6, r12, r11, r6\n\t"                      \
    "mla r7, r12, r10, r7\n\t"                      \
    "mla r8, r12, r9, r8\n\t"                       \
    "ldrsb r12, [" x ", r5]\n\t"                    \
    "mla r7, r12, r11, r7\n\t"                      \
    "mla r8, r12, r10, r8\n\t"                      \
    "ldrsb r12, [" x ", r4, lsl #2]\n\t"            \
    "mla r8, r12, r11, r8\n\t"                      \
    "ldrsb r12, [" x "], #1\n\t"                    \
    "mla r6, r12, r9, r6\n\t"

/* Requantizes a sum by r9 and r10, and writes it. */
#define LAPEL_COLUMNS_WRITE(sum, y)                 \
    "mov r12, #0x40000000\n\t"                      \
    "asrs r11, " sum ", #31\n\t"                    \
    "orr r12, r12, r11, lsl #31\n\t"                \
    "smlal r12, r11, " sum ", r9\n\t"               \
    "asr r11, r11, r10\n\t"                         \
    "add r11, r11, r5\n\t"                          \
    "ssat r11, #8, r11, asr #1\n\t"                 \
    "strb r11, " y "\n\t"

LAPEL_PAIRS_NAKED void lapel_columns_pixels(lapel_columns_job *job LAPEL_PAIRS_UNUSED)
{
    /* r0: y; r1-r3: rows; r4: channels; r5: three times that, then offset; r6-r8: sums; lr: behind the channel's each.
     * [sp]: end of the first row's channels, 4: offset */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #8\n\t"
            "ldrd r4, r5, [r0, #20]\n\t"
            "ldr lr, [r0, #16]\n\t"
            "ldrd r2, r3, [r0, #8]\n\t"
            "ldrd r0, r1, [r0]\n\t"
            "add r6, r1, r4\n\t"
            "strd r6, r5, [sp]\n"
            "1:\n\t"
            "ldr r6, [lr], #20\n\t"
            "add r5, r4, r4, lsl #1\n\t"
            "mov r7, r6\n\t"
            "mov r8, r6\n\t"
            LAPEL_COLUMNS_ROW("r1", "12", "11", "10")
            LAPEL_COLUMNS_ROW("r2", "8", "7", "6")
            LAPEL_COLUMNS_ROW("r3", "4", "3", "2")
            "ldr r9, [lr, #-16]\n\t"
            "ldrsb r10, [lr, #-9]\n\t"
            "ldr r5, [sp, #4]\n\t"
            LAPEL_COLUMNS_WRITE("r7", "[r0, r4]")
            LAPEL_COLUMNS_WRITE("r8", "[r0, r4, lsl #1]")
            LAPEL_COLUMNS_WRITE("r6", "[r0], #1")
            "ldr r12, [sp]\n\t"
            "cmp r1, r12\n\t"
            "bne 1b\n\t"
            "add sp, #8\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#elif defined(__riscv_mul) && __riscv_xlen == 32

/* A row of five values of x from `x` on, by the weights from `a` on; moves x to the next channel. */
#define LAPEL_COLUMNS_ROW(x, a, b, c)               \
    "lb t3, " a "(a4)\n\t"                          \
    "lb t4, " b "(a4)\n\t"                          \
    "lb t5, " c "(a4)\n\t"                          \
    "add a6, " x ", a5\n\t"                         \
    "lb t6, 0(" x ")\n\t"                           \
    "lb s2, 0(a6)\n\t"                              \
    "add a6, " x ", s0\n\t"                         \
    "add a7, " x ", s1\n\t"                         \
    "mul t6, t6, t3\n\t"                            \
    "mul s3, s2, t4\n\t"                            \
    "mul s2, s2, t3\n\t"                            \
    "add t0, t0, t6\n\t"                            \
    "lb t6, 0(a6)\n\t"                              \
    "add t0, t0, s3\n\t"                            \
    "add t1, t1, s2\n\t"                            \
    "lb s2, 0(a7)\n\t"                              \
    "add a7, " x ", s4\n\t"                         \
    "mul s3, t6, t5\n\t"                            \
    "addi " x ", " x ", 1\n\t"                      \
    "lb a6, 0(a7)\n\t"                              \
    "add t0, t0, s3\n\t"                            \
    "mul s3, t6, t4\n\t"                            \
    "mul t6, t6, t3\n\t"                            \
    "add t1, t1, s3\n\t"                            \
    "add t2, t2, t6\n\t"                            \
    "mul s3, s2, t5\n\t"                            \
    "mul s2, s2, t4\n\t"                            \
    "mul a6, a6, t5\n\t"                            \
    "add t1, t1, s3\n\t"                            \
    "add t2, t2, s2\n\t"                            \
    "add t2, t2, a6\n\t"

/* Requantizes a sum by t3 and t4, and writes it; what leaves a byte goes to `far` and back. */
#define LAPEL_COLUMNS_WRITE(sum, y, far, back)      \
    "mulh t6, " sum ", t3\n\t"                      \
    "mul t5, " sum ", t3\n\t"                       \
    "srai " sum ", " sum ", 31\n\t"                 \
    "slli a6, " sum ", 31\n\t"                      \
    "or a6, a6, s5\n\t"                             \
    "add t6, t6, " sum "\n\t"                       \
    "add t5, t5, a6\n\t"                            \
    "sltu t5, t5, a6\n\t"                           \
    "add t6, t6, t5\n\t"                            \
    "sra t6, t6, t4\n\t"                            \
    "add t6, t6, s7\n\t"                            \
    "srai t6, t6, 1\n\t"                            \
    "addi a6, t6, 128\n\t"                          \
    "bgeu a6, s6, " far "f\n"                       \
    back ":\n\t"                                    \
    "sb t6, 0(" y ")\n\t"

#define LAPEL_COLUMNS_FAR(far, back)                \
    far ":\n\t"                                     \
    "srai t6, t6, 31\n\t"                           \
    "xori t6, t6, 127\n\t"                          \
    "j " back "b\n"

LAPEL_PAIRS_NAKED void lapel_columns_pixels(lapel_columns_job *job LAPEL_PAIRS_UNUSED)
{
    /* a0: y; a1-a3: rows; a4: each; a5: channels; s0, s1, s4: two, three and four times that; t0-t2: sums; s5: 2^30; s6:
     * 256; s7: offset; s8: end of y's channels */
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
            "lw a1, 4(a0)\n\t"
            "lw a2, 8(a0)\n\t"
            "lw a3, 12(a0)\n\t"
            "lw a4, 16(a0)\n\t"
            "lw a5, 20(a0)\n\t"
            "lw s7, 24(a0)\n\t"
            "lw a0, 0(a0)\n\t"
            "slli s0, a5, 1\n\t"
            "add s1, s0, a5\n\t"
            "slli s4, a5, 2\n\t"
            "lui s5, 0x40000\n\t"
            "li s6, 256\n\t"
            "add s8, a0, a5\n"
            "1:\n\t"
            "lw t0, 0(a4)\n\t"
            "mv t1, t0\n\t"
            "mv t2, t0\n\t"
            LAPEL_COLUMNS_ROW("a1", "8", "9", "10")
            LAPEL_COLUMNS_ROW("a2", "12", "13", "14")
            LAPEL_COLUMNS_ROW("a3", "16", "17", "18")
            "lw t3, 4(a4)\n\t"
            "lb t4, 11(a4)\n\t"
            LAPEL_COLUMNS_WRITE("t0", "a0", "6", "61")
            "add a7, a0, a5\n\t"
            LAPEL_COLUMNS_WRITE("t1", "a7", "7", "71")
            "add a7, a0, s0\n\t"
            LAPEL_COLUMNS_WRITE("t2", "a7", "8", "81")
            "addi a0, a0, 1\n\t"
            "addi a4, a4, 20\n\t"
            "bne a0, s8, 1b\n\t"
            "lw s0, 0(sp)\n\t"
            "lw s1, 4(sp)\n\t"
            "lw s2, 8(sp)\n\t"
            "lw s3, 12(sp)\n\t"
            "lw s4, 16(sp)\n\t"
            "lw s5, 20(sp)\n\t"
            "lw s6, 24(sp)\n\t"
            "lw s7, 28(sp)\n\t"
            "lw s8, 32(sp)\n\t"
            "addi sp, sp, 48\n\t"
            "ret\n"
            LAPEL_COLUMNS_FAR("6", "61")
            LAPEL_COLUMNS_FAR("7", "71")
            LAPEL_COLUMNS_FAR("8", "81"));
}

#else

/* sums[j]: of pixel j, of the channel that the job's rows begin at. */

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1

/* A value of x to r5, and r1 on to the next one. */
#define LAPEL_COLUMNS_LOAD                          \
    "ldrsb r5, [r0, r1]\n\t"                        \
    "add r1, r7\n\t"

/* Adds the product of r5 and a weight to a sum; uses r6. */
#define LAPEL_COLUMNS_ADD(sum, w)                   \
    "movs r6, r5\n\t"                               \
    "muls r6, " w "\n\t"                            \
    "add " sum ", r6\n\t"

/* The same, which uses up r5. */
#define LAPEL_COLUMNS_LAST(sum, w)                  \
    "muls r5, " w "\n\t"                            \
    "add " sum ", r5\n\t"

/* A row of five values of x, `x` bytes behind the job in r12, by the weights `w` bytes behind each in r11. */
#define LAPEL_COLUMNS_ROW(x, w)                     \
    "mov r6, r12\n\t"                               \
    "ldr r0, [r6, #" x "]\n\t"                      \
    "mov r6, r11\n\t"                               \
    "ldr r2, [r6, #" w "]\n\t"                      \
    "movs r1, #0\n\t"                               \
    "lsls r4, r2, #8\n\t"                           \
    "asrs r4, r4, #24\n\t"                          \
    "lsls r3, r2, #16\n\t"                          \
    "asrs r3, r3, #24\n\t"                          \
    "sxtb r2, r2\n\t"                               \
    LAPEL_COLUMNS_LOAD                              \
    LAPEL_COLUMNS_LAST("r8", "r2")                  \
    LAPEL_COLUMNS_LOAD                              \
    LAPEL_COLUMNS_ADD("r8", "r3")                   \
    LAPEL_COLUMNS_LAST("r9", "r2")                  \
    LAPEL_COLUMNS_LOAD                              \
    LAPEL_COLUMNS_ADD("r8", "r4")                   \
    LAPEL_COLUMNS_ADD("r9", "r3")                   \
    LAPEL_COLUMNS_LAST("r10", "r2")                 \
    LAPEL_COLUMNS_LOAD                              \
    LAPEL_COLUMNS_ADD("r9", "r4")                   \
    LAPEL_COLUMNS_LAST("r10", "r3")                 \
    "ldrsb r5, [r0, r1]\n\t"                        \
    LAPEL_COLUMNS_LAST("r10", "r4")

LAPEL_PAIRS_NAKED void lapel_columns_sums(int32_t *sums LAPEL_PAIRS_UNUSED,
                                          const lapel_columns_job *job LAPEL_PAIRS_UNUSED)
{
    /* r8-r10: sums; r7: channels; r11: each; r12: job; lr: sums in memory */
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "mov lr, r0\n\t"
            "mov r12, r1\n\t"
            "ldr r7, [r1, #20]\n\t"
            "ldr r6, [r1, #16]\n\t"
            "mov r11, r6\n\t"
            "ldr r6, [r6]\n\t"
            "mov r8, r6\n\t"
            "mov r9, r6\n\t"
            "mov r10, r6\n\t"
            LAPEL_COLUMNS_ROW("4", "8")
            LAPEL_COLUMNS_ROW("8", "12")
            LAPEL_COLUMNS_ROW("12", "16")
            "mov r0, lr\n\t"
            "mov r1, r8\n\t"
            "mov r2, r9\n\t"
            "mov r3, r10\n\t"
            "stmia r0!, {r1, r2, r3}\n\t"
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}");
}

#else

LAPEL_NOINLINE void lapel_columns_sums(int32_t *sums, const lapel_columns_job *job)
{
    const int8_t *const rows[3] = {job->top, job->middle, job->bottom};

    for (lapel_index j = 0; j < 3; j++) {
        sums[j] = job->each[0];
        for (lapel_index row = 0; row < 3; row++) {
            const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)(job->each + 2 + row);

            for (lapel_index k = 0; k < 3; k++) {
                sums[j] += rows[row][(j + k) * job->channels] * w[k];
            }
        }
    }
}

#endif

LAPEL_INLINE int8_t lapel_columns_output(int32_t sum, const lapel_columns_job *job)
{
    const int32_t drop = ((const LAPEL_ROM int8_t *)(job->each + 2))[3];
    const int32_t v = (lapel_requantize_twice(sum, job->each[1], drop) + job->offset) >> 1;

    return (int8_t)(v != (int8_t)v ? (v >> 31) ^ 127 : v);
}

LAPEL_NOINLINE void lapel_columns_pixels(lapel_columns_job *job)
{
    const int8_t *const end = job->top + job->channels;

    while (job->top != end) {
        int32_t sums[3];

        lapel_columns_sums(sums, job);
        job->y[0] = lapel_columns_output(sums[0], job);
        job->y[job->channels] = lapel_columns_output(sums[1], job);
        job->y[2 * job->channels] = lapel_columns_output(sums[2], job);
        job->y++;
        job->top++;
        job->middle++;
        job->bottom++;
        job->each += 5;
    }
}

#endif

#endif
