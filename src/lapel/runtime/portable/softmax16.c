#include "softmax16.h"

/* On the line of the segment of v, of which the table's first begins at -32768. */
static int16_t lapel_softmax16_find(const LAPEL_ROM int16_t *table, int32_t v)
{
    const int32_t limited = lapel_clamp16(v, INT16_MIN, INT16_MAX);
    const LAPEL_ROM int16_t *at = table + (lapel_index)(256 + (limited >> 7));
    const int32_t rise = (int32_t)at[1] - at[0];

    return (int16_t)(at[0] + ((rise * (limited & 127) + 64) >> 7));
}

static int_fast8_t lapel_softmax16_leading_zeros(uint32_t v)
{
    int_fast8_t n = 0;

    for (; (v & 0x80000000u) == 0; v <<= 1) {
        n++;
    }
    return n;
}

/* y: the exponentials on entry. total: their sum, at least 2^14. */
static void lapel_softmax16_divide(int16_t *y, int32_t total, const LAPEL_ROM lapel_softmax16_params *p)
{
    const int_fast8_t zeros = lapel_softmax16_leading_zeros((uint32_t)total);
    const int32_t fraction = (int32_t)((((uint32_t)total << (zeros - 1)) + ((uint32_t)1 << 13)) >> 14);
    const int32_t scale = lapel_softmax16_find(p->reciprocals, fraction - 0x18000);
    const int32_t half = (int32_t)1 << (30 - zeros);

    for (lapel_index c = 0; c < p->classes; c++) {
        y[c] = lapel_clamp16((y[c] * scale + half) >> (31 - zeros), 0, INT16_MAX);
    }
}

void lapel_softmax16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_softmax16_params *p)
{
    for (lapel_index n = p->rows; n > 0; n--) {
        int16_t most = INT16_MIN;
        int32_t total = 0;

        for (lapel_index c = 0; c < p->classes; c++) {
            most = x[c] > most ? x[c] : most;
        }
        for (lapel_index c = 0; c < p->classes; c++) {
            const int32_t v = lapel_requantize((int32_t)x[c] - most, p->mul, p->shift);

            y[c] = lapel_softmax16_find(p->exps, v + INT16_MAX);
            total += y[c];
        }
        lapel_softmax16_divide(y, total, p);
        x += p->classes;
        y += p->classes;
    }
}
