/* Elementwise maximum for Helium with broadcasting as maximum.h, 16 elements at a time. */
#ifndef LAPEL_MAXIMUM_MVE_H
#define LAPEL_MAXIMUM_MVE_H

#include "maximum.h"
#include "mve.h"

typedef lapel_maximum_params lapel_maximum_mve_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_maximum_mve_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_mve_params *p);
LAPEL_KERNEL lapel_maximum_mve_fn lapel_maximum_mve;

#endif
