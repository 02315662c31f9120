/* Square roots of 64-bit integers, rounded, and shifted to the right. */
#ifndef LAPEL_BANKROOT_H
#define LAPEL_BANKROOT_H

#include "lapel.h"

typedef struct {
    lapel_index rows;     /* >= 1 */
    lapel_index channels; /* >= 1, of a row */
} lapel_bankroot_params;

/* Total. y, x: [rows][channels]; bits: [rows]; y overlaps neither. */
typedef void lapel_bankroot_fn(uint32_t *y, const uint64_t *x, const int32_t *bits,
                               const LAPEL_ROM lapel_bankroot_params *p);
LAPEL_KERNEL lapel_bankroot_fn lapel_bankroot;

#endif
