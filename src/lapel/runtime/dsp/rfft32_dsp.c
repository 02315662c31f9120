#include "rfft32_dsp.h"

#define LAPEL_RFFT32_DSP_HALF 2147483646 /* twice the factors of rfft32 */
#define LAPEL_RFFT32_DSP_QUARTER 1073741822

typedef struct {
    int32_t re;
    int32_t im;
} lapel_rfft32_dsp_bin;

/* Cosines and sines: turns are c - i s. */
typedef struct {
    int32_t c;
    int32_t s;
} lapel_rfft32_dsp_turn;

/* Sums that wrap. */
LAPEL_INLINE int32_t lapel_rfft32_dsp_plus(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

LAPEL_INLINE int32_t lapel_rfft32_dsp_minus(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

/* (a + b) / 2 and (a - b) / 2, rounded down, without overflow. */
LAPEL_INLINE int32_t lapel_rfft32_dsp_mean(int32_t a, int32_t b)
{
    return (a & b) + ((a ^ b) >> 1);
}

LAPEL_INLINE int32_t lapel_rfft32_dsp_apart(int32_t a, int32_t b)
{
    return ((a ^ b) >> 1) - (b & ~a);
}

LAPEL_INLINE lapel_rfft32_dsp_bin lapel_rfft32_dsp_divided(lapel_rfft32_dsp_bin a, int32_t factor)
{
    const lapel_rfft32_dsp_bin made = {lapel_smmulr(a.re, factor), lapel_smmulr(a.im, factor)};

    return made;
}

/* Sums and differences of a butterfly, m apart: see rfft32. */
LAPEL_FORCE_INLINE void lapel_rfft32_dsp_add(lapel_rfft32_dsp_bin *y, lapel_index m, lapel_rfft32_dsp_bin a,
                                             const lapel_rfft32_dsp_bin *turned)
{
    const lapel_rfft32_dsp_bin b = turned[0], c = turned[1], d = turned[2];
    const lapel_rfft32_dsp_bin even = {lapel_rfft32_dsp_plus(a.re, c.re), lapel_rfft32_dsp_plus(a.im, c.im)};
    const lapel_rfft32_dsp_bin odd = {lapel_rfft32_dsp_minus(a.re, c.re), lapel_rfft32_dsp_minus(a.im, c.im)};
    const lapel_rfft32_dsp_bin both = {lapel_rfft32_dsp_plus(b.re, d.re), lapel_rfft32_dsp_plus(b.im, d.im)};
    const lapel_rfft32_dsp_bin apart = {lapel_rfft32_dsp_minus(b.re, d.re), lapel_rfft32_dsp_minus(b.im, d.im)};

    y[0].re = lapel_rfft32_dsp_plus(even.re, both.re);
    y[0].im = lapel_rfft32_dsp_plus(even.im, both.im);
    y[m].re = lapel_rfft32_dsp_plus(odd.re, apart.im);
    y[m].im = lapel_rfft32_dsp_minus(odd.im, apart.re);
    y[2 * m].re = lapel_rfft32_dsp_minus(even.re, both.re);
    y[2 * m].im = lapel_rfft32_dsp_minus(even.im, both.im);
    y[3 * m].re = lapel_rfft32_dsp_minus(odd.re, apart.im);
    y[3 * m].im = lapel_rfft32_dsp_plus(odd.im, apart.re);
}

/* The first butterflies: nothing is turned. */
LAPEL_NOINLINE void lapel_rfft32_dsp_fours(lapel_rfft32_dsp_bin *y, const lapel_rfft32_dsp_bin *end)
{
    for (; y != end; y += 4) {
        const lapel_rfft32_dsp_bin a = lapel_rfft32_dsp_divided(y[0], LAPEL_RFFT32_DSP_QUARTER);
        lapel_rfft32_dsp_bin turned[3];

        turned[0] = lapel_rfft32_dsp_divided(y[2], LAPEL_RFFT32_DSP_QUARTER);
        turned[1] = lapel_rfft32_dsp_divided(y[1], LAPEL_RFFT32_DSP_QUARTER);
        turned[2] = lapel_rfft32_dsp_divided(y[3], LAPEL_RFFT32_DSP_QUARTER);
        lapel_rfft32_dsp_add(y, 1, a, turned);
    }
}

LAPEL_NOINLINE void lapel_rfft32_dsp_twos(lapel_rfft32_dsp_bin *y, const lapel_rfft32_dsp_bin *end)
{
    for (; y != end; y += 2) {
        const lapel_rfft32_dsp_bin a = lapel_rfft32_dsp_divided(y[0], LAPEL_RFFT32_DSP_HALF);
        const lapel_rfft32_dsp_bin b = lapel_rfft32_dsp_divided(y[1], LAPEL_RFFT32_DSP_HALF);

        y[0].re = lapel_rfft32_dsp_plus(a.re, b.re);
        y[0].im = lapel_rfft32_dsp_plus(a.im, b.im);
        y[1].re = lapel_rfft32_dsp_minus(a.re, b.re);
        y[1].im = lapel_rfft32_dsp_minus(a.im, b.im);
    }
}

/* The turn by k of 4 quarter, 0 <= k < 3 quarter. */
LAPEL_INLINE void lapel_rfft32_dsp_find(lapel_rfft32_dsp_turn *t, const LAPEL_ROM int32_t *sines, lapel_index k,
                                        lapel_index quarter)
{
    if (k < quarter) {
        t->c = sines[quarter - k];
        t->s = sines[k];
    } else if (k < 2 * quarter) {
        t->c = -sines[k - quarter];
        t->s = sines[2 * quarter - k];
    } else {
        t->c = -sines[3 * quarter - k];
        t->s = -sines[k - 2 * quarter];
    }
}

/* Butterflies of four, m apart, with the same turns. */
#ifdef LAPEL_DSP_ARM

LAPEL_ASSERT_AT(lapel_rfft32_dsp_bin, re, 0);
LAPEL_ASSERT_AT(lapel_rfft32_dsp_bin, im, 4);
LAPEL_ASSERT_AT(lapel_rfft32_dsp_turn, c, 0);
LAPEL_ASSERT_AT(lapel_rfft32_dsp_turn, s, 4);

/* Twice a quarter of a value: that is no more than 2^30. */
#define LAPEL_RFFT32_DSP_TWICE(re, im)              \
    "smmulr " re ", " re ", r12\n\t"                \
    "smmulr " im ", " im ", r12\n\t"                \
    "lsl " re ", " re ", #1\n\t"                    \
    "lsl " im ", " im ", #1\n\t"

/* Turned by the cosine and the sine: lower halves to r8 and `low`, uses up re; first what the cosine gives. */
#define LAPEL_RFFT32_DSP_COSINE(re, im, c, low, to_re, to_im)       \
    "smull r8, " to_re ", " re ", " c "\n\t"        \
    "smull " low ", " to_im ", " im ", " c "\n\t"

#define LAPEL_RFFT32_DSP_SINE(re, im, s, low, to_re, to_im)         \
    "smlal r8, " to_re ", " im ", " s "\n\t"        \
    "rsb " re ", " re ", #0\n\t"                    \
    "smlal " low ", " to_im ", " re ", " s "\n\t"   \
    "add " to_re ", " to_re ", r8, lsr #31\n\t"     \
    "add " to_im ", " to_im ", " low ", lsr #31\n\t"

/* GCC needs 1.4 times the instructions. */
LAPEL_DSP_NAKED void lapel_rfft32_dsp_blocks(lapel_rfft32_dsp_bin *y LAPEL_DSP_UNUSED,
                                             const lapel_rfft32_dsp_bin *end LAPEL_DSP_UNUSED, lapel_index m LAPEL_DSP_UNUSED,
                                             const lapel_rfft32_dsp_turn *turns LAPEL_DSP_UNUSED)
{
    /* r0: from the last value of a butterfly to the first and back; r2: bytes between two; [sp]: turns, 24: end of r0 */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #28\n\t"
            "ldm r3, {r4, r5, r6, r7, r8, r9}\n\t"
            "stm sp, {r4, r5, r6, r7, r8, r9}\n\t"
            "add r3, r2, r2, lsl #1\n\t"
            "add r0, r0, r3, lsl #3\n\t"
            "add r1, r1, r3, lsl #3\n\t"
            "str r1, [sp, #24]\n\t"
            "lsl r2, r2, #3\n\t"
            "movw r12, #0xfffe\n\t"
            "movt r12, #0x3fff\n\t"
            ".balign 4\n"
            "1:\n\t"
            "ldrd r4, r5, [r0]\n\t"
            "ldrd r6, r7, [sp, #16]\n\t"
            LAPEL_RFFT32_DSP_TWICE("r4", "r5")
            LAPEL_RFFT32_DSP_COSINE("r4", "r5", "r6", "r9", "r10", "r11")
            LAPEL_RFFT32_DSP_SINE("r4", "r5", "r7", "r9", "r10", "r11")
            "sub r0, r0, r2\n\t"
            "ldrd r4, r5, [r0]\n\t"
            "ldrd r6, r7, [sp]\n\t"
            LAPEL_RFFT32_DSP_TWICE("r4", "r5")
            LAPEL_RFFT32_DSP_COSINE("r4", "r5", "r6", "r9", "r1", "r3")
            LAPEL_RFFT32_DSP_SINE("r4", "r5", "r7", "r9", "r1", "r3")
            "sub r0, r0, r2\n\t"
            "add r4, r1, r10\n\t"
            "add r5, r3, r11\n\t"
            "sub r10, r1, r10\n\t"
            "sub r11, r3, r11\n\t"
            "ldrd r6, r7, [r0]\n\t"
            "ldr r1, [sp, #8]\n\t"
            LAPEL_RFFT32_DSP_TWICE("r6", "r7")
            LAPEL_RFFT32_DSP_COSINE("r6", "r7", "r1", "r3", "r9", "lr")
            "ldr r1, [sp, #12]\n\t"
            LAPEL_RFFT32_DSP_SINE("r6", "r7", "r1", "r3", "r9", "lr")
            "sub r0, r0, r2\n\t"
            "ldrd r6, r7, [r0]\n\t"
            "smmulr r6, r6, r12\n\t"
            "smmulr r7, r7, r12\n\t"
            "add r1, r6, r9\n\t"
            "add r3, r7, lr\n\t"
            "sub r6, r6, r9\n\t"
            "sub r7, r7, lr\n\t"
            "add r8, r1, r4\n\t"
            "add r9, r3, r5\n\t"
            "strd r8, r9, [r0]\n\t"
            "add r0, r0, r2\n\t"
            "add r8, r6, r11\n\t"
            "sub r9, r7, r10\n\t"
            "strd r8, r9, [r0]\n\t"
            "add r0, r0, r2\n\t"
            "sub r1, r1, r4\n\t"
            "sub r3, r3, r5\n\t"
            "strd r1, r3, [r0]\n\t"
            "add r0, r0, r2\n\t"
            "sub r6, r6, r11\n\t"
            "add r7, r7, r10\n\t"
            "strd r6, r7, [r0]\n\t"
            "ldr r1, [sp, #24]\n\t"
            "add r0, r0, r2, lsl #2\n\t"
            "cmp r0, r1\n\t"
            "blo 1b\n\t"
            "add sp, #28\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#else

/* a c + b s of 63 fraction bits to 31, halves up. */
LAPEL_INLINE int32_t lapel_rfft32_dsp_high(int32_t a, int32_t c, int32_t b, int32_t s)
{
    const int64_t sum = (int64_t)a * c + (int64_t)b * s;

    return (int32_t)((uint32_t)(sum >> 32) + ((uint32_t)sum >> 31));
}

/* Divided by four and turned: then twice a is no more than 2^30. */
LAPEL_FORCE_INLINE lapel_rfft32_dsp_bin lapel_rfft32_dsp_turned(lapel_rfft32_dsp_bin a, const lapel_rfft32_dsp_turn *t)
{
    const lapel_rfft32_dsp_bin v = lapel_rfft32_dsp_divided(a, LAPEL_RFFT32_DSP_QUARTER);
    const int32_t re = 2 * v.re, im = 2 * v.im;
    const lapel_rfft32_dsp_bin made = {lapel_rfft32_dsp_high(re, t->c, im, t->s), lapel_rfft32_dsp_high(im, t->c, -re, t->s)};

    return made;
}

LAPEL_NOINLINE void lapel_rfft32_dsp_blocks(lapel_rfft32_dsp_bin *y, const lapel_rfft32_dsp_bin *end, lapel_index m,
                                            const lapel_rfft32_dsp_turn *turns)
{
    do {
        const lapel_rfft32_dsp_bin a = lapel_rfft32_dsp_divided(y[0], LAPEL_RFFT32_DSP_QUARTER);
        lapel_rfft32_dsp_bin turned[3];

        turned[0] = lapel_rfft32_dsp_turned(y[2 * m], turns);
        turned[1] = lapel_rfft32_dsp_turned(y[m], turns + 1);
        turned[2] = lapel_rfft32_dsp_turned(y[3 * m], turns + 2);
        lapel_rfft32_dsp_add(y, m, a, turned);
        y += 4 * m;
    } while (y < end);
}

#endif

LAPEL_NOINLINE void lapel_rfft32_dsp_stage(lapel_rfft32_dsp_bin *y, lapel_index m, lapel_index quarter,
                                           const LAPEL_ROM int32_t *sines)
{
    const lapel_rfft32_dsp_bin *const end = y + 2 * quarter;
    const lapel_index step = quarter / m;

    for (lapel_index k = 0; k < quarter; k += step) {
        lapel_rfft32_dsp_turn turns[3];

        lapel_rfft32_dsp_find(turns, sines, k, quarter);
        lapel_rfft32_dsp_find(turns + 1, sines, 2 * k, quarter);
        lapel_rfft32_dsp_find(turns + 2, sines, 3 * k, quarter);
        lapel_rfft32_dsp_blocks(y, end, m, turns);
        y++;
    }
}

/* A sum of two products of 62 fraction bits to 31, halves up, limited to int32. */
LAPEL_INLINE int32_t lapel_rfft32_dsp_limited(int64_t sum)
{
    const int64_t rounded = sum + ((int64_t)1 << 30);
    const int32_t high = (int32_t)(rounded >> 32);
    const uint32_t made = (uint32_t)high << 1 | (uint32_t)rounded >> 31;

    if ((high ^ (int32_t)made) < 0) {
        return high < 0 ? INT32_MIN : INT32_MAX;
    }
    return (int32_t)made;
}

/* Bins k and N - k of the spectrum of the samples, from that of the pairs of them. The turn by k + quarter is -s - i c of
 * that by k. */
LAPEL_NOINLINE void lapel_rfft32_dsp_parted(lapel_rfft32_dsp_bin *y, lapel_index quarter, const LAPEL_ROM int32_t *sines)
{
    lapel_rfft32_dsp_bin *low = y + 1, *high = y + 2 * quarter - 1;
    const LAPEL_ROM int32_t *s = sines + 1, *c = sines + quarter - 1;
    const lapel_rfft32_dsp_bin first = lapel_rfft32_dsp_divided(y[0], LAPEL_RFFT32_DSP_HALF);

    y[0].re = first.re + first.im;
    high[1].re = first.re - first.im;
    y[0].im = high[1].im = 0;
    while (low <= high) {
        const lapel_rfft32_dsp_bin mirror = {high->re, lapel_rfft32_dsp_minus(0, high->im)};
        const lapel_rfft32_dsp_bin a = lapel_rfft32_dsp_divided(*low, LAPEL_RFFT32_DSP_HALF);
        const lapel_rfft32_dsp_bin b = lapel_rfft32_dsp_divided(mirror, LAPEL_RFFT32_DSP_HALF);
        const int32_t even_re = a.re + b.re, even_im = a.im + b.im, odd_re = a.re - b.re, odd_im = a.im - b.im;
        const int32_t re = lapel_rfft32_dsp_limited((int64_t)odd_im * *c + (int64_t)-odd_re * *s);
        const int32_t im = lapel_rfft32_dsp_limited((int64_t)-odd_re * *c + (int64_t)-odd_im * *s);

        low->re = lapel_rfft32_dsp_mean(even_re, re);
        low->im = lapel_rfft32_dsp_mean(even_im, im);
        high->re = lapel_rfft32_dsp_apart(even_re, re);
        high->im = lapel_rfft32_dsp_apart(im, even_im);
        low++;
        high--;
        s++;
        c--;
    }
}

/* Copy the samples, if y is not x, and zeros behind them; then pairs into the reverse order of the bits of their numbers. */
LAPEL_NOINLINE void lapel_rfft32_dsp_start(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_dsp_params *p)
{
    const lapel_index length = p->shape.length;
    const uint32_t count = (uint32_t)p->shape.fft_length >> 1, step = 0x80000000u / count * 2;
    lapel_rfft32_dsp_bin *pairs = (lapel_rfft32_dsp_bin *)(void *)y;
    uint32_t counter = 0;

    memset(y + length, 0, (size_t)(p->shape.fft_length - length) * sizeof *y);
    for (lapel_index i = y == x ? 0 : length; i > 0; i--) {
        y[i - 1] = x[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t reversed = lapel_rbit(counter);

        if (i < reversed) {
            const lapel_rfft32_dsp_bin kept = pairs[i];

            pairs[i] = pairs[reversed];
            pairs[reversed] = kept;
        }
        counter += step;
    }
}

void lapel_rfft32_dsp(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_dsp_params *p)
{
    const lapel_index length = p->shape.fft_length, count = length >> 1;

    for (lapel_index row = p->shape.rows; row > 0; row--) { /* from the last one on: where x is y, it is in y's rows before */
        int32_t *to = y + (size_t)(row - 1) * (size_t)(length + 2);
        lapel_rfft32_dsp_bin *bins = (lapel_rfft32_dsp_bin *)(void *)to;
        lapel_index m = 4;

        lapel_rfft32_dsp_start(to, x + (size_t)(row - 1) * (size_t)p->shape.length, p);
        if (lapel_rfft_by_two(count)) {
            lapel_rfft32_dsp_twos(bins, bins + count);
            m = 2;
        } else {
            lapel_rfft32_dsp_fours(bins, bins + count);
        }
        for (; m < count; m *= 4) {
            lapel_rfft32_dsp_stage(bins, m, length >> 2, p->sines);
        }
        lapel_rfft32_dsp_parted(bins, length >> 2, p->sines);
    }
}
