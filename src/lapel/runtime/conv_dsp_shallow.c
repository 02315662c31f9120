#include "conv_dsp_shallow.h"

/* A window has at most 16 words of two int16, and ends where an array of 16 ends. Of each row of the kernel, four values
 * after four are two words, 0 2 and 1 3, as SXTB16 has them; what is left of the rows follows, value after value.
 *
 * The table of four channels: their biases; for each word of the window a word of weights of each; then the multiplier
 * and the summand of each. Weights and biases are scaled by powers of two such that every accumulator of the layer
 * times its multiplier, plus the summand, is the output's 2^12-fold: one shift for all, which SSAT has built in. The
 * summand is zero point, half of an output, and what the definition's first rounding adds. Its second one goes away
 * from zero, but below zero y is -128 however it is rounded. */
#define LAPEL_CONV_DSP_SHALLOW_WORDS 16
#define LAPEL_CONV_DSP_SHALLOW_SHIFT 12

/* All channels of the pixel with the window x. */
#ifdef LAPEL_DSP_ARM

/* r8-r11: the accumulators; r6: the table; r7: y; r12: x. */
#define LAPEL_CONV_DSP_SHALLOW_WORD(x)              \
    "ldm r6!, {r0, r1, r2, r3}\n\t"                 \
    "smlad r8, r0, " x ", r8\n\t"                   \
    "smlad r9, r1, " x ", r9\n\t"                   \
    "smlad r10, r2, " x ", r10\n\t"                 \
    "smlad r11, r3, " x ", r11\n\t"
#define LAPEL_CONV_DSP_SHALLOW_BLOCK(label, bytes)  \
    label ":\n\t"                                   \
    "ldrd r4, r5, [r12, #" bytes "]\n\t"            \
    LAPEL_CONV_DSP_SHALLOW_WORD("r4")               \
    LAPEL_CONV_DSP_SHALLOW_WORD("r5")

