#include "conv_dsp_parts.h"

/* Values of a window that are copied at a time, a multiple of four; of at least so many side by side none is. */
#define LAPEL_CONV_DSP_PARTS_VALUES 128
#define LAPEL_CONV_DSP_PARTS_MANY 64

/* Values in place that are multiplied at a time, a multiple of four: 508 * 128 * 128 < 2^23. */
#define LAPEL_CONV_DSP_PARTS_MOST 508

/* Groups of four channels of which a copy is multiplied with the weights. */
#define LAPEL_CONV_DSP_PARTS_GROUPS 8

/* What a part is multiplied with. */
typedef struct {
    lapel_index blocks; /* of four values, >= 1 */
    lapel_index skip;   /* bytes from behind a group's weights of this part to the next group's */
    lapel_index groups; /* >= 1 */
} lapel_conv_dsp_parts_shape;

/* One pixel, some channels. */
typedef struct {
    const LAPEL_ROM lapel_conv_dsp_parts_params *p;
    const LAPEL_ROM int32_t *w; /* the first group's weights of the next part */
    lapel_index groups;
    lapel_index held;           /* values in `part` */
    int32_t acc[4 * LAPEL_CONV_DSP_PARTS_GROUPS];
    int8_t part[LAPEL_CONV_DSP_PARTS_VALUES];
} lapel_conv_dsp_parts_job;

/* lapel_conv_dsp_parts_sums: add a part of int8 values at x times the weights to the accumulators of each group. The
 * sums of a part are those of dspdot.h; they leave 24 bits with no more than LAPEL_CONV_DSP_PARTS_MOST values. */

#ifdef LAPEL_DSP_ARM

LAPEL_ASSERT_AT(lapel_conv_dsp_parts_shape, blocks, 0);
LAPEL_ASSERT_AT(lapel_conv_dsp_parts_shape, skip, 4);
LAPEL_ASSERT_AT(lapel_conv_dsp_parts_shape, groups, 8);

