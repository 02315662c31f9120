#include "softmaxrow.h"

static void lapel_softmax_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_params *p)
{
    const int8_t max = lapel_softmax_max(x, p->classes);
    uint32_t sum = lapel_softmax_sum(x, max, p);
    int32_t scale;
    int_fast8_t exponent = 35; /* shift of the product by scale: 23 to 34 */

    for (; sum < (uint32_t)1 << 31; exponent--) {
        sum <<= 1;
    }
    scale = lapel_reciprocal(sum);
    if (exponent > 31) { /* over 512 classes share the maximum: no quotient reaches 1/512 */
        exponent = 31;
        scale = 0;
    }
    for (lapel_index c = 0; c < p->classes; c++) {
        const int32_t e = lapel_high_mul(scale, lapel_softmax_exp(max, x[c], p));
        const int32_t v = (int32_t)(((uint32_t)e + ((uint32_t)1 << (exponent - 1))) >> exponent);
        y[c] = lapel_clamp(v - 128, -128, 127);
    }
}

void lapel_softmax(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_params *p)
{
    for (lapel_index row = 0; row < p->rows; row++) {
        lapel_softmax_row(y, x, p);
        x += p->classes;
        y += p->classes;
    }
}
