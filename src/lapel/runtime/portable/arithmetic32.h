/* Arithmetic of int32 with broadcasting, modulo 2^32. */
#ifndef LAPEL_ARITHMETIC32_H
#define LAPEL_ARITHMETIC32_H

#include "broadcast.h"

#define LAPEL_ARITHMETIC32_ADD 0
#define LAPEL_ARITHMETIC32_SUB 1
#define LAPEL_ARITHMETIC32_MUL 2
#define LAPEL_ARITHMETIC32_DIV 3
#define LAPEL_ARITHMETIC32_MAX 4
#define LAPEL_ARITHMETIC32_MIN 5

typedef struct {
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    uint8_t operation;                         /* one of the above */
} lapel_arithmetic32_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_arithmetic32_fn(int32_t *y, const int32_t *a, const int32_t *b,
                                   const LAPEL_ROM lapel_arithmetic32_params *p);
LAPEL_KERNEL lapel_arithmetic32_fn lapel_arithmetic32;

#endif
