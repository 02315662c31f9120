#include "energy32.h"

void lapel_energy32(uint64_t *y, const int32_t *x, const LAPEL_ROM lapel_energy32_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        for (lapel_index i = 0; i < p->bins; i++) {
            int32_t bin[2];
            uint64_t sum = 0;

            memcpy(bin, x, sizeof bin);
            if (i >= p->start && i < p->end) {
                sum = (uint64_t)((int64_t)bin[0] * bin[0]) + (uint64_t)((int64_t)bin[1] * bin[1]);
            }
            memcpy(y, &sum, sizeof sum);
            x += 2;
            y++;
        }
    }
}
