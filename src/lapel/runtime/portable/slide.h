/* Copies a tensor to another place of the arena, which may overlap the first in any way. */
#ifndef LAPEL_SLIDE_H
#define LAPEL_SLIDE_H

#include "lapel.h"

typedef struct {
    lapel_index bytes; /* >= 1 */
} lapel_slide_params;

/* Total. y, x: [bytes], in one array. */
typedef void lapel_slide_fn(void *y, const void *x, const LAPEL_ROM lapel_slide_params *p);
LAPEL_KERNEL lapel_slide_fn lapel_slide;

#endif
