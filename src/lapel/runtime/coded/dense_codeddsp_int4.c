#include "dense_codeddsp_int4.h"

/* mask & (a >> n), one instruction. */
#ifdef LAPEL_DSP_ASM
LAPEL_FORCE_INLINE uint32_t lapel_and_right(uint32_t mask, uint32_t a, const int n)
{
    uint32_t r;

    __asm__("and %0, %1, %2, lsr %3" : "=r"(r) : "r"(mask), "r"(a), "i"(n));
    return r;
}
#else
LAPEL_FORCE_INLINE uint32_t lapel_and_right(uint32_t mask, uint32_t a, const int n)
{
    return mask & a >> n;
}
#endif

/* acc + the sum of eight x, pairs of those that are four apart, times the indexes in `word`. */
LAPEL_INLINE int32_t lapel_int4_eight(int32_t acc, uint32_t word, uint32_t mask, const uint32_t *pairs)
{
    acc = lapel_smlad(word & mask, pairs[0], acc);
    acc = lapel_smlad(lapel_and_right(mask, word, 4), pairs[1], acc);
    acc = lapel_smlad(lapel_and_right(mask, word, 8), pairs[2], acc);
    return lapel_smlad(lapel_and_right(mask, word, 12), pairs[3], acc);
}

/* pairs: x[k] and x[k + 4] as int16. */
LAPEL_INLINE void lapel_int4_pairs(uint32_t *pairs, const int8_t *x)
{
    const uint32_t low = lapel_read4(x), high = lapel_read4(x + 4);
    const uint32_t even = lapel_sxtb16(low), odd = lapel_sxtb16_odd(low);
    const uint32_t high_even = lapel_sxtb16(high), high_odd = lapel_sxtb16_odd(high);

    pairs[0] = lapel_pkhbt(even, high_even);
    pairs[1] = lapel_pkhbt(odd, high_odd);
    pairs[2] = lapel_pkhtb(high_even, even);
    pairs[3] = lapel_pkhtb(high_odd, odd);
}

/* sums[r] += the sum of x times the indexes of row r = 0 and 1, for 8 * blocks of each; rows are `row` bytes. */
LAPEL_NOINLINE void lapel_int4_rows(int32_t *sums, const int8_t *x, const LAPEL_ROM uint8_t *codes, size_t row,
                                    lapel_index blocks)
{
    uint32_t mask = 0x000F000Fu;
    int32_t a = sums[0], b = sums[1];

    for (; blocks > 0; blocks--) {
        uint32_t pairs[4];

        lapel_int4_pairs(pairs, x);
        a = lapel_int4_eight(a, lapel_read4(codes), mask, pairs);
        b = lapel_int4_eight(b, lapel_read4(codes + row), mask, pairs);
        codes += 4;
        x += 8;
    }
    sums[0] = a;
    sums[1] = b;
}

/* One row of x: the sums of two outputs at a time; the last one may be computed twice. */
static void lapel_int4_layer(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_codeddsp_int4_params *p)
{
    const lapel_output output = lapel_coded_output(&p->layer);
    const lapel_biases biases = lapel_coded_biases(&p->layer);
    const lapel_index blocks = p->layer.inputs >> 3, rest = p->layer.inputs & 7;
    const size_t row = (size_t)p->layer.inputs >> 1;
    int8_t tail[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    int32_t total = 0;
    uint32_t whole;

    for (lapel_index k = 0; k < p->layer.inputs; k++) {
        total += x[k];
    }
    whole = (uint32_t)total * (uint32_t)p->code.first;
    memcpy(tail, x + 8 * blocks, (size_t)rest);
    for (lapel_index o = 0; o < p->layer.outputs; o += 2) {
        const LAPEL_ROM uint8_t *codes;
        int32_t sums[2] = {0, 0};

        o = o > p->layer.outputs - 2 ? p->layer.outputs - 2 : o;
        codes = p->code.codes + (size_t)o * row;
        lapel_int4_rows(sums, x, codes, row, blocks);
        if (rest != 0) {
            lapel_int4_rows(sums, tail, codes + 4 * blocks, row, 1);
        }
        for (lapel_index i = 0; i < 2; i++) {
            const uint32_t sum = whole + (uint32_t)sums[i] * (uint32_t)p->code.step;

            sums[i] = (int32_t)(sum + (uint32_t)lapel_bias_of(&biases, o + i));
        }
        lapel_finish(y + o, sums, o, 2, &output);
    }
}

void lapel_dense_codeddsp_int4(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_codeddsp_int4_params *p)
{
    for (lapel_index n = p->layer.batches; n > 0; n--) {
        lapel_int4_layer(y, x, p);
        x += p->layer.inputs;
        y += p->layer.outputs;
    }
}
