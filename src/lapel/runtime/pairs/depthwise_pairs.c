#include "depthwise_pairs.h"
#include "columnsums.h"

/* A row of x with its borders, which are x_zero and contribute nothing. */
static void lapel_depthwise_pairs_read(int8_t *to, const int8_t *x, lapel_index row,
                                       const LAPEL_ROM lapel_depthwise_pairs_params *p)
{
    const lapel_span inside = lapel_clip((lapel_index)-p->pad_left, (lapel_index)(p->out_w + 2), 1, p->in_w);
    const size_t channels = (size_t)p->channels, all = (size_t)(p->out_w + 2) * channels;
    const size_t first = (size_t)inside.first * channels, end = (size_t)inside.end * channels;

    if (row < 0 || row >= p->in_h || inside.end <= inside.first) {
        memset(to, p->x_zero, all);
        return;
    }
    memset(to, p->x_zero, first);
    memcpy(to + first, x + (row * p->in_w + inside.first - p->pad_left) * p->channels, end - first);
    memset(to + end, p->x_zero, all - end);
}

/* A row of y from three of x; its last three pixels may be computed with others before them. */
LAPEL_NOINLINE void lapel_depthwise_pairs_row(int8_t *y, const int8_t *const *rows,
                                              const LAPEL_ROM lapel_depthwise_pairs_params *p)
{
    for (lapel_index i = 0; i < p->out_w; i = (lapel_index)(i + 3)) {
        const lapel_index column = (lapel_index)(i + 3 <= p->out_w ? i : p->out_w - 3);
        const lapel_index at = (lapel_index)(column * p->channels);
        lapel_columns_job job;

        job.y = y + at;
        job.top = rows[0] + at;
        job.middle = rows[1] + at;
        job.bottom = rows[2] + at;
        job.each = p->each;
        job.channels = p->channels;
        job.offset = 2 * p->y_zero + 1;
        lapel_columns_pixels(&job);
    }
}

void lapel_depthwise_pairs(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_pairs_params *p)
{
    const lapel_index row = (lapel_index)((p->out_w + 2) * p->channels);

    for (lapel_index n = p->batches; n > 0; n--) {
        int8_t *top = p->scratch, *middle = top + row, *bottom = middle + row;

        lapel_depthwise_pairs_read(middle, x, (lapel_index)-p->pad_top, p);
        lapel_depthwise_pairs_read(bottom, x, (lapel_index)(1 - p->pad_top), p);
        for (lapel_index i = 0; i < p->out_h; i++) {
            int8_t *const oldest = top;
            const int8_t *rows[3];

            top = middle;
            middle = bottom;
            bottom = oldest;
            lapel_depthwise_pairs_read(bottom, x, (lapel_index)(i + 2 - p->pad_top), p);
            rows[0] = top;
            rows[1] = middle;
            rows[2] = bottom;
            lapel_depthwise_pairs_row(y, rows, p);
            y += p->out_w * p->channels;
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
