#include "bilinearf32.h"

LAPEL_INLINE float lapel_bilinearf32_between(float low, float high, float weight)
{
    return lapel_float_alone(low * (1.0f - weight) + high * weight);
}

/* One output row between two input rows. */
static void lapel_bilinearf32_row(float *y, const float *low, const float *high, float weight,
                                  const LAPEL_ROM lapel_bilinearf32_params *p)
{
    const lapel_index channels = p->channels;

    for (lapel_index j = 0; j < p->y_width; j++) {
        const lapel_index column = p->columns[j];
        const lapel_index left = (lapel_index)(column * channels);
        const lapel_index right = column + 1 < p->x_width ? (lapel_index)(left + channels) : left;

        for (lapel_index c = 0; c < channels; c++) {
            const float a = lapel_bilinearf32_between(low[left + c], high[left + c], weight);
            const float b = lapel_bilinearf32_between(low[right + c], high[right + c], weight);

            *y++ = lapel_bilinearf32_between(a, b, p->column_weights[j]);
        }
    }
}

void lapel_bilinearf32(float *y, const float *x, const LAPEL_ROM lapel_bilinearf32_params *p)
{
    const size_t x_row = (size_t)p->x_width * (size_t)p->channels;

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->y_height; i++) {
            const lapel_index row = p->rows[i];
            const float *low = x + (size_t)row * x_row;

            lapel_bilinearf32_row(y, low, row + 1 < p->x_height ? low + x_row : low, p->row_weights[i], p);
            y += (size_t)p->y_width * (size_t)p->channels;
        }
        x += (size_t)p->x_height * x_row;
    }
}
