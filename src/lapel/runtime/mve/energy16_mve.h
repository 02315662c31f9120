/* Energy of bins as energy16.h says it, four bins at a time. */
#ifndef LAPEL_ENERGY16_MVE_H
#define LAPEL_ENERGY16_MVE_H

#include "energy16.h"
#include "mve.h"

typedef lapel_energy16_params lapel_energy16_mve_params;

/* y: [rows][bins]; x: [rows][bins][2]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_energy16_mve_fn(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_mve_params *p);
LAPEL_KERNEL lapel_energy16_mve_fn lapel_energy16_mve;

#endif
