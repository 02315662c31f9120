/* Any function of one byte as lookup.h, four elements a word. */
#ifndef LAPEL_LOOKUP_DSP_H
#define LAPEL_LOOKUP_DSP_H

#include "dsp.h"
#include "lookup.h"

typedef lapel_lookup_params lapel_lookup_dsp_params;

/* Total. y, x: [count]; of int8 or uint8; y may be x. */
typedef void lapel_lookup_dsp_fn(void *y, const void *x, const LAPEL_ROM lapel_lookup_dsp_params *p);
LAPEL_KERNEL lapel_lookup_dsp_fn lapel_lookup_dsp;

#endif
