#include "conv16.h"

/* `count` (1 or 4) output channels from o of one pixel, of which x is the first tap. */
static void lapel_conv16_channels(int16_t *y, const int16_t *x, const lapel_taps *t, lapel_index o, lapel_index count,
                                  const LAPEL_ROM lapel_conv16_params *p)
{
    const lapel_output16 output = {p->mul, p->shift, p->per_channel, p->reduced, p->lo, p->hi};
    const size_t w_next = lapel_taps_filter(&p->shape);
    const LAPEL_ROM int8_t *w = p->w + t->w_first + (size_t)o * w_next;
    int64_t acc[4];

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
    }
    for (lapel_index turn = t->turns; turn > 0; turn--) {
        if (count == 4) {
            lapel_dot16_4(acc, x, w, w_next, &t->runs);
        } else {
            acc[0] = lapel_dot16_1(acc[0], x, w, &t->runs);
        }
        x += t->x_turn;
        w += t->w_turn;
    }
    lapel_finish16(y + o, acc, o, count, &output);
}

static void lapel_conv16_pixel(int16_t *y, const int16_t *x, const lapel_taps *t,
                               const LAPEL_ROM lapel_conv16_params *p)
{
    const LAPEL_ROM lapel_taps_shape *s = &p->shape;

    x += t->x_first;
    for (lapel_index g = 0; g < s->groups; g++) {
        const lapel_index end = (lapel_index)((g + 1) * s->group_out);
        lapel_index count;

        for (lapel_index o = (lapel_index)(end - s->group_out); o < end; o = (lapel_index)(o + count)) {
            count = end - o < 4 ? 1 : 4;
            lapel_conv16_channels(y, x + g * s->group_in, t, o, count, p);
        }
    }
}

void lapel_conv16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_params *p)
{
    const LAPEL_ROM lapel_taps_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            for (lapel_index j = 0; j < s->out_w; j++) {
                const lapel_taps taps = lapel_taps_find(i, j, s);

                lapel_conv16_pixel(y, x, &taps, p);
                y += s->out_c;
            }
        }
        x += s->in_h * s->in_w * s->in_c;
    }
}
