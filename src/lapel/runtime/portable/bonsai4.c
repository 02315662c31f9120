#include "bonsai4.h"

/* Add what a node gives to the scores; excess: what each sum of x and nibbles has too much. */
static void lapel_bonsai4_node(int16_t *y, const int8_t *x, lapel_index node, int32_t excess,
                               const LAPEL_ROM lapel_bonsai4_params *p)
{
    const lapel_index bytes = lapel_nibbles_bytes(p->dims);
    const LAPEL_ROM uint8_t *w = p->w + (size_t)node * (size_t)p->classes * 2 * (size_t)bytes;

    for (lapel_index l = 0; l < p->classes; l++) {
        const int32_t sum = lapel_nibbles_sum(x, w, p->dims) - excess;
        const int32_t bend = (lapel_nibbles_sum(x, w + bytes, p->dims) - excess) >> p->drop;

        y[l] = (int16_t)(y[l] + ((sum * lapel_clamp(bend, -128, 127)) >> p->scale));
        w += 2 * bytes;
    }
}

/* The node on the next level. */
static lapel_index lapel_bonsai4_next(const int8_t *x, lapel_index node, int32_t excess,
                                      const LAPEL_ROM lapel_bonsai4_params *p)
{
    const LAPEL_ROM uint8_t *branch = p->branch + (size_t)node * (size_t)lapel_nibbles_bytes(p->dims);

    return (lapel_index)(2 * node + 1 + (p->bias[node] + lapel_nibbles_sum(x, branch, p->dims) > excess));
}

void lapel_bonsai4(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai4_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        const int32_t excess = lapel_nibbles_excess(x, p->dims);
        lapel_index node = 0;

        memset(y, 0, (size_t)p->classes * sizeof *y);
        while (node < p->inner) {
            lapel_bonsai4_node(y, x, node, excess, p);
            node = lapel_bonsai4_next(x, node, excess, p);
        }
        lapel_bonsai4_node(y, x, node, excess, p);
        x += p->dims;
        y += p->classes;
    }
}
