#include "bankroot.h"
#include "roundedroot.h"

void lapel_bankroot(uint32_t *y, const uint64_t *x, const int32_t *bits, const LAPEL_ROM lapel_bankroot_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const uint32_t right = (uint32_t)*bits++;

        for (lapel_index c = p->channels; c > 0; c--) {
            const uint32_t high = (uint32_t)(*x >> 32), low = (uint32_t)*x;
            const uint32_t root = high > 0 ? lapel_rounded_root_64(high, low) : lapel_rounded_root_32(low);

            *y++ = right > 31u ? 0 : root >> right;
            x++;
        }
    }
}
