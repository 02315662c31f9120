/* Softmax of rows for Helium, as softmax.h: four classes at a time. */
#ifndef LAPEL_SOFTMAX_MVE_H
#define LAPEL_SOFTMAX_MVE_H

#include "mve.h"
#include "softmax.h"

typedef lapel_softmax_params lapel_softmax_mve_params;

/* Total. y, x: [rows][classes]; y is x, or apart from it. */
typedef void lapel_softmax_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_mve_params *p);
LAPEL_KERNEL lapel_softmax_mve_fn lapel_softmax_mve;

#endif
