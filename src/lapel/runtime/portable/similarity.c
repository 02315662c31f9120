#include "similarity.h"

void lapel_similarity(int16_t *y, const int8_t *x, const int8_t *t, const LAPEL_ROM lapel_similarity_params *p)
{
    const int32_t x_zero = p->x_zero, t_zero = p->template_zero;

    for (lapel_index row = 0; row < p->rows; row++) {
        int32_t across = 0, squares = 0, t_squares = 0, mul;
        int_fast8_t shift;

        for (lapel_index c = 0; c < p->channels; c++) {
            const int32_t v = x[c] - x_zero, w = t[c] - t_zero;

            across += v * w;
            squares += v * v;
            t_squares += w * w;
        }
        shift = lapel_inverse_root(squares, &mul);
        across = lapel_requantize(across, mul, (int_fast8_t)(shift + 15));
        shift = lapel_inverse_root(t_squares, &mul);
        y[row] = lapel_clamp16(lapel_requantize(across, mul, shift), -32768, 32767);
        x += p->channels;
    }
}
