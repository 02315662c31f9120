#include "centroid.h"

/* Reciprocal norms of the rows, as multipliers. */
typedef struct {
    int32_t mul[LAPEL_CENTROID_MOST];
    int_fast8_t shift[LAPEL_CENTROID_MOST];
} lapel_centroid_norms;

static void lapel_centroid_measure(lapel_centroid_norms *norms, const int8_t *x,
                                   const LAPEL_ROM lapel_centroid_params *p)
{
    for (lapel_index row = 0; row < p->rows; row++) {
        int32_t sum = 0;

        for (lapel_index c = 0; c < p->channels; c++) {
            const int32_t v = x[c] - (int32_t)p->x_zero;

            sum += v * v;
        }
        norms->shift[row] = (int_fast8_t)(lapel_inverse_root(sum, &norms->mul[row]) + 14);
        x += p->channels;
    }
}

/* The sum of one channel of all rows, each divided by its norm, 2^14 being 1.0. */
static int32_t lapel_centroid_sum(const lapel_centroid_norms *norms, const int8_t *x,
                                  const LAPEL_ROM lapel_centroid_params *p)
{
    int32_t sum = 0;

    for (lapel_index row = 0; row < p->rows; row++) {
        sum += lapel_requantize(*x - (int32_t)p->x_zero, norms->mul[row], norms->shift[row]);
        x += p->channels;
    }
    return sum;
}

void lapel_centroid(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_centroid_params *p)
{
    lapel_centroid_norms norms;
    int32_t most = 1;

    lapel_centroid_measure(&norms, x, p);
    for (lapel_index c = 0; c < p->channels; c++) {
        const int32_t sum = lapel_centroid_sum(&norms, x + c, p), size = sum < 0 ? -sum : sum;

        most = size > most ? size : most;
    }
    for (lapel_index c = 0; c < p->channels; c++) {
        const int32_t sum = lapel_centroid_sum(&norms, x + c, p), size = sum < 0 ? -sum : sum;
        const int32_t scaled = (254 * size + most) / (2 * most);

        y[c] = (int8_t)(sum < 0 ? -scaled : scaled);
    }
}
