/* Rows shifted to the left as autoscale16.h says it, two samples at a time. */
#ifndef LAPEL_AUTOSCALE16_DSP_H
#define LAPEL_AUTOSCALE16_DSP_H

#include "autoscale16.h"
#include "dspcomplex.h"

typedef lapel_autoscale16_params lapel_autoscale16_dsp_params;

/* y, x: [rows][length], y may be x; bits: [rows]. */
typedef void lapel_autoscale16_dsp_fn(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_dsp_params *p);
LAPEL_KERNEL lapel_autoscale16_dsp_fn lapel_autoscale16_dsp;

#endif
