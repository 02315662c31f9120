#include "softmaxwide.h"

static void lapel_softmaxwide_row(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_softmaxwide_params *p)
{
    const int8_t max = lapel_softmax_max(x, p->classes);
    uint32_t sum = lapel_softmax_sum(x, max, p);
    int_fast8_t exponent = 27; /* shift of the product by scale: 15 to 26 */
    int32_t scale;

    for (; sum < (uint32_t)1 << 31; exponent--) {
        sum <<= 1;
    }
    scale = lapel_reciprocal(sum);
    for (lapel_index c = 0; c < p->classes; c++) {
        const int32_t e = lapel_high_mul(scale, lapel_softmax_exp(max, x[c], p));
        const int32_t v = (int32_t)(((uint32_t)e + ((uint32_t)1 << (exponent - 1))) >> exponent) - 32768;

        y[c] = (int16_t)(v > INT16_MAX ? INT16_MAX : v);
    }
}

void lapel_softmaxwide(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_softmaxwide_params *p)
{
    for (lapel_index row = 0; row < p->rows; row++) {
        lapel_softmaxwide_row(y, x, p);
        x += p->classes;
        y += p->classes;
    }
}