LAPEL_DSP_NAKED void lapel_conv_dsp_shallow_pixel(int8_t *y LAPEL_DSP_UNUSED, const uint32_t *x LAPEL_DSP_UNUSED,
                                                  const LAPEL_ROM lapel_conv_dsp_shallow_params *p LAPEL_DSP_UNUSED)
{
    /* [sp]: end of y, less 4 */
    __asm__("ldr r3, [r2, #4]\n\t"
            "add r3, r0\n\t"
            "subs r3, #4\n\t"
            "push {r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov r7, r0\n\t"
            "mov r12, r1\n\t"
            "ldr r6, [r2]\n\t"
            "ldr lr, [r2, #8]\n"
            "0:\n\t"
            "ldm r6!, {r8, r9, r10, r11}\n\t"
            "tbb [pc, lr]\n"
            "10:\n\t"
            ".byte (11f - 10b) / 2, (12f - 10b) / 2, (13f - 10b) / 2, (14f - 10b) / 2\n\t"
            ".byte (15f - 10b) / 2, (16f - 10b) / 2, (17f - 10b) / 2, (18f - 10b) / 2\n"
            LAPEL_CONV_DSP_SHALLOW_BLOCK("11", "0")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("12", "8")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("13", "16")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("14", "24")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("15", "32")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("16", "40")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("17", "48")
            LAPEL_CONV_DSP_SHALLOW_BLOCK("18", "56")
            "ldm r6!, {r0, r1, r2, r3}\n\t"
            "smmla r8, r8, r0, r1\n\t"
            "smmla r9, r9, r2, r3\n\t"
            "ldm r6!, {r0, r1, r2, r3}\n\t"
            "smmla r10, r10, r0, r1\n\t"
            "smmla r11, r11, r2, r3\n\t"
            "ldr r0, [sp]\n\t"
            "ssat r8, #8, r8, asr #12\n\t"
            "ssat r9, #8, r9, asr #12\n\t"
            "ssat r10, #8, r10, asr #12\n\t"
            "ssat r11, #8, r11, asr #12\n\t"
            "cmp r7, r0\n\t"
            "bhi 1f\n\t"
            "strb r8, [r7], #1\n\t"
            "strb r9, [r7], #1\n\t"
            "strb r10, [r7], #1\n\t"
            "strb r11, [r7], #1\n\t"
            "bne 0b\n\t"
            "pop {r3, r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"
            "1:\n\t"
            "subs r0, r0, r7\n\t"
            "strb r8, [r7]\n\t"
            "cmn r0, #2\n\t"
            "blt 2f\n\t"
            "strb r9, [r7, #1]\n\t"
            "beq 2f\n\t"
            "strb r10, [r7, #2]\n"
            "2:\n\t"
            "pop {r3, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#else

LAPEL_NOINLINE void lapel_conv_dsp_shallow_pixel(int8_t *y, const uint32_t *x,
                                                 const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const LAPEL_ROM int32_t *w = p->w;

    for (lapel_index o = 0; o < p->out_c; o += 4) {
        int32_t acc[4] = {w[0], w[1], w[2], w[3]};

        w += 4;
        for (lapel_index k = 2 * p->skip; k < LAPEL_CONV_DSP_SHALLOW_WORDS; k++) {
            for (lapel_index i = 0; i < 4; i++) {
                acc[i] = lapel_smlad((uint32_t)w[i], x[k], acc[i]);
            }
            w += 4;
        }
        for (lapel_index i = 0; i < 4 && o + i < p->out_c; i++) {
            const int32_t found = lapel_smmla(acc[i], w[2 * i], w[2 * i + 1]);

            y[o + i] = (int8_t)lapel_ssat8(found >> LAPEL_CONV_DSP_SHALLOW_SHIFT);
        }
        w += 8;
    }
}

#endif

/* The next four values as int16. */
LAPEL_INLINE void lapel_conv_dsp_shallow_four(uint32_t **to, const int8_t **x)
{
#ifdef LAPEL_DSP_ARM
    uint32_t u, v;

    __asm__ volatile("ldr %[v], [%[x]], #4\n\t"
                     "sxtb16 %[u], %[v]\n\t"
                     "sxtb16 %[v], %[v], ror #8\n\t"
                     "strd %[u], %[v], [%[to]], #8"
                     : [u] "=&r"(u), [v] "=&r"(v), [to] "+r"(*to), [x] "+r"(*x)
                     :
                     : "memory");
#else
    const uint32_t word = lapel_read4(*x);

    (*to)[0] = lapel_sxtb16(word);
    (*to)[1] = lapel_sxtb16_odd(word);
    *to += 2;
    *x += 4;
#endif
}

/* One value as int16, at any of the window's halves. */
LAPEL_INLINE void lapel_conv_dsp_shallow_one(char *to, int8_t value)
{
    const int16_t half = value;

    memcpy(to, &half, 2);
}

/* A window of kernel_h rows, each `step` bytes after the last. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_gather(uint32_t *to, const int8_t *x, lapel_index step,
                                                  const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index count = (lapel_index)(p->kernel_w * p->in_c);
    char *rest = (char *)(to + (count >> 2) * p->kernel_h * 2);

    for (lapel_index rows = p->kernel_h; rows > 0; rows--) {
        for (lapel_index k = count >> 2; k > 0; k--) {
            lapel_conv_dsp_shallow_four(&to, &x);
        }
        for (lapel_index k = count & 3; k > 0; k--) {
            lapel_conv_dsp_shallow_one(rest, *x++);
            rest += 2;
        }
        x += step - count;
    }
}

/* Runs of `count` pixels whose windows are inside the image: y and x are the first one's; to is where its window starts.
 * One loop each for windows of three rows of nine values, as in an image of three colours; of one row and a multiple of
 * four; and of any other shape. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_colours(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                                   const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index step = (lapel_index)(p->dilation_h * p->in_w * 3), across = (lapel_index)(p->stride_w * 3);
    int8_t *const end = y + count * p->out_c;

    for (; y != end; y += p->out_c) {
        const int8_t *from = x;
        uint32_t *to = window + 2;
        char *const rest = (char *)(to + 12);

        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_one(rest, *from);
        from += step - 8;
        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_one(rest + 2, *from);
        from += step - 8;
        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_four(&to, &from);
        lapel_conv_dsp_shallow_one(rest + 4, *from);
        lapel_conv_dsp_shallow_pixel(y, window, p);
        x += across;
    }
}

LAPEL_NOINLINE void lapel_conv_dsp_shallow_fours(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                                 const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index across = (lapel_index)(p->stride_w * p->in_c);
    uint32_t *const first = window + 2 * p->skip, *const last = window + LAPEL_CONV_DSP_SHALLOW_WORDS;
    int8_t *const end = y + count * p->out_c;

    for (; y != end; y += p->out_c) {
        const int8_t *from = x;
        uint32_t *to = first;

        do {
            lapel_conv_dsp_shallow_four(&to, &from);
        } while (to != last);
        lapel_conv_dsp_shallow_pixel(y, window, p);
        x += across;
    }
}

LAPEL_NOINLINE void lapel_conv_dsp_shallow_any(int8_t *y, const int8_t *x, lapel_index count, uint32_t *window,
                                               const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    const lapel_index across = (lapel_index)(p->stride_w * p->in_c);
    const lapel_index step = (lapel_index)(p->dilation_h * p->in_w * p->in_c);

    for (; count > 0; count--) {
        lapel_conv_dsp_shallow_gather(window + 2 * p->skip, x, step, p);
        lapel_conv_dsp_shallow_pixel(y, window, p);
        y += p->out_c;
        x += across;
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

/* A pixel whose window may stick out of the image x. */
LAPEL_NOINLINE void lapel_conv_dsp_shallow_edge(int8_t *y, const int8_t *x, lapel_index top, lapel_index left,
                                                uint32_t *window, const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    int8_t bytes[2 * LAPEL_CONV_DSP_SHALLOW_WORDS];
    const lapel_span h = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_span v = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_index count = (lapel_index)(p->kernel_w * p->in_c), inside = (lapel_index)((h.end - h.first) * p->in_c);

    memset(bytes, p->x_zero, sizeof bytes);
    for (lapel_index i = v.first; i < v.end && inside > 0; i++) {
        const lapel_index row = (lapel_index)(top + i * p->dilation_h);

        memcpy(bytes + i * count + h.first * p->in_c, x + (row * p->in_w + left + h.first) * p->in_c, (size_t)inside);
    }
    lapel_conv_dsp_shallow_gather(window + 2 * p->skip, bytes, count, p);
    lapel_conv_dsp_shallow_pixel(y, window, p);
}

void lapel_conv_dsp_shallow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_shallow_params *p)
{
    /* Words that no value fills are multiplied by 0, but read. */
    uint32_t window[LAPEL_CONV_DSP_SHALLOW_WORDS] = {0};
    int8_t *const first = y;
    const lapel_index line = (lapel_index)(p->in_w * p->in_c);
    const lapel_index lowest = (lapel_index)(p->in_h - (p->kernel_h - 1) * p->dilation_h);
    const lapel_index count = (lapel_index)(p->x_end - p->x_first);

    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            lapel_index j = 0;

            while (j < p->out_w) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);

                if (j == p->x_first && count > 0 && top >= 0 && top < lowest) {
                    lapel_conv_dsp_shallow_run(y, x + top * line + left * p->in_c, count, window, p);
                    y += count * p->out_c;
                    j = p->x_end;
                } else {
                    lapel_conv_dsp_shallow_edge(y, x, top, left, window, p);
                    y += p->out_c;
                    j++;
                }
            }
        }
        x += p->in_h * line;
    }
    if (p->clamped) {
        lapel_dsp_clamp(first, (lapel_index)(y - first), p->lo, p->hi);
    }
}
