/* Comparison of int32 with broadcasting: y = truth has the bit of a against b. */
#ifndef LAPEL_COMPARE32_H
#define LAPEL_COMPARE32_H

#include "broadcast.h"

typedef struct {
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    uint8_t truth;                             /* 1: a below b is true, 2: a equal to b, 4: a above b; or their sum */
} lapel_compare32_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y of 0 or 1; it overlaps neither a
 * nor b. */
typedef void lapel_compare32_fn(uint8_t *y, const int32_t *a, const int32_t *b,
                                const LAPEL_ROM lapel_compare32_params *p);
LAPEL_KERNEL lapel_compare32_fn lapel_compare32;

#endif
