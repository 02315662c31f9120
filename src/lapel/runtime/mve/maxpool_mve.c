#include "maxpool_mve.h"

#ifdef LAPEL_MVE_ARM

/* One output pixel; x is the first cell, if there is one. Up to 16 channels at a time, each read before it is written. */
LAPEL_NOINLINE void lapel_maxpool_mve_pixel(int8_t *y, const int8_t *x, lapel_index rows, lapel_index columns,
                                            const LAPEL_ROM lapel_maxpool_mve_params *p)
{
    const lapel_index step = p->shape.channels, row = p->shape.in_w * step;
    const int8x16_t lo = vdupq_n_s8(p->lo), hi = vdupq_n_s8(p->hi);

    for (lapel_index left = step; left > 0; left -= 16) {
        int8x16_t best = lo;
        const int8_t *line = x;

        for (lapel_index u = rows; u > 0; u--) {
            const int8_t *cell = line;

            __asm__ volatile(LAPEL_MVE_KEEP
                             "vctp.8 %[left]\n"
                             "wls lr, %[columns], 2f\n"
                             "1: vpst\n"
                             "vldrbt.8 q7, [%[cell]]\n"
                             "vmax.s8 %q[best], %q[best], q7\n"
                             "add %[cell], %[step]\n"
                             "le lr, 1b\n"
                             "2:" LAPEL_MVE_KEPT
                             : [best] "+&w"(best), [cell] "+&l"(cell)
                             : [left] "r"(left), [columns] "r"(columns), [step] "r"(step)
                             : "lr", "q7", LAPEL_MVE_P0 "memory");
            line += row;
        }
        vstrbq_p_s8(y, vminq_s8(best, hi), vctp8q((uint32_t)left));
        x += 16;
        y += 16;
    }
}

#else

/* One output pixel; x is the first cell, if there is one. */
LAPEL_NOINLINE void lapel_maxpool_mve_pixel(int8_t *y, const int8_t *x, lapel_index rows, lapel_index columns,
                                            const LAPEL_ROM lapel_maxpool_mve_params *p)
{
    for (lapel_index c = 0; c < p->shape.channels; c++) {
        int32_t best = p->lo;

        for (lapel_index k = 0; k < rows * columns; k++) {
            const int32_t cell = x[(k / columns * p->shape.in_w + k % columns) * p->shape.channels + c];

            best = cell > best ? cell : best;
        }
        y[c] = (int8_t)(best < p->hi ? best : p->hi);
    }
}

#endif

void lapel_maxpool_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_mve_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                const lapel_span columns = lapel_pool_columns(j, s);
                const int8_t *const first = x + (rows.first * s->in_w + columns.first) * s->channels;

                lapel_maxpool_mve_pixel(y, first, rows.end - rows.first, columns.end - columns.first, p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
