/* Elements of one operand or another, by truth values, with broadcasting: y = a ? b : c. */
#ifndef LAPEL_SELECT_H
#define LAPEL_SELECT_H

#include "broadcast.h"

typedef struct {
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    lapel_index c_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t c_step;                             /* 0 or 1 */
    uint8_t item;                              /* 1, 2, 4 or 8: bytes of an element of b, c and y */
} lapel_select_params;

/* Total. y: [count * all(outer)][item]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))], 0 or 1;
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))][item];
 * c: [walked(outer, c_jump, 1 + c_step * (count - 1))][item]; bytes; y may be b or c if that operand has y's shape. */
typedef void lapel_select_fn(void *y, const uint8_t *a, const void *b, const void *c,
                             const LAPEL_ROM lapel_select_params *p);
LAPEL_KERNEL lapel_select_fn lapel_select;

#endif
