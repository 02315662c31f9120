/* Energy of bins as energy16.h says it, a bin a word. */
#ifndef LAPEL_ENERGY16_DSP_H
#define LAPEL_ENERGY16_DSP_H

#include "dsp.h"
#include "energy16.h"

typedef lapel_energy16_params lapel_energy16_dsp_params;

/* y: [rows][bins]; x: [rows][bins][2]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_energy16_dsp_fn(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_dsp_params *p);
LAPEL_KERNEL lapel_energy16_dsp_fn lapel_energy16_dsp;

#endif
