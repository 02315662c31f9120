#include "peak16.h"

void lapel_peak16(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_peak16_params *p)
{
    for (lapel_index r = 0; r < p->rows; r++) {
        int16_t most = 1;

        for (lapel_index i = 0; i < p->samples; i++) {
            most = x[i] > most ? x[i] : most;
        }
        y[r] = most;
        x += p->samples;
    }
}
