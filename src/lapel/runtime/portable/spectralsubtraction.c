#include "spectralrow.h"

void lapel_spectralsubtraction(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                               const LAPEL_ROM lapel_spectralsubtraction_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_spectral_row(y, noise, x, state, p);
        state = noise;
        noise += p->channels;
        x += p->channels;
        y += p->channels;
    }
}
