#include "project.h"

void lapel_project(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project_params *p)
{
    const lapel_runs runs = {1, p->inputs, 0, 0};

    for (lapel_index n = p->batches; n > 0; n--) {
        const LAPEL_ROM int8_t *w = p->w;

        for (lapel_index o = 0; o < p->outputs; o++) {
            *y++ = lapel_clamp(lapel_dot1(p->bias[o], x, w, &runs) >> p->drop, -128, 127);
            w += p->inputs;
        }
        x += p->inputs;
    }
}
