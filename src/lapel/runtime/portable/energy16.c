#include "energy16.h"

void lapel_energy16(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        for (lapel_index i = 0; i < p->bins; i++) {
            int16_t bin[2];
            uint32_t sum = 0;

            memcpy(bin, x, sizeof bin);
            if (i >= p->start && i < p->end) {
                sum = (uint32_t)((int32_t)bin[0] * bin[0]) + (uint32_t)((int32_t)bin[1] * bin[1]);
            }
            memcpy(y, &sum, sizeof sum);
            x += 2;
            y++;
        }
    }
}
