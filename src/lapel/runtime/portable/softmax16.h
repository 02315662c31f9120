/* Softmax of int16 over the innermost axis, in units of 2^-15: exponentials and the reciprocal of their sum by tables of
 * 512 segments (SPEC 5). */
#ifndef LAPEL_SOFTMAX16_H
#define LAPEL_SOFTMAX16_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int16_t *exps;        /* [513] exp(-10..0) */
    const LAPEL_ROM int16_t *reciprocals; /* [513] 1 / (1 + 0..1) */
    lapel_index rows;                     /* >= 1 */
    lapel_index classes;                  /* 1..65535 */
    int32_t mul;                          /* of a difference to the row's maximum */
    int8_t shift;                         /* -31..14 */
} lapel_softmax16_params;

/* y, x: [rows][classes]; y may be x. */
typedef void lapel_softmax16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_softmax16_params *p);
LAPEL_KERNEL lapel_softmax16_fn lapel_softmax16;

#endif
