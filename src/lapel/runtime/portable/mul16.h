/* Elementwise product of int16 with broadcasting: y = clamp(rescale(a * b)). */
#ifndef LAPEL_MUL16_H
#define LAPEL_MUL16_H

#include "broadcast.h"

typedef struct {
    int32_t mul;                               /* 0..INT32_MAX */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t lo;                                /* clamp, lo <= hi */
    int16_t hi;
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t shift;                              /* -31..0 */
} lapel_mul16_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_mul16_fn(int16_t *y, const int16_t *a, const int16_t *b, const LAPEL_ROM lapel_mul16_params *p);
LAPEL_KERNEL lapel_mul16_fn lapel_mul16;

#endif
