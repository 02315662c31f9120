/* Softmax of rows of int8 to 16 bits: y = 65536 * exp(x) / sum(exp(x)) - 32768. */
#ifndef LAPEL_SOFTMAXWIDE_H
#define LAPEL_SOFTMAXWIDE_H

#include "softmaxrow.h"

typedef lapel_softmax_params lapel_softmaxwide_params;

/* Total. y, x: [rows][classes]; they do not overlap. */
typedef void lapel_softmaxwide_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_softmaxwide_params *p);
LAPEL_KERNEL lapel_softmaxwide_fn lapel_softmaxwide;

#endif
