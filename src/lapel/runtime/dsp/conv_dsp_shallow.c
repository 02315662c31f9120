#include "conv_dsp_shallow.h"

/* A window has at most 16 words of two int16, and ends where an array of 16 ends; those of two pixels take turns. Of
 * each row of the kernel, four values after four are two words, 0 2 and 1 3, as SXTB16 has them; what is left of the
 * rows follows, value after value.
 *
 * The table of four channels: their biases; for each word of the window, the last one first, a word of weights of each;
 * then the multiplier and the summand of each. Weights and biases are scaled by powers of two such that every
 * accumulator of the layer times its multiplier, plus the summand, is the output's 2^12-fold: one shift for all, which
 * SSAT has built in. The summand is zero point, half of an output, and what the definition's first rounding adds. Its
 * second one goes away from zero, but below zero y is -128 however it is rounded. */
#define LAPEL_CONV_DSP_SHALLOW_WORDS 16
#define LAPEL_CONV_DSP_SHALLOW_SHIFT 12

/* All channels of the pixels y and z, whose windows are at x. z is y where there is but one. */
#ifdef LAPEL_DSP_ARM

LAPEL_ASSERT_AT(lapel_conv_dsp_shallow_params, w, 0);
LAPEL_ASSERT_AT(lapel_conv_dsp_shallow_params, out_c, 4);
LAPEL_ASSERT_AT(lapel_conv_dsp_shallow_params, skip, 8);

/* r4: x; r5: the table; r6-r9: accumulators of y, r10-r12 and lr of z. */
#define LAPEL_CONV_DSP_SHALLOW_WORD(label, bytes)   \
    label ":\n\t"                                   \
    "ldrd r0, r1, [r4, #" bytes "]\n\t"            \
    "ldrd r2, r3, [r5], #8\n\t"                    \
    "smlad r6, r2, r0, r6\n\t"                     \
    "smlad r10, r2, r1, r10\n\t"                   \
    "smlad r7, r3, r0, r7\n\t"                     \
    "smlad r11, r3, r1, r11\n\t"                   \
    "ldrd r2, r3, [r5], #8\n\t"                    \
    "smlad r8, r2, r0, r8\n\t"                     \
    "smlad r12, r2, r1, r12\n\t"                   \
    "smlad r9, r3, r0, r9\n\t"                     \
    "smlad lr, r3, r1, lr\n\t"

