#include "depthwise16_mve.h"

/* Taps inside x of one output pixel, and the first of them in x and w. */
typedef struct {
    const int16_t *x;
    const LAPEL_ROM int8_t *w;
    lapel_index rows;
    lapel_index columns;
} lapel_depthwise16_mve_taps;

#ifdef LAPEL_MVE_ARM

/* Eight channels of one pixel, or the last `count`: products of even and odd lanes apart, each to 32 bits. */
LAPEL_INLINE void lapel_depthwise16_mve_eight(int16_t *y, const int16_t *x, const LAPEL_ROM int8_t *w,
                                              const LAPEL_ROM int32_t *table, lapel_index count,
                                              const lapel_depthwise16_mve_taps *t,
                                              const LAPEL_ROM lapel_depthwise16_mve_params *p)
{
    const lapel_index step = p->dilation_w * p->channels, row = p->dilation_h * p->in_w * p->channels;
    const mve_pred16_t lanes = vctp16q((uint32_t)count);
    int32x4_t even = vldrwq_s32(table), odd = vldrwq_s32(table + 4);

    for (lapel_index u = t->rows; u > 0; u--) {
        const int16_t *cell = x;
        const LAPEL_ROM int8_t *tap = w;

        for (lapel_index v = t->columns; v > 0; v--) {
            const int16x8_t a = vldrhq_z_s16(cell, lanes), b = vldrbq_z_s16(tap, lanes);

            even = vaddq_s32(even, vmullbq_int_s16(a, b));
            odd = vaddq_s32(odd, vmulltq_int_s16(a, b));
            cell += step;
            tap += p->channels;
        }
        x += row;
        w += p->kernel_w * p->channels;
    }
    even = lapel_mve16_scale(even, vldrwq_s32(table + 8), vldrwq_s32(table + 16), p->lo, p->hi);
    odd = lapel_mve16_scale(odd, vldrwq_s32(table + 12), vldrwq_s32(table + 20), p->lo, p->hi);
    vstrhq_p_s16(y, vmovntq_s32(vreinterpretq_s16_s32(even), odd), lanes);
}

#else

LAPEL_INLINE void lapel_depthwise16_mve_eight(int16_t *y, const int16_t *x, const LAPEL_ROM int8_t *w,
                                              const LAPEL_ROM int32_t *table, lapel_index count,
                                              const lapel_depthwise16_mve_taps *t,
                                              const LAPEL_ROM lapel_depthwise16_mve_params *p)
{
    for (lapel_index c = 0; c < count && c < 8; c++) {
        const LAPEL_ROM int32_t *lane = table + 4 * (c & 1) + (c >> 1);
        int32_t acc = lane[0];

        for (lapel_index u = 0; u < t->rows; u++) {
            for (lapel_index v = 0; v < t->columns; v++) {
                acc += x[(u * p->dilation_h * p->in_w + v * p->dilation_w) * p->channels + c] *
                       w[(u * p->kernel_w + v) * p->channels + c];
            }
        }
        y[c] = (int16_t)lapel_mve16_scale(acc, lane[8], lane[16], p->lo, p->hi);
    }
}

#endif

static void lapel_depthwise16_mve_pixel(int16_t *y, const lapel_depthwise16_mve_taps *t,
                                        const LAPEL_ROM lapel_depthwise16_mve_params *p)
{
    const LAPEL_ROM int32_t *table = p->table;

    for (lapel_index c = 0; c < p->channels; c += 8) {
        lapel_depthwise16_mve_eight(y + c, t->x + c, t->w + c, table, p->channels - c, t, p);
        table += 24;
    }
}

void lapel_depthwise16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_mve_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;
            const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = j * p->stride_w - p->pad_left;
                const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
                lapel_depthwise16_mve_taps t = {x, p->w, rows.end - rows.first, columns.end - columns.first};

                if (t.rows > 0 && t.columns > 0) {
                    t.x += ((top + rows.first * p->dilation_h) * p->in_w + left + columns.first * p->dilation_w) *
                           p->channels;
                    t.w += (rows.first * p->kernel_w + columns.first) * p->channels;
                }
                lapel_depthwise16_mve_pixel(y, &t, p);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
