/* Energy of bins: y = re * re + im * im from bin start to before bin end, else 0 (SPEC 10). */
#ifndef LAPEL_ENERGY16_H
#define LAPEL_ENERGY16_H

#include "lapel.h"

typedef struct {
    lapel_index rows;  /* >= 1 */
    lapel_index bins;  /* >= 1 */
    lapel_index start; /* 0..bins */
    lapel_index end;   /* start..bins */
} lapel_energy16_params;

/* y: [rows][bins]; x: [rows][bins][2], the real part first; they may start at one address, and do not overlap otherwise. */
typedef void lapel_energy16_fn(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_params *p);
LAPEL_KERNEL lapel_energy16_fn lapel_energy16;

#endif
