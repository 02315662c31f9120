#include "maxpool_dsp.h"

/* The cells of x that a pixel sees, at least one, and the limits four times over. */
typedef struct {
    lapel_index rows;
    lapel_index line; /* bytes of a row of cells */
    lapel_index skip; /* from its end to the next row */
    lapel_index step; /* from a cell to the next */
    uint32_t lo;
    uint32_t hi;
} lapel_maxpool_dsp_window;

LAPEL_INLINE void lapel_maxpool_dsp_four(int8_t *y, const int8_t *x, const lapel_maxpool_dsp_window *w)
{
    lapel_index rows = w->rows;
    uint32_t best = w->lo;

    do {
        const int8_t *const end = x + w->line;

        do {
            best = lapel_max4(best, lapel_read4(x));
            x += w->step;
        } while (x != end);
        x += w->skip;
    } while (--rows > 0);
    lapel_write4(y, lapel_min4(best, w->hi));
}

LAPEL_INLINE void lapel_maxpool_dsp_eight(int8_t *y, const int8_t *x, const lapel_maxpool_dsp_window *w)
{
    lapel_index rows = w->rows;
    uint32_t first = w->lo, second = w->lo;

    do {
        const int8_t *const end = x + w->line;

        do {
            first = lapel_max4(first, lapel_read4(x));
            second = lapel_max4(second, lapel_read4(x + 4));
            x += w->step;
        } while (x != end);
        x += w->skip;
    } while (--rows > 0);
    lapel_write4(y, lapel_min4(first, w->hi));
    lapel_write4(y + 4, lapel_min4(second, w->hi));
}

/* One output pixel; x is the first cell, if there is one. The last channels may overlap those before them. */
LAPEL_NOINLINE void lapel_maxpool_dsp_pixel(int8_t *y, const int8_t *x, lapel_index rows, lapel_index columns,
                                            const LAPEL_ROM lapel_maxpool_dsp_params *p)
{
    const lapel_index channels = p->shape.channels, line = columns * channels;
    const lapel_maxpool_dsp_window w = {
        rows, line, p->shape.in_w * channels - line, channels, lapel_repeat4(p->lo), lapel_repeat4(p->hi),
    };

    if (rows == 0 || columns == 0) {
        memset(y, p->lo, (size_t)channels);
    } else if (channels < 8) {
        lapel_maxpool_dsp_four(y, x, &w);
        if (channels > 4) {
            lapel_maxpool_dsp_four(y + channels - 4, x + channels - 4, &w);
        }
    } else {
        for (lapel_index c = 0; c < channels; c += 8) {
            c = c > channels - 8 ? channels - 8 : c;
            lapel_maxpool_dsp_eight(y + c, x + c, &w);
        }
    }
}

void lapel_maxpool_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_dsp_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                const lapel_span columns = lapel_pool_columns(j, s);
                const int8_t *const first = x + (rows.first * s->in_w + columns.first) * s->channels;

                lapel_maxpool_dsp_pixel(y, first, rows.end - rows.first, columns.end - columns.first, p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
