/* Spectral subtraction for Helium: as spectralsubtraction.h, four channels at a time. */
#ifndef LAPEL_SPECTRALSUBTRACTION_MVE_H
#define LAPEL_SPECTRALSUBTRACTION_MVE_H

#include "mve.h"
#include "spectralrow.h"

typedef lapel_spectralsubtraction_params lapel_spectralsubtraction_mve_params;

/* y, noise, x: [rows][channels]; state: [channels]. y may be x; noise may be state if there is one row. */
typedef void lapel_spectralsubtraction_mve_fn(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                              const LAPEL_ROM lapel_spectralsubtraction_mve_params *p);
LAPEL_KERNEL lapel_spectralsubtraction_mve_fn lapel_spectralsubtraction_mve;

#endif
