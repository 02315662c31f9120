#include "softmaxf32.h"

static void lapel_softmaxf32_row(float *y, const float *x, lapel_index classes, float beta)
{
    float most = x[0], sum = 0.0f;

    for (lapel_index i = 1; i < classes; i++) {
        most = lapel_float_alone(x[i] > most ? x[i] : most);
    }
    for (lapel_index i = 0; i < classes; i++) {
        y[i] = lapel_float_exp((x[i] - most) * beta);
        sum += y[i];
    }
    for (lapel_index i = 0; i < classes; i++) {
        y[i] = lapel_float_alone(lapel_float_quotient(y[i], sum));
    }
}

void lapel_softmaxf32(float *y, const float *x, const LAPEL_ROM lapel_softmaxf32_params *p)
{
    const lapel_index classes = p->classes;

    for (lapel_index n = p->rows; n > 0; n--) {
        lapel_softmaxf32_row(y, x, classes, p->beta);
        y += classes;
        x += classes;
    }
}
