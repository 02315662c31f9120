/* Any function of one byte as lookup.h, for Helium: 16 elements at a time. */
#ifndef LAPEL_LOOKUP_MVE_H
#define LAPEL_LOOKUP_MVE_H

#include "lookup.h"
#include "mve.h"

typedef lapel_lookup_params lapel_lookup_mve_params;

/* Total. y, x: [count]; of int8 or uint8; y may be x. */
typedef void lapel_lookup_mve_fn(void *y, const void *x, const LAPEL_ROM lapel_lookup_mve_params *p);
LAPEL_KERNEL lapel_lookup_mve_fn lapel_lookup_mve;

#endif
