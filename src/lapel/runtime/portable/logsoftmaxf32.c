#include "logsoftmaxf32.h"

static void lapel_logsoftmaxf32_row(float *y, const float *x, lapel_index classes)
{
    float most = x[0], sum = 0.0f;

    for (lapel_index i = 1; i < classes; i++) {
        most = lapel_float_alone(x[i] > most ? x[i] : most);
    }
    for (lapel_index i = 0; i < classes; i++) {
        sum += lapel_float_exp(x[i] - most);
    }
    sum = lapel_float_log(sum);
    for (lapel_index i = 0; i < classes; i++) {
        y[i] = lapel_float_alone(x[i] - most - sum);
    }
}

void lapel_logsoftmaxf32(float *y, const float *x, const LAPEL_ROM lapel_logsoftmaxf32_params *p)
{
    const lapel_index classes = p->classes;

    for (lapel_index n = p->rows; n > 0; n--) {
        lapel_logsoftmaxf32_row(y, x, classes);
        y += classes;
        x += classes;
    }
}
