/* Of narrow16.h and narrow32.h: params, and one element. */
#ifndef LAPEL_NARROW_H
#define LAPEL_NARROW_H

#include "lapel.h"

typedef struct {
    int64_t add;       /* |add| < 2^62 */
    lapel_index count; /* >= 1 */
    int32_t mul;
    int8_t drop; /* 0..62 */
} lapel_narrow_params;

LAPEL_INLINE int8_t lapel_narrow_one(int32_t x, const LAPEL_ROM lapel_narrow_params *p)
{
    const int64_t y = ((int64_t)x * p->mul + p->add) >> p->drop;

    return (int8_t)(y < INT8_MIN ? INT8_MIN : y > INT8_MAX ? INT8_MAX : y);
}

#endif
