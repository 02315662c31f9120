#include "bonsai.h"

/* Add what a node gives to the scores. */
static void lapel_bonsai_node(int16_t *y, const int8_t *x, lapel_index node, const LAPEL_ROM lapel_bonsai_params *p)
{
    const lapel_runs runs = {1, p->dims, 0, 0};
    const LAPEL_ROM int8_t *w = p->w + (size_t)node * (size_t)p->classes * 2 * (size_t)p->dims;

    for (lapel_index l = 0; l < p->classes; l++) {
        const int32_t sum = lapel_dot1(0, x, w, &runs);
        const int32_t bend = lapel_dot1(0, x, w + p->dims, &runs) >> p->drop;

        y[l] = (int16_t)(y[l] + ((sum * lapel_clamp(bend, -128, 127)) >> p->scale));
        w += 2 * p->dims;
    }
}

void lapel_bonsai(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai_params *p)
{
    const lapel_runs runs = {1, p->dims, 0, 0};

    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_index node = 0;

        memset(y, 0, (size_t)p->classes * sizeof *y);
        while (node < p->inner) {
            lapel_bonsai_node(y, x, node, p);
            node = (lapel_index)(2 * node + 1 + (lapel_dot1(p->bias[node], x, p->branch + (size_t)node * (size_t)p->dims, &runs) > 0));
        }
        lapel_bonsai_node(y, x, node, p);
        x += p->dims;
        y += p->classes;
    }
}
