/* Energy of bins: y = re * re + im * im from bin start to before bin end, else 0 (SPEC 10). */
#ifndef LAPEL_ENERGY32_H
#define LAPEL_ENERGY32_H

#include "lapel.h"

typedef struct {
    lapel_index rows;  /* >= 1 */
    lapel_index bins;  /* >= 1 */
    lapel_index start; /* 0..bins */
    lapel_index end;   /* start..bins */
} lapel_energy32_params;

/* y: [rows][bins]; x: [rows][bins][2], the real part first; they may start at one address, and do not overlap otherwise. */
typedef void lapel_energy32_fn(uint64_t *y, const int32_t *x, const LAPEL_ROM lapel_energy32_params *p);
LAPEL_KERNEL lapel_energy32_fn lapel_energy32;

#endif
