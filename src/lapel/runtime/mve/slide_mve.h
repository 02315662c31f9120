/* Copies a tensor to another place of the arena, for Helium: as slide.h. */
#ifndef LAPEL_SLIDE_MVE_H
#define LAPEL_SLIDE_MVE_H

#include "mve.h"
#include "slide.h"

typedef lapel_slide_params lapel_slide_mve_params;

/* Total. y, x: [bytes], in one array. */
typedef void lapel_slide_mve_fn(void *y, const void *x, const LAPEL_ROM lapel_slide_mve_params *p);
LAPEL_KERNEL lapel_slide_mve_fn lapel_slide_mve;

#endif
