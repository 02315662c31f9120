#include "filterbankrow.h"

void lapel_filterbank(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_filterbank_row(y, x, p);
        y += p->channels;
        x += p->bins;
    }
}