LAPEL_DSP_NAKED void lapel_conv_dsp_shallow_pixels(int8_t *y LAPEL_DSP_UNUSED, int8_t *z LAPEL_DSP_UNUSED,
                                                   const uint32_t *x LAPEL_DSP_UNUSED,
                                                   const LAPEL_ROM lapel_conv_dsp_shallow_params *p LAPEL_DSP_UNUSED)
{
    /* [sp]: y, z, end of y less 4, words to skip */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov r4, r2\n\t"
            "ldm r3, {r5, r6, r7}\n\t"
            "add r6, r0\n\t"
            "subs r6, #4\n\t"
            "push {r0, r1, r6, r7}\n"
            "0:\n\t"
            "ldm r5!, {r6, r7, r8, r9}\n\t"
            "ldrd r0, r1, [r4, #120]\n\t"
            "ldrd r2, r3, [r5], #8\n\t"
            "smlad r10, r2, r1, r6\n\t"
            "smlad r6, r2, r0, r6\n\t"
            "smlad r11, r3, r1, r7\n\t"
            "smlad r7, r3, r0, r7\n\t"
            "ldrd r2, r3, [r5], #8\n\t"
            "smlad r12, r2, r1, r8\n\t"
            "smlad r8, r2, r0, r8\n\t"
            "smlad lr, r3, r1, r9\n\t"
            "smlad r9, r3, r0, r9\n\t"
            "ldr r0, [sp, #12]\n\t"
            "tbh [pc, r0, lsl #1]\n"
            "10:\n\t"
            ".short (11f - 10b) / 2, (12f - 10b) / 2, (13f - 10b) / 2, (14f - 10b) / 2\n\t"
            ".short (15f - 10b) / 2, (16f - 10b) / 2, (17f - 10b) / 2, (18f - 10b) / 2\n\t"
            ".short (19f - 10b) / 2, (20f - 10b) / 2, (21f - 10b) / 2, (22f - 10b) / 2\n\t"
            ".short (23f - 10b) / 2, (24f - 10b) / 2, (25f - 10b) / 2, (26f - 10b) / 2\n"
            LAPEL_CONV_DSP_SHALLOW_WORD("11", "0")
            LAPEL_CONV_DSP_SHALLOW_WORD("12", "8")
            LAPEL_CONV_DSP_SHALLOW_WORD("13", "16")
            LAPEL_CONV_DSP_SHALLOW_WORD("14", "24")
            LAPEL_CONV_DSP_SHALLOW_WORD("15", "32")
            LAPEL_CONV_DSP_SHALLOW_WORD("16", "40")
            LAPEL_CONV_DSP_SHALLOW_WORD("17", "48")
            LAPEL_CONV_DSP_SHALLOW_WORD("18", "56")
            LAPEL_CONV_DSP_SHALLOW_WORD("19", "64")
            LAPEL_CONV_DSP_SHALLOW_WORD("20", "72")
            LAPEL_CONV_DSP_SHALLOW_WORD("21", "80")
            LAPEL_CONV_DSP_SHALLOW_WORD("22", "88")
            LAPEL_CONV_DSP_SHALLOW_WORD("23", "96")
            LAPEL_CONV_DSP_SHALLOW_WORD("24", "104")
            LAPEL_CONV_DSP_SHALLOW_WORD("25", "112")
            "26:\n\t"
            "ldm r5!, {r0, r1, r2, r3}\n\t"
            "smmla r6, r6, r0, r1\n\t"
            "smmla r10, r10, r0, r1\n\t"
            "smmla r7, r7, r2, r3\n\t"
            "smmla r11, r11, r2, r3\n\t"
            "ldm r5!, {r0, r1, r2, r3}\n\t"
            "smmla r8, r8, r0, r1\n\t"
            "smmla r12, r12, r0, r1\n\t"
            "smmla r9, r9, r2, r3\n\t"
            "smmla lr, lr, r2, r3\n\t"
            "ldm sp, {r0, r1, r2}\n\t"
            "ssat r6, #8, r6, asr #12\n\t"
            "ssat r10, #8, r10, asr #12\n\t"
            "ssat r7, #8, r7, asr #12\n\t"
            "ssat r11, #8, r11, asr #12\n\t"
            "ssat r8, #8, r8, asr #12\n\t"
            "ssat r12, #8, r12, asr #12\n\t"
            "ssat r9, #8, r9, asr #12\n\t"
            "ssat lr, #8, lr, asr #12\n\t"
            "cmp r0, r2\n\t"
            "bhi 1f\n\t"
            "strb r10, [r1], #1\n\t"
            "strb r11, [r1], #1\n\t"
            "strb r12, [r1], #1\n\t"
            "strb lr, [r1], #1\n\t"
            "strb r6, [r0], #1\n\t"
            "strb r7, [r0], #1\n\t"
            "strb r8, [r0], #1\n\t"
            "strb r9, [r0], #1\n\t"
            "strd r0, r1, [sp]\n\t"
            "bne 0b\n\t"
            "b 2f\n"
            "1:\n\t"
            "subs r2, r2, r0\n\t"
            "strb r10, [r1]\n\t"
            "strb r6, [r0]\n\t"
            "cmn r2, #2\n\t"
            "blt 2f\n\t"
            "strb r11, [r1, #1]\n\t"
            "strb r7, [r0, #1]\n\t"
            "beq 2f\n\t"
            "strb r12, [r1, #2]\n\t"
            "strb r8, [r0, #2]\n"
            "2:\n\t"
            "add sp, #16\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#else

LAPEL_NOINLINE void lapel_conv_dsp_shallow_pixels(int8_t *y, int8_t *z, const uint32_t *x,
                                                  const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const LAPEL_ROM int32_t *w = p->w;

    for (lapel_index o = 0; o < p->out_c; o += 4) {
        int32_t acc[8] = {w[0], w[1], w[2], w[3], w[0], w[1], w[2], w[3]};
        lapel_index k = LAPEL_CONV_DSP_SHALLOW_WORDS - 1;

        for (lapel_index words = LAPEL_CONV_DSP_SHALLOW_WORDS - p->skip; words > 0; words--) {
            w += 4;
            for (lapel_index i = 0; i < 8; i++) {
                acc[i] = lapel_smlad((uint32_t)w[i % 4], x[2 * k + i / 4], acc[i]);
            }
            k = k == LAPEL_CONV_DSP_SHALLOW_WORDS - 1 ? p->skip : k + 1;
        }
        w += 4;
        for (lapel_index i = 0; i < 8; i++) {
            const int32_t found = lapel_smmla(acc[7 - i], w[2 * (3 - i % 4)], w[2 * (3 - i % 4) + 1]);

            if (o + 3 - i % 4 < p->out_c) {
                (i < 4 ? z : y)[o + 3 - i % 4] = (int8_t)lapel_ssat8(found >> LAPEL_CONV_DSP_SHALLOW_SHIFT);
            }
        }
        w += 8;
    }
}

#endif

/* The next four values of either pixel as int16. */
#ifdef LAPEL_DSP_ARM

LAPEL_INLINE void lapel_conv_dsp_shallow_four(uint32_t **to, const int8_t **x, const int8_t **second)
{
    uint32_t u, v, a, b;

    __asm__ volatile("ldr %[u], [%[x]], #4\n\t"
                     "ldr %[v], [%[second]], #4\n\t"
                     "sxtb16 %[a], %[u]\n\t"
                     "sxtb16 %[b], %[v]\n\t"
                     "strd %[a], %[b], [%[to]], #16\n\t"
                     "sxtb16 %[u], %[u], ror #8\n\t"
                     "sxtb16 %[v], %[v], ror #8\n\t"
                     "strd %[u], %[v], [%[to], #-8]"
                     : [u] "=&r"(u), [v] "=&r"(v), [a] "=&r"(a), [b] "=&r"(b), [to] "+&r"(*to), [x] "+&r"(*x),
                       [second] "+&r"(*second)
                     :
                     : "memory");
}

#else

LAPEL_INLINE void lapel_conv_dsp_shallow_four(uint32_t **to, const int8_t **x, const int8_t **second)
{
    const uint32_t u = lapel_read4(*x), v = lapel_read4(*second);

    (*to)[0] = lapel_sxtb16(u);
    (*to)[1] = lapel_sxtb16(v);
    (*to)[2] = lapel_sxtb16_odd(u);
    (*to)[3] = lapel_sxtb16_odd(v);
    *to += 4;
    *x += 4;
    *second += 4;
}

#endif

/* A value as int16: half `i` of a pixel's words, of which `to` is the first. */
LAPEL_INLINE void lapel_conv_dsp_shallow_one(uint32_t *to, lapel_index i, int8_t value)
{
    const int16_t half = value;

    memcpy((char *)(to + i / 2 * 2) + i % 2 * 2, &half, 2);
}

/* The window of one pixel: kernel_h rows, each `step` bytes after the last. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_gather(uint32_t *to, const int8_t *x, lapel_index step,
                                                  const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index count = (lapel_index)(p->kernel_w * p->in_c), fours = (lapel_index)(count & ~3);
    uint32_t *const rest = to + fours * p->kernel_h;
    lapel_index i = 0;

    for (lapel_index rows = p->kernel_h; rows > 0; rows--) {
        for (lapel_index k = 0; k < fours; k += 4) {
            const uint32_t word = lapel_read4(x + k);

            to[0] = lapel_sxtb16(word);
            to[2] = lapel_sxtb16_odd(word);
            to += 4;
        }
        for (lapel_index k = fours; k < count; k++) {
            lapel_conv_dsp_shallow_one(rest, i++, x[k]);
        }
        x += step;
    }
}

/* Pairs of pixels whose windows are inside the image: `count` pixels, y and x are the first one's. One loop each for
 * windows of three rows of nine values, as in an image of three colours; of one row and a multiple of four; and of any
 * other shape. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_colours(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                                   const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index step = (lapel_index)(p->dilation_h * p->in_w * 3 - 8), across = (lapel_index)(p->stride_w * 3);
    const lapel_index out_c = p->out_c;
    int8_t *const end = y + count * out_c;

    while (y != end) {
        const int8_t *from = x, *second = x + across;
        uint32_t *to = window + 4, *const rest = window + 28;

        x += 2 * across;
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_one(rest, 0, *from);
        lapel_conv_dsp_shallow_one(rest + 1, 0, *second);
        from += step;
        second += step;
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_one(rest, 1, *from);
        lapel_conv_dsp_shallow_one(rest + 1, 1, *second);
        from += step;
        second += step;
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_four(&to, &from, &second);
        lapel_conv_dsp_shallow_one(rest, 2, *from);
        lapel_conv_dsp_shallow_one(rest + 1, 2, *second);
        lapel_conv_dsp_shallow_pixels(y, y + out_c, window, p);
        y += 2 * out_c;
    }
}

LAPEL_NOINLINE void lapel_conv_dsp_shallow_fours(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                                 const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index across = (lapel_index)(p->stride_w * p->in_c), out_c = p->out_c;
    uint32_t *const first = window + 2 * p->skip, *const last = window + 2 * LAPEL_CONV_DSP_SHALLOW_WORDS;
    int8_t *const end = y + count * out_c;

    while (y != end) {
        const int8_t *from = x, *second = x + across;
        uint32_t *to = first;

        x += 2 * across;
        do {
            lapel_conv_dsp_shallow_four(&to, &from, &second);
        } while (to != last);
        lapel_conv_dsp_shallow_pixels(y, y + out_c, window, p);
        y += 2 * out_c;
    }
}

LAPEL_NOINLINE void lapel_conv_dsp_shallow_any(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                               const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index across = (lapel_index)(p->stride_w * p->in_c);
    const lapel_index step = (lapel_index)(p->dilation_h * p->in_w * p->in_c);
    uint32_t *const to = window + 2 * p->skip;

    for (; count > 0; count -= 2) {
        lapel_conv_dsp_shallow_gather(to, x, step, p);
        lapel_conv_dsp_shallow_gather(to + 1, x + across, step, p);
        lapel_conv_dsp_shallow_pixels(y, y + p->out_c, window, p);
        y += 2 * p->out_c;
        x += 2 * across;
    }
}

LAPEL_INLINE void lapel_conv_dsp_shallow_run(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                             const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    if (p->in_c == 3 && p->kernel_w == 3 && p->kernel_h == 3) {
        lapel_conv_dsp_shallow_colours(y, x, count, window, p);
    } else if (p->kernel_h == 1 && p->kernel_w * p->in_c % 4 == 0) {
        lapel_conv_dsp_shallow_fours(y, x, count, window, p);
    } else {
        lapel_conv_dsp_shallow_any(y, x, count, window, p);
    }
}

/* The window of one pixel, which may stick out of the image x. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_edge(uint32_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                                const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    int8_t bytes[2 * LAPEL_CONV_DSP_SHALLOW_WORDS], *row = bytes;
    const lapel_index in_c = p->in_c, in_w = p->in_w, count = (lapel_index)(p->kernel_w * in_c);
    const lapel_index first = left < 0 ? 0 : left, last = left + p->kernel_w < in_w ? left + p->kernel_w : in_w;
    const lapel_index before = (lapel_index)((first - left) * in_c), inside = (lapel_index)((last - first) * in_c);

    memset(bytes, p->x_zero, sizeof bytes);
    for (lapel_index i = p->kernel_h; i > 0 && inside > 0; i--) {
        if (top >= 0 && top < p->in_h) {
            memcpy(row + before, x + (top * in_w + first) * in_c, (size_t)inside);
        }
        row += count;
        top = (lapel_index)(top + p->dilation_h);
    }
    lapel_conv_dsp_shallow_gather(to, bytes, count, p);
}

/* All pixels; returns the end of y. A function of its own, so that its array is on no other kernel's stack. */
LAPEL_NOINLINE int8_t *lapel_conv_dsp_shallow_image(int8_t *y, const int8_t *x,
                                                    const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    /* Halves that no value fills are multiplied by 0, but read. */
    uint32_t window[2 * LAPEL_CONV_DSP_SHALLOW_WORDS] = {0};
    const lapel_index line = (lapel_index)(p->in_w * p->in_c), out_c = p->out_c;
    const lapel_index lowest = (lapel_index)(p->in_h - (p->kernel_h - 1) * p->dilation_h);
    lapel_index waiting = 0; /* 1: the first pixel of a pair is gathered */

    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            const lapel_index x_end = top >= 0 && top < lowest ? p->x_end : 0;

            for (lapel_index j = 0; j < p->out_w;) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);
                const lapel_index pairs = (lapel_index)((x_end - j) >> 1);

                if (j >= p->x_first && pairs > 0 && !waiting) {
                    lapel_conv_dsp_shallow_run(y, x + top * line + left * p->in_c, 2 * pairs, window, p);
                    y += 2 * pairs * out_c;
                    j += 2 * pairs;
                } else {
                    lapel_conv_dsp_shallow_edge(window + 2 * p->skip + waiting, x, top, left, p);
                    if (waiting) {
                        lapel_conv_dsp_shallow_pixels(y - out_c, y, window, p);
                    }
                    waiting = !waiting;
                    y += out_c;
                    j++;
                }
            }
        }
        x += p->in_h * line;
    }
    if (waiting) {
        lapel_conv_dsp_shallow_pixels(y - out_c, y - out_c, window, p);
    }
    return y;
}

void lapel_conv_dsp_shallow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const int8_t *const end = lapel_conv_dsp_shallow_image(y, x, p);

    if (p->clamped) {
        lapel_dsp_clamp(y, (lapel_index)(end - y), p->lo, p->hi);
    }
}
