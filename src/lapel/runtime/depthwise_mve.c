#include "depthwise_mve.h"

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

LAPEL_STATIC_ASSERT(offsetof(lapel_depthwise_mve_job, away) == 36, lapel_depthwise_mve_offsets);

/* q0..q3 += the products of all pairs of taps. Two products are added in 16 bits: 2 * 128 * 127 < 2^15.
 * LOAD4, LOAD5: x at r4, r5 to q4, q5. */
#define LAPEL_DEPTHWISE_MVE_TAPS(LOAD4, LOAD5) \
    "ldr lr, [r11, #32]\n"       \
    "dls lr, lr\n"               \
    "4:\n"                       \
    "ldrd r4, r5, [r1], #8\n"    \
    "add r4, r9\n"               \
    "add r5, r9\n" LOAD4         \
    "vldrb.8 q5, [r2], #32\n"    \
    "vmullb.s8 q6, q4, q5\n"     \
    "vmullt.s8 q4, q4, q5\n" LOAD5 \
    "vldrb.8 q7, [r2, #-16]\n"   \
    "vmullb.s8 q7, q5, q7\n"     \
    "vadd.i16 q6, q6, q7\n"      \
    "vldrb.8 q7, [r2, #-16]\n"   \
    "vmullt.s8 q7, q5, q7\n"     \
    "vadd.i16 q4, q4, q7\n"      \
    "vmovlb.s16 q5, q6\n"        \
    "vadd.i32 q0, q0, q5\n"      \
    "vmovlt.s16 q6, q6\n"        \
    "vadd.i32 q1, q1, q6\n"      \
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

/* All channels of `pixels` >= 1 neighbours (or groups of `fold`), the taps being those of the first.
 * r1: tap; r2: w; r3: table; r4, r5: x; r8: lanes left; r9: offset in x; r10: first tap; r11: j.
 * Stack: pixels left, y and offset of the pixel. */
LAPEL_MVE_ASM void lapel_depthwise_mve_pixels(int8_t *y __attribute__((unused)),
                                              const int8_t *const *taps __attribute__((unused)),
                                              const lapel_depthwise_mve_job *j __attribute__((unused)),
                                              lapel_index pixels __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "sub sp, #12\n"
            "mov r10, r1\n"
            "mov r11, r2\n"
            "str r3, [sp]\n"
            "mov r9, #0\n"
            "1:\n" /* a pixel */
            "strd r0, r9, [sp, #4]\n"
            "ldrd r2, r3, [r11]\n"
            "ldr r8, [r11, #8]\n"
            "2:\n" /* 16 channels */
            "vldrw.32 q0, [r3, #16]\n"
            "vldrw.32 q1, [r3, #32]\n"
            "vldrw.32 q2, [r3, #48]\n"
            "vldrw.32 q3, [r3, #64]\n"
            "mov r1, r10\n"
            "vctp.8 r8\n"
            "cmp r8, #16\n"
            "blt 9f\n"
            LAPEL_DEPTHWISE_MVE_TAPS("vldrb.8 q4, [r4]\n", "vldrb.8 q5, [r5]\n")
            "3:\n"
            LAPEL_DEPTHWISE_MVE_SCALE("q0", "80")
            LAPEL_DEPTHWISE_MVE_SCALE("q1", "96")
            LAPEL_DEPTHWISE_MVE_SCALE("q2", "112")
            LAPEL_DEPTHWISE_MVE_SCALE("q3", "128")
            "ldr r4, [r11, #36]\n"
            "cbz r4, 5f\n"
            LAPEL_DEPTHWISE_MVE_AWAY("q0")
            LAPEL_DEPTHWISE_MVE_AWAY("q1")
            LAPEL_DEPTHWISE_MVE_AWAY("q2")
            LAPEL_DEPTHWISE_MVE_AWAY("q3")
            "5:\n"
            LAPEL_DEPTHWISE_MVE_SHIFT("q0", "0")
            LAPEL_DEPTHWISE_MVE_SHIFT("q1", "4")
            LAPEL_DEPTHWISE_MVE_SHIFT("q2", "8")
            LAPEL_DEPTHWISE_MVE_SHIFT("q3", "12")
            "ldr r4, [r11, #20]\n"
            "ldrd r5, r6, [r11, #24]\n"
            "vqmovnb.s32 q4, q0\n"
            "vqmovnt.s32 q4, q1\n"
            "vqmovnb.s32 q5, q2\n"
            "vqmovnt.s32 q5, q3\n"
            "vqadd.s16 q4, q4, r4\n"
            "vqadd.s16 q5, q5, r4\n"
            "vqmovnb.s16 q4, q4\n"
            "vqmovnt.s16 q4, q5\n"
            "vdup.8 q0, r5\n"
            "vdup.8 q1, r6\n"
            "vmax.s8 q4, q4, q0\n"
            "vmin.s8 q4, q4, q1\n"
            "vpst\n"
            "vstrbt.8 q4, [r0], #16\n"
            "add r9, #16\n"
            "adds r3, #144\n"
            "subs r8, #16\n"
            "bgt 2b\n"
            "ldrd r0, r9, [sp, #4]\n"
            "ldrd r4, r5, [r11, #12]\n"
            "add r9, r4\n"
            "add r0, r5\n"
            "ldr r4, [sp]\n"
            "subs r4, #1\n"
            "str r4, [sp]\n"
            "bne 1b\n"
            "add sp, #12\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n"
            "9:\n"
            LAPEL_DEPTHWISE_MVE_TAPS("vpst\nvldrbt.8 q4, [r4]\n", "vpst\nvldrbt.8 q5, [r5]\n")
            "b 3b\n");
}

