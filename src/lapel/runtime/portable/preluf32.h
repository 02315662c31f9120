/* Rectifier of float32 with slopes b, with broadcasting: y = a where a >= 0, else a * b. */
#ifndef LAPEL_PRELUF32_H
#define LAPEL_PRELUF32_H

#include "pairf32.h"

typedef lapel_pairf32_params lapel_preluf32_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_preluf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_preluf32_params *p);
LAPEL_KERNEL lapel_preluf32_fn lapel_preluf32;

#endif
