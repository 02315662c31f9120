/* What a sum of products becomes in a discrete cosine transform (SPEC 11). */
#ifndef LAPEL_DCTOUTPUT_H
#define LAPEL_DCTOUTPUT_H

#include "dct.h"

/* sum / 2^drop towards zero, saturated. */
LAPEL_INLINE int8_t lapel_dct_output(int64_t sum, int_fast8_t drop)
{
    const int64_t kept = (sum < 0 ? -sum : sum) >> drop;
    const int32_t limited = kept > 128 ? 128 : (int32_t)kept;

    return lapel_clamp(sum < 0 ? -limited : limited, INT8_MIN, INT8_MAX);
}

#endif