/* The taps of the pixel whose first one is at (top, left); those that are not in x are `outside`. */
static void lapel_depthwise_mve_locate(const int8_t **taps, const int8_t *x, lapel_index top, lapel_index left,
                                       const int8_t *outside, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index step = (lapel_index)(p->dilation_w * p->in_c);
    lapel_index row = (lapel_index)((top * p->in_w + left) * p->in_c);

    for (lapel_index u = p->kernel_h; u > 0; u--) {
        const uint32_t end = (uint32_t)top < (uint32_t)p->in_h ? (uint32_t)p->in_w : 0; /* negative ones are beyond */
        lapel_index at = row, column = left;

        for (lapel_index v = p->kernel_w; v > 0; v--) {
            *taps++ = (uint32_t)column < end ? x + at : outside;
            column = (lapel_index)(column + p->dilation_w);
            at = (lapel_index)(at + step);
        }
        row = (lapel_index)(row + p->dilation_h * p->in_w * p->in_c);
        top = (lapel_index)(top + p->dilation_h);
    }
    *taps = taps[-1]; /* there may be an odd number, and the weights of this one are 0 */
}

/* One row of output pixels whose first taps are in row `top` of x. */
static void lapel_depthwise_mve_row(int8_t *y, const int8_t *x, lapel_index top, const int8_t *outside,
                                    lapel_depthwise_mve_job *j, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index last = (lapel_index)((p->kernel_h - 1) * p->dilation_h);
    const lapel_index end = top >= 0 && top + last < p->in_h ? p->x_end : 0;
    const lapel_index lanes = j->lanes;
    const int8_t *taps[LAPEL_DEPTHWISE_MVE_MOST + 1];
    lapel_index left = (lapel_index)-p->pad_left;

    for (lapel_index i = 0; i < p->out_w;) {
        const lapel_index room = i >= p->x_first && i < end ? (lapel_index)(end - i) : 1;
        const lapel_index fold = room >= p->fold ? p->fold : 1;
        const lapel_index groups = room / fold;
        const lapel_index pixels = groups * fold;

        lapel_depthwise_mve_locate(taps, x, top, left, outside, p);
        j->lanes = (lapel_index)(fold * lanes);
        j->x_next = (lapel_index)(fold * p->stride_w * p->in_c);
        j->y_next = (lapel_index)(fold * p->in_c);
        lapel_depthwise_mve_pixels(y, taps, j, groups);
        y += pixels * p->in_c;
        left = (lapel_index)(left + pixels * p->stride_w);
        i = (lapel_index)(i + pixels);
    }
    j->lanes = lanes;
}

void lapel_depthwise_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index chunk = LAPEL_DEPTHWISE_MVE_CHUNK;
    int8_t outside[LAPEL_DEPTHWISE_MVE_CHUNK];
    lapel_depthwise_mve_job j;

    lapel_mve_fill(outside, p->x_zero, chunk);
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.away = p->lo < p->y_zero;
    j.pairs = (lapel_index)((p->kernel_h * p->kernel_w + 1) >> 1);
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);

            j.w = p->w;
            j.table = p->table;
            for (lapel_index c = 0; c < p->in_c; c = (lapel_index)(c + chunk)) {
                j.lanes = p->in_c - c < chunk ? (lapel_index)(p->in_c - c) : chunk;
                lapel_depthwise_mve_row(y + c, x + c, top, outside, &j, p);
                j.w += 2 * j.pairs * chunk;
                j.table += chunk / 16 * 36;
            }
            y += p->out_w * p->in_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