LAPEL_DSP_NAKED void lapel_conv_dsp_parts_sums(int32_t *acc LAPEL_DSP_UNUSED, const int8_t *x LAPEL_DSP_UNUSED,
                                               const LAPEL_ROM int32_t *w LAPEL_DSP_UNUSED,
                                               const lapel_conv_dsp_parts_shape *s LAPEL_DSP_UNUSED)
{
    /* [sp]: x, entry: blocks modulo 4; 8: skip, groups left. lr: acc */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #20\n\t"
            "ldm r3, {r4, r5, r6}\n\t"
            "mov lr, r0\n\t"
            "mov r7, r2\n\t"
            "add r8, r1, r4, lsl #2\n\t"
            "and r2, r4, #3\n\t"
            "strd r1, r2, [sp]\n\t"
            "strd r5, r6, [sp, #8]\n\t"
            ".balign 4\n"
            "0:\n\t"
            "ldrd r6, r5, [sp]\n\t"
            "mov r9, #0\n\t"
            "mov r10, #0\n\t"
            "mov r11, #0\n\t"
            "mov r12, #0\n\t"
            "tbb [pc, r5]\n"
            "10:\n\t"
            ".byte (11f - 10b) / 2, (14f - 10b) / 2, (13f - 10b) / 2, (12f - 10b) / 2\n"
            LAPEL_DSP_TURN("1", LAPEL_DSP_QUAD_BLOCK)
            "cmp r6, r8\n\t"
            "bne 11b\n\t"
            "ldm lr, {r0, r1, r2, r3}\n\t"
            "ldrd r4, r5, [sp, #8]\n\t"
            "sub r10, r10, r9\n\t"
            "sub r12, r12, r11\n\t"
            "add r0, r0, r9\n\t"
            "add r1, r1, r10, asr #8\n\t"
            "add r2, r2, r11\n\t"
            "add r3, r3, r12, asr #8\n\t"
            "stm lr!, {r0, r1, r2, r3}\n\t"
            "add r7, r7, r4\n\t"
            "subs r5, #1\n\t"
            "str r5, [sp, #12]\n\t"
            "bne 0b\n\t"
            "add sp, #20\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#else

LAPEL_NOINLINE void lapel_conv_dsp_parts_sums(int32_t *acc, const int8_t *x, const LAPEL_ROM int32_t *w,
                                              const lapel_conv_dsp_parts_shape *s)
{
    for (lapel_index g = s->groups; g > 0; g--) {
        int32_t sums[4] = {0, 0, 0, 0};

        for (lapel_index k = 0; k < 4 * s->blocks; k += 4) {
            const uint32_t word = lapel_read4(x + k);

            lapel_dsp_block(sums, w + k, lapel_sxtb16(word), lapel_sxtb16_odd(word));
        }
        for (lapel_index k = 0; k < 4; k += 2) {
            acc[k] += sums[k];
            acc[k + 1] += (int32_t)((uint32_t)sums[k + 1] - (uint32_t)sums[k]) >> 8;
        }
        acc += 4;
        w += 4 * s->blocks + s->skip / 4;
    }
}

#endif

static void lapel_conv_dsp_parts_multiply(lapel_conv_dsp_parts_job *j, const int8_t *x, lapel_index blocks)
{
    /* Behind the group's other blocks come the next group's biases. */
    const lapel_conv_dsp_parts_shape shape = {blocks, (j->p->blocks - blocks + 1) * 16, j->groups};

    lapel_conv_dsp_parts_sums(j->acc, x, j->w, &shape);
    j->w += 4 * blocks;
}

/* The next `count` values of the window: at x, or zero points if it is 0. */
LAPEL_NOINLINE void lapel_conv_dsp_parts_put(lapel_conv_dsp_parts_job *j, const int8_t *x, lapel_index count)
{
    while (count > 0) {
        lapel_index n = LAPEL_CONV_DSP_PARTS_VALUES - j->held;

        if (x != 0 && j->held == 0 && count >= LAPEL_CONV_DSP_PARTS_MANY) {
            n = count < LAPEL_CONV_DSP_PARTS_MOST ? count & ~3 : LAPEL_CONV_DSP_PARTS_MOST;
            lapel_conv_dsp_parts_multiply(j, x, n >> 2);
        } else {
            n = n < count ? n : count;
            if (x != 0) {
                memcpy(j->part + j->held, x, (size_t)n);
            } else {
                memset(j->part + j->held, j->p->x_zero, (size_t)n);
            }
            j->held += n;
            if (j->held == LAPEL_CONV_DSP_PARTS_VALUES) {
                lapel_conv_dsp_parts_multiply(j, j->part, LAPEL_CONV_DSP_PARTS_VALUES / 4);
                j->held = 0;
            }
        }
        count -= n;
        x = x != 0 ? x + n : 0;
    }
}

/* The last values, and as many more as a block needs: their weights are 0. */
static void lapel_conv_dsp_parts_end(lapel_conv_dsp_parts_job *j)
{
    if (j->held > 0) {
        memset(j->part + j->held, 0, (size_t)(-j->held & 3));
        lapel_conv_dsp_parts_multiply(j, j->part, (j->held + 3) >> 2);
        j->held = 0;
    }
}

/* The sums of the window whose first tap is at (top, left). */
LAPEL_NOINLINE void lapel_conv_dsp_parts_window(lapel_conv_dsp_parts_job *j, const int8_t *x, lapel_index top,
                                                lapel_index left)
{
    const LAPEL_ROM lapel_conv_dsp_parts_params *p = j->p;
    const lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index taps = h.end - h.first, step = p->dilation_w * p->in_c;
    const lapel_index run = (p->dilation_w == 1 ? taps : 1) * p->in_c;

    left += h.first * p->dilation_w;
    for (lapel_index row = p->kernel_h; row > 0; row--) {
        if (taps == 0 || top < 0 || top >= p->in_h) {
            lapel_conv_dsp_parts_put(j, 0, p->kernel_w * p->in_c);
        } else {
            const int8_t *from = x + (top * p->in_w + left) * p->in_c;

            lapel_conv_dsp_parts_put(j, 0, h.first * p->in_c);
            lapel_conv_dsp_parts_put(j, from, run);
            for (lapel_index k = p->dilation_w == 1 ? 1 : taps; k > 1; k--) {
                from += step;
                lapel_conv_dsp_parts_put(j, from, run);
            }
            lapel_conv_dsp_parts_put(j, 0, (p->kernel_w - h.end) * p->in_c);
        }
        top += p->dilation_h;
    }
    lapel_conv_dsp_parts_end(j);
}

/* All channels of one pixel. */
LAPEL_NOINLINE void lapel_conv_dsp_parts_pixel(int8_t *y, const int8_t *x, lapel_index top, lapel_index left,
                                               const LAPEL_ROM lapel_conv_dsp_parts_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const LAPEL_ROM int32_t *w = p->w;
    const lapel_index w_group = 4 + 4 * p->blocks;
    lapel_index count = 4 * LAPEL_CONV_DSP_PARTS_GROUPS;
    lapel_conv_dsp_parts_job j;

    j.p = p;
    j.held = 0;
    for (lapel_index o = 0; o < p->out_c; o += count) {
        count = p->out_c - o < count ? p->out_c - o : count;
        j.groups = (count + 3) >> 2;
        for (lapel_index k = 0; k < 4 * j.groups; k++) {
            j.acc[k] = w[(k >> 2) * w_group + (k & 3)];
        }
        j.w = w + 4;
        lapel_conv_dsp_parts_window(&j, x, top, left);
        lapel_finish(y + o, j.acc, o, count, &output);
        w += j.groups * w_group;
    }
}

void lapel_conv_dsp_parts(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_parts_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_index top = -p->pad_top;

        for (lapel_index i = p->out_h; i > 0; i--) {
            lapel_index left = -p->pad_left;

            for (lapel_index k = p->out_w; k > 0; k--) {
                lapel_conv_dsp_parts_pixel(y, x, top, left, p);
                y += p->out_c;
                left += p->stride_w;
            }
            top += p->stride_h;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
