/* Logarithms of a bank of triangles over magnitudes as logbank.h says it, four bins at a time. */
#ifndef LAPEL_LOGBANK_MVE_H
#define LAPEL_LOGBANK_MVE_H

#include "logbankframes.h"
#include "squares_mve.h"

typedef lapel_logbank_params lapel_logbank_mve_params; /* power 1 */

/* y: [frames][bands]; x: [frames][stride]; shift: [frames]; peak: [1]; they do not overlap. */
typedef void lapel_logbank_mve_fn(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                                  const LAPEL_ROM lapel_logbank_mve_params *p);
LAPEL_KERNEL lapel_logbank_mve_fn lapel_logbank_mve;

#endif
