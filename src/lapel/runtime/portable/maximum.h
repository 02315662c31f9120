/* Elementwise maximum with broadcasting; the minimum is the complement of the maximum of complements. */
#ifndef LAPEL_MAXIMUM_H
#define LAPEL_MAXIMUM_H

#include "broadcast.h"

typedef struct {
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t flip;                               /* 0 for the maximum, -1 for the minimum */
} lapel_maximum_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_maximum_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_params *p);
LAPEL_KERNEL lapel_maximum_fn lapel_maximum;

#endif
