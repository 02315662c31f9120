/* Natural logarithms of integers for Helium: as banklog.h, four at a time. */
#ifndef LAPEL_BANKLOG_MVE_H
#define LAPEL_BANKLOG_MVE_H

#include "banklogcell.h"
#include "mve.h"

typedef lapel_banklog_params lapel_banklog_mve_params;

/* y, x: [count]; they do not overlap. */
typedef void lapel_banklog_mve_fn(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_mve_params *p);
LAPEL_KERNEL lapel_banklog_mve_fn lapel_banklog_mve;

#endif
