#include "maxpool_dsp.h"

/* The cells of x that a pixel sees, and the limits four times over. */
typedef struct {
    lapel_index rows;
    lapel_index columns;
    lapel_index step; /* from a cell to the next */
    lapel_index skip; /* from the end of a row to the next */
    uint32_t lo;
    uint32_t hi;
} lapel_maxpool_dsp_window;

LAPEL_INLINE void lapel_maxpool_dsp_four(int8_t *y, const int8_t *x, const lapel_maxpool_dsp_window *w)
{
    uint32_t best = w->lo;

    for (lapel_index rows = w->rows; rows > 0; rows--) {
        for (lapel_index columns = w->columns; columns > 0; columns--) {
            best = lapel_max4(best, lapel_read4(x));
            x += w->step;
        }
        x += w->skip;
    }
    lapel_write4(y, lapel_min4(best, w->hi));
}

LAPEL_INLINE void lapel_maxpool_dsp_eight(int8_t *y, const int8_t *x, const lapel_maxpool_dsp_window *w)
{
    uint32_t first = w->lo, second = w->lo;

    for (lapel_index rows = w->rows; rows > 0; rows--) {
        for (lapel_index columns = w->columns; columns > 0; columns--) {
            first = lapel_max4(first, lapel_read4(x));
            second = lapel_max4(second, lapel_read4(x + 4));
            x += w->step;
        }
        x += w->skip;
    }
    lapel_write4(y, lapel_min4(first, w->hi));
    lapel_write4(y + 4, lapel_min4(second, w->hi));
}

/* One output pixel; x is the first cell, if there is one. The last channels may overlap those before them. */
LAPEL_NOINLINE void lapel_maxpool_dsp_pixel(int8_t *y, const int8_t *x, lapel_index rows, lapel_index columns,
                                            const LAPEL_ROM lapel_maxpool_dsp_params *p)
{
    const lapel_index channels = p->channels;
    const lapel_maxpool_dsp_window w = {
        rows, columns, channels, (p->in_w - columns) * channels, lapel_repeat4(p->lo), lapel_repeat4(p->hi),
    };

    if (channels < 8) {
        lapel_maxpool_dsp_four(y, x, &w);
        if (channels > 4) {
            lapel_maxpool_dsp_four(y + channels - 4, x + channels - 4, &w);
        }
        return;
    }
    for (lapel_index c = 0; c < channels; c += 8) {
        c = c > channels - 8 ? channels - 8 : c;
        lapel_maxpool_dsp_eight(y + c, x + c, &w);
    }
}

void lapel_maxpool_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_dsp_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_span rows = lapel_reach(i * p->stride_h - p->pad_top, p->kernel_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_span columns = lapel_reach(j * p->stride_w - p->pad_left, p->kernel_w, p->in_w);
                const int8_t *const first = x + (rows.first * p->in_w + columns.first) * p->channels;

                lapel_maxpool_dsp_pixel(y, first, rows.end - rows.first, columns.end - columns.first, p);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
