/* Spectra of rows of int32 as rfft32.h says it, by the long multiplications of the DSP extension. */
#ifndef LAPEL_RFFT32_DSP_H
#define LAPEL_RFFT32_DSP_H

#include "dspcomplex.h"
#include "rfft32.h"

typedef lapel_rfft32_params lapel_rfft32_dsp_params;

/* y: [rows][fft_length + 2]; x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_rfft32_dsp_fn(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_dsp_params *p);
LAPEL_KERNEL lapel_rfft32_dsp_fn lapel_rfft32_dsp;

#endif
