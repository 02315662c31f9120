/* Per-channel automatic gain for Helium: as pcan.h, four channels at a time. */
#ifndef LAPEL_PCAN_MVE_H
#define LAPEL_PCAN_MVE_H

#include "mve.h"
#include "pcancell.h"

typedef lapel_pcan_params lapel_pcan_mve_params;

/* y, x, noise: [count]; y may be either of them. */
typedef void lapel_pcan_mve_fn(uint32_t *y, const uint32_t *x, const uint32_t *noise,
                               const LAPEL_ROM lapel_pcan_mve_params *p);
LAPEL_KERNEL lapel_pcan_mve_fn lapel_pcan_mve;

#endif
