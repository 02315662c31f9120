#include "protonn.h"

/* The squared distance of x from a prototype. */
static int32_t lapel_protonn_distance(const int8_t *x, const LAPEL_ROM int8_t *w, const LAPEL_ROM lapel_protonn_params *p)
{
    const int16_t unit = (int16_t)(1 << (p->halve - 1));
    int32_t sum = 0;

    for (lapel_index k = p->dims; k > 0; k--) {
        const int32_t apart = *x++ - (int32_t)*w++ * unit;

        sum += apart * apart;
    }
    return sum;
}

void lapel_protonn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        const LAPEL_ROM int32_t *offset = p->offset;
        const LAPEL_ROM int8_t *w = p->w;
        lapel_prototypes scores = {p->table, y, INT32_MAX, p->last, p->drop};

        for (lapel_index l = 0; l < p->classes; l++) {
            *y = 0;
            for (uint8_t j = p->counts[l]; j > 0; j--) {
                lapel_prototypes_add(y, (lapel_protonn_distance(x, w, p) >> p->halve) + *offset++, &scores);
                w += p->dims;
            }
            y++;
        }
        *scores.nearest = (int16_t)(*scores.nearest + 1);
        x += p->dims;
    }
}
