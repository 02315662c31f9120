/* Comparison with broadcasting, in units of 2^-8: y = truth has the bit of requantize(a) against requantize(b). */
#ifndef LAPEL_COMPARE_H
#define LAPEL_COMPARE_H

#include "broadcast.h"

typedef struct {
    int32_t a_mul;                             /* >= 0 */
    int32_t b_mul;
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;                            /* -128..127 */
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t a_shift;                            /* -31..0 */
    int8_t b_shift;                            /* -31..0 */
    uint8_t truth;                             /* 1: a below b is true, 2: a equal to b, 4: a above b; or their sum */
} lapel_compare_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y of 0 or 1; y may be a or b if that
 * operand has y's shape. a, b: int8, or truth values. */
typedef void lapel_compare_fn(uint8_t *y, const void *a, const void *b, const LAPEL_ROM lapel_compare_params *p);
LAPEL_KERNEL lapel_compare_fn lapel_compare;

#endif
