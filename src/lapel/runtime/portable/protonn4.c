#include "protonn4.h"

/* Of d_j >> halve what is the same for all prototypes, and what lapel_nibbles_sum has too much. */
static int32_t lapel_protonn4_start(const int8_t *x, const LAPEL_ROM lapel_protonn4_params *p)
{
    int32_t squares = 0;

    for (lapel_index k = 0; k < p->dims; k++) {
        squares += x[k] * x[k];
    }
    return (squares >> p->halve) + lapel_nibbles_excess(x, p->dims);
}

void lapel_protonn4(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn4_params *p)
{
    const lapel_index dims = p->dims, bytes = lapel_nibbles_bytes(dims);

    for (lapel_index n = p->batches; n > 0; n--) {
        const int32_t start = lapel_protonn4_start(x, p);
        const LAPEL_ROM int16_t *norm = p->norm;
        const LAPEL_ROM uint8_t *w = p->w;
        lapel_prototypes scores = {p->table, y, INT32_MAX, p->last, p->drop};

        for (lapel_index l = 0; l < p->classes; l++) {
            *y = 0;
            for (uint8_t j = p->counts[l]; j > 0; j--) {
                lapel_prototypes_add(y, start + *norm++ - lapel_nibbles_sum(x, w, dims), &scores);
                w += bytes;
            }
            y++;
        }
        *scores.nearest = (int16_t)(*scores.nearest + 1);
        x += dims;
    }
}
