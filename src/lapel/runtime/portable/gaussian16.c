#include "gaussian16.h"

/* The squared distance of x from a mean; w: its rows, shift: what each of them is shifted by. */
static int32_t lapel_gaussian16_distance(const int16_t *x, lapel_index output, const LAPEL_ROM lapel_gaussian16_params *p)
{
    const LAPEL_ROM int16_t *mean = p->mean + output * p->features;
    const lapel_index set = p->shared ? 0 : output;
    const lapel_index rows = p->full ? p->features * (p->features + 1) / 2 : p->features;
    const LAPEL_ROM int16_t *w = p->w + set * rows;
    const LAPEL_ROM uint8_t *shift = p->shift + set * p->features;
    const int16_t reach = p->reach;
    int32_t d = 0;

    for (lapel_index i = 0; i < p->features; i++) {
        int32_t sum = 0;

        for (lapel_index k = p->full ? 0 : i; k <= i; k++) {
            sum += lapel_clamp16(x[k] * (int32_t)p->unit - mean[k], -reach, reach) * (int32_t)*w++;
        }
        d = lapel_gaussian_add(d, sum, shift[i]);
    }
    return d;
}

void lapel_gaussian16(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_gaussian16_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index c = 0; c < p->outputs; c++) {
            *y++ = p->bias[c] - lapel_gaussian16_distance(x, c, p);
        }
        x += p->features;
    }
}
