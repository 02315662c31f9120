#include "rescale.h"

static int32_t lapel_rescale_load(const void *x, lapel_index i, int_fast8_t bytes)
{
    return bytes == 1 ? ((const int8_t *)x)[i] : bytes == 2 ? ((const int16_t *)x)[i] : ((const int32_t *)x)[i];
}

static void lapel_rescale_store(void *y, lapel_index i, int_fast8_t bytes, int32_t v)
{
    if (bytes == 1) {
        ((int8_t *)y)[i] = (int8_t)v;
    } else if (bytes == 2) {
        ((int16_t *)y)[i] = (int16_t)v;
    } else {
        ((int32_t *)y)[i] = v;
    }
}

void lapel_rescale(void *y, const void *x, const LAPEL_ROM lapel_rescale_params *p)
{
    const uint32_t x_zero = (uint32_t)p->x_zero, y_zero = (uint32_t)p->y_zero;
    const int32_t mul = p->mul, lo = p->lo, hi = p->hi;
    const int_fast8_t shift = p->shift;

    for (lapel_index i = 0; i < p->count; i++) {
        const int32_t centred = (int32_t)((uint32_t)lapel_rescale_load(x, i, p->x_bytes) - x_zero);
        const int32_t v = (int32_t)((uint32_t)lapel_requantize(centred, mul, shift) + y_zero);

        lapel_rescale_store(y, i, p->y_bytes, v < lo ? lo : v > hi ? hi : v);
    }
}
