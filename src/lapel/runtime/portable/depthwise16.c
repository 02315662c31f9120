#include "depthwise16.h"

/* Taps inside x of one output pixel: rows and columns, and the first of them in x and w. */
typedef struct {
    lapel_index rows;
    lapel_index columns;
    const int16_t *x;
    const LAPEL_ROM int8_t *w;
} lapel_depthwise16_taps;

/* Sum over the taps of one output channel, a row in 32 bits where it is not too long for that. */
static int64_t lapel_depthwise16_sum(const int16_t *x, const LAPEL_ROM int8_t *w, const lapel_depthwise16_taps *t,
                                     const LAPEL_ROM lapel_depthwise16_params *p)
{
    const lapel_index x_step = (lapel_index)(p->dilation_w * p->in_c);
    const lapel_index x_row = (lapel_index)(p->dilation_h * p->in_w * p->in_c);
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->out_c);
    int64_t acc = 0;

    for (lapel_index u = t->rows; u > 0; u--) {
        const int16_t *cell = x;
        const LAPEL_ROM int8_t *tap = w;

        for (lapel_index left = t->columns, part; left > 0; left = (lapel_index)(left - part)) {
            int32_t sum = 0;

            part = left < LAPEL_DOT16_PART ? left : LAPEL_DOT16_PART;
            for (lapel_index v = part; v > 0; v--) {
                sum += (int32_t)*cell * *tap;
                cell += x_step;
                tap += p->out_c;
            }
            acc += sum;
        }
        x += x_row;
        w += w_row;
    }
    return acc;
}

static void lapel_depthwise16_pixel(int16_t *y, const lapel_depthwise16_taps *t,
                                    const LAPEL_ROM lapel_depthwise16_params *p)
{
    const lapel_output16 output = {p->mul, p->shift, p->per_channel, p->reduced, p->lo, p->hi};
    lapel_index o = 0;

    for (lapel_index c = 0; c < p->in_c; c++) {
        for (lapel_index m = 0; m < p->multiplier; m++) {
            const int64_t acc = p->bias[o] + lapel_depthwise16_sum(t->x + c, t->w + o, t, p);

            lapel_finish16(y + o, &acc, o, 1, &output);
            o++;
        }
    }
}

void lapel_depthwise16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);
                const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
                lapel_depthwise16_taps t = {0, 0, x, p->w};

                if (rows.first < rows.end && columns.first < columns.end) {
                    t.rows = (lapel_index)(rows.end - rows.first);
                    t.columns = (lapel_index)(columns.end - columns.first);
                    t.x += ((top + rows.first * p->dilation_h) * p->in_w + left + columns.first * p->dilation_w) * p->in_c;
                    t.w += (rows.first * p->kernel_w + columns.first) * p->out_c;
                }
                lapel_depthwise16_pixel(y, &t, p);
                y += p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
