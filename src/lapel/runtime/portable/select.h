/* Elements of one operand or another, by truth values, with broadcasting: y = a ? b : c. */
#ifndef LAPEL_SELECT_H
#define LAPEL_SELECT_H

#include "broadcast.h"

typedef struct {
    lapel_index count;                         /* elements of the innermost loop, >= 1 */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* counts of the loops around it, innermost first, >= 1 */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    lapel_index c_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* elements of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
    int8_t c_step;
    uint8_t item;                              /* bytes of an element of b, c and y: 1, 2, 4 or 8 */
} lapel_select_params;

/* y: [outer..., count] elements of item bytes; it may be b or c if that operand has y's shape. a: 0 or 1. */
typedef void lapel_select_fn(void *y, const uint8_t *a, const void *b, const void *c,
                             const LAPEL_ROM lapel_select_params *p);
LAPEL_KERNEL lapel_select_fn lapel_select;

#endif
