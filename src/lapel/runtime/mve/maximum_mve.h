/* Elementwise maximum for Helium with broadcasting as maximum.h, 16 elements at a time. */
#ifndef LAPEL_MAXIMUM_MVE_H
#define LAPEL_MAXIMUM_MVE_H

#include "maximum.h"
#include "mve.h"

/* if count > 1: a_step + b_step >= 1. */
typedef lapel_maximum_params lapel_maximum_mve_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_maximum_mve_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_mve_params *p);
LAPEL_KERNEL lapel_maximum_mve_fn lapel_maximum_mve;

#endif
