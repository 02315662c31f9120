#include "dense_mve.h"

#ifdef LAPEL_MVE_ARM

LAPEL_ASSERT_AT(lapel_dense_mve_params, w, 0);
LAPEL_ASSERT_AT(lapel_dense_mve_params, scale, 4);
LAPEL_ASSERT_AT(lapel_dense_mve_params, batches, 8);
LAPEL_ASSERT_AT(lapel_dense_mve_params, inputs, 12);
LAPEL_ASSERT_AT(lapel_dense_mve_params, outputs, 16);
LAPEL_ASSERT_AT(lapel_dense_mve_params, y_zero, 20);
LAPEL_ASSERT_AT(lapel_dense_mve_params, lo, 22);
LAPEL_ASSERT_AT(lapel_dense_mve_params, hi, 23);
LAPEL_ASSERT_AT(lapel_dense_mve_params, scale_next, 24);

/* One row of x.
 * r1: y; r3: scale; r5: w; r7: away; r8, r9: x, its start; r10: outputs left; r11: inputs; q4..q6: zero, lo, hi. */
LAPEL_MVE_ASM void lapel_dense_mve_row(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                       const LAPEL_ROM lapel_dense_mve_params *p __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d13}\n"
            "ldrd r5, r3, [r2]\n"
            "ldrd r11, r10, [r2, #12]\n"
            "ldrsh r4, [r2, #20]\n"
            "ldrsb r6, [r2, #22]\n"
            "ldrsb r7, [r2, #23]\n"
            "ldrsb r12, [r2, #24]\n"
            "vdup.32 q4, r4\n"
            "vdup.32 q5, r6\n"
            "vdup.32 q6, r7\n"
            "cmp r6, r4\n"
            "ite lt\n"
            "movlt r7, #1\n"
            "movge r7, #0\n"
            "mov r9, r1\n"
            "mov r1, r0\n"
            "1:\n" /* four outputs */
            "ldrd r0, r2, [r5], #8\n"
            "ldrd r4, r6, [r5], #8\n"
            "mov.w r8, r9\n"
            "dlstp.8 lr, r11\n"
            "2:\n"
            "vldrb.8 q0, [r8], #16\n" LAPEL_MVE_DOT_FOUR("q0")
            "letp lr, 2b\n"
            "vldrw.32 q1, [r3]\n"
            "vmov q0[2], q0[0], r0, r4\n"
            "vmov q0[3], q0[1], r2, r6\n"
            "vldrb.s32 q3, [r3, #16]\n"
            "vqrdmulh.s32 q0, q0, q1\n"
            "cbz r7, 3f\n"
            "vshr.s32 q2, q0, #31\n" /* see LAPEL_MVE_DOT_AWAY */
            "vadd.i32 q0, q0, q2\n"
            "3:\n"
            "add r3, r12\n"
            "vrshl.s32 q0, q0, q3\n"
            "vctp.32 r10\n"
            "vadd.i32 q0, q0, q4\n"
            "vmax.s32 q0, q0, q5\n"
            "vmin.s32 q0, q0, q6\n"
            "vpst\n"
            "vstrbt.32 q0, [r1], #4\n"
            "subs r10, #4\n"
            "bgt 1b\n"
            "vpop {d8-d13}\n"
            "pop {r4-r11, pc}\n");
}

#else

/* One row of x. */
LAPEL_NOINLINE void lapel_dense_mve_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_mve_params *p)
{
    const LAPEL_ROM int8_t *w = (const LAPEL_ROM int8_t *)p->w, *scale = (const LAPEL_ROM int8_t *)p->scale;
    lapel_mve_job j = {0};

    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.away = p->lo < p->y_zero;
    for (lapel_index o = 0; o < p->outputs; o += 4) {
        int32_t acc[4];

        w = lapel_mve_biases(acc, w);
        w = lapel_mve_dot(acc, x, w, p->inputs);
        lapel_mve_finish(y + o, acc, scale, p->outputs - o, &j);
        scale += p->scale_next;
    }
}

#endif

void lapel_dense_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_mve_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_dense_mve_row(y, x, p);
        y += p->outputs;
        x += p->inputs;
    }
}
