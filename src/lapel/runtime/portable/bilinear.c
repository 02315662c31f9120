#include "bilinear.h"

/* The place of one output row or column among the input's. */
typedef struct {
    lapel_index low;  /* index of the neighbour before */
    lapel_index high; /* and after; the same at weight 0 */
    int16_t weight;   /* of `high`, 0..1023 of 1024 */
} lapel_bilinear_place;

static lapel_bilinear_place lapel_bilinear_locate(int32_t at, lapel_index size)
{
    const int32_t last = ((int32_t)size - 1) * 1024;
    lapel_bilinear_place place;

    at = at < 0 ? 0 : at > last ? last : at;
    place.low = (lapel_index)(at / 1024);
    place.weight = (int16_t)(at % 1024);
    place.high = (lapel_index)(place.low + (place.weight != 0 ? 1 : 0));
    return place;
}

/* One output row between two input rows. Magnitudes: across < 2^17, sum <= 2^27. */
static void lapel_bilinear_row(int8_t *y, const int8_t *low, const int8_t *high, int16_t weight,
                               const LAPEL_ROM lapel_bilinear_params *p)
{
    const lapel_index channels = p->channels;
    int32_t at = p->offset_x;

    for (lapel_index j = 0; j < p->y_width; j++) {
        const lapel_bilinear_place place = lapel_bilinear_locate(at, p->x_width);
        const lapel_index left = (lapel_index)(place.low * channels);
        const lapel_index right = (lapel_index)(place.high * channels);

        for (lapel_index c = 0; c < channels; c++) {
            const int16_t a = low[left + c], b = low[right + c], d = high[left + c], e = high[right + c];
            const int32_t upper = a * (int32_t)1024 + (int32_t)place.weight * (b - a);
            const int32_t lower = d * (int32_t)1024 + (int32_t)place.weight * (e - d);

            *y++ = (int8_t)lapel_rounding_shift(upper * 1024 + weight * (lower - upper), 20);
        }
        at += p->step_x;
    }
}

void lapel_bilinear(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_bilinear_params *p)
{
    const size_t x_row = (size_t)p->x_width * (size_t)p->channels;

    for (lapel_index n = 0; n < p->batches; n++) {
        int32_t at = p->offset_y;

        for (lapel_index i = 0; i < p->y_height; i++) {
            const lapel_bilinear_place place = lapel_bilinear_locate(at, p->x_height);

            lapel_bilinear_row(y, x + (size_t)place.low * x_row, x + (size_t)place.high * x_row, place.weight, p);
            y += (size_t)p->y_width * (size_t)p->channels;
            at += p->step_y;
        }
        x += (size_t)p->x_height * x_row;
    }
}
