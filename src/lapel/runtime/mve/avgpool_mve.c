#include "avgpool_mve.h"

#ifdef LAPEL_MVE_ARM

/* The cells rows x columns of up to eight channels, added. x: the first cell; row: from one row to the next. */
static int16x8_t lapel_avgpool_mve_sum(const int8_t *x, lapel_index row, lapel_span rows, lapel_span columns,
                                       lapel_index step, lapel_index lanes)
{
    int16x8_t sum = vdupq_n_s16(0);

    for (lapel_index u = rows.first; u < rows.end; u++) {
        const int8_t *cell = x;

        __asm__ volatile(LAPEL_MVE_KEEP
                         "vctp.16 %[lanes]\n"
                         "dls lr, %[count]\n"
                         "1: vpst\n"
                         "vldrbt.s16 q7, [%[cell]]\n"
                         "vadd.i16 %q[sum], %q[sum], q7\n"
                         "add %[cell], %[step]\n"
                         "le lr, 1b" LAPEL_MVE_KEPT
                         : [sum] "+&w"(sum), [cell] "+&l"(cell)
                         : [lanes] "r"(lanes), [count] "r"(columns.end - columns.first), [step] "r"(step)
                         : "lr", "q7", LAPEL_MVE_P0 "memory");
        x += row;
    }
    return sum;
}

/* One output pixel: the cells rows x columns inside x, at least one.
 *
 * n = |sum| + count / 2 < 2^15 is divided by count as n * multiplier / 2^(15 + bits), 2^bits >= count: the multiplier
 * exceeds 2^(15 + bits) / count by less than 1, n times that by less than 2^15 <= 2^(15 + bits) / count. */
LAPEL_NOINLINE void lapel_avgpool_mve_pixel(int8_t *y, const int8_t *x, lapel_span rows, lapel_span columns,
                                            const LAPEL_ROM lapel_avgpool_mve_params *p)
{
    const uint32_t count = (uint32_t)((rows.end - rows.first) * (columns.end - columns.first));
    const lapel_index row = (lapel_index)(p->shape.in_w * p->shape.channels);
    int32_t bits = 1;
    uint32_t multiplier;

    while ((uint32_t)1 << bits < count) {
        bits++;
    }
    multiplier = (((uint32_t)1 << (15 + bits)) + count - 1) / count;
    x += rows.first * row + columns.first * p->shape.channels;
    for (lapel_index left = p->shape.channels; left > 0; left -= 8) {
        const int16x8_t sum = lapel_avgpool_mve_sum(x, row, rows, columns, p->shape.channels, left);
        const int16x8_t sign = vshrq_n_s16(sum, 15);
        const uint16x8_t n = vaddq_n_u16(vreinterpretq_u16_s16(vabsq_s16(sum)), (uint16_t)(count / 2));
        const uint16x8_t high = vmulhq_u16(n, vdupq_n_u16((uint16_t)multiplier));
        const int16x8_t size = vreinterpretq_s16_u16(count == 1 ? n : vshlq_r_u16(high, 1 - bits));
        const int16x8_t mean = vsubq_s16(veorq_s16(size, sign), sign);

        vstrbq_p_s16(y, vmaxq_s16(vminq_s16(mean, vdupq_n_s16(p->hi)), vdupq_n_s16(p->lo)), vctp16q((uint32_t)left));
        x += 8;
        y += 8;
    }
}

#else

/* One output pixel: the cells rows x columns inside x, at least one. */
LAPEL_NOINLINE void lapel_avgpool_mve_pixel(int8_t *y, const int8_t *x, lapel_span rows, lapel_span columns,
                                            const LAPEL_ROM lapel_avgpool_mve_params *p)
{
    const uint32_t count = (uint32_t)((rows.end - rows.first) * (columns.end - columns.first));
    int32_t bits = 1;
    uint32_t multiplier;

    while ((uint32_t)1 << bits < count) {
        bits++;
    }
    multiplier = (((uint32_t)1 << (15 + bits)) + count - 1) / count;
    for (lapel_index c = 0; c < p->shape.channels; c++) {
        int16_t sum = 0, mean;
        uint16_t n, size;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum = (int16_t)(sum + x[(u * p->shape.in_w + v) * p->shape.channels + c]);
            }
        }
        n = (uint16_t)((sum < 0 ? -sum : sum) + (int32_t)(count / 2));
        size = (uint16_t)(count == 1 ? n : (n * multiplier >> 16) >> (bits - 1));
        mean = (int16_t)(sum < 0 ? -(int32_t)size : (int32_t)size);
        y[c] = lapel_clamp(mean, p->lo, p->hi);
    }
}

#endif

void lapel_avgpool_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_mve_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                lapel_avgpool_mve_pixel(y, x, rows, lapel_pool_columns(j, s), p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
