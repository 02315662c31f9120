/* The kernel `svdf` on packed rows of weights, but for the sums themselves: those of `svdf_dsp` lie as dspsums.h has them,
 * those of `svdf_mve` as sums_mve.h. */
#ifndef LAPEL_SVDFSUMS_H
#define LAPEL_SVDFSUMS_H

#include "dspsums.h"

typedef struct {
    const LAPEL_ROM int32_t *feature; /* groups of four filters, packed rows */
    const LAPEL_ROM int8_t *time;     /* [units][rank][memory] */
    const LAPEL_ROM int32_t *bias;    /* [units], less the state's zero point * (sum of the unit's time filters) */
    lapel_index batches;              /* >= 1 */
    lapel_index inputs;               /* >= 1 */
    lapel_index units;                /* >= 1 */
    lapel_index rank;                 /* >= 1 */
    lapel_index memory;               /* >= 1 */
    int32_t feature_mul;              /* sums over x to the state */
    int32_t mul;                      /* sums over time to y */
    int8_t feature_shift;             /* -30..0 */
    int8_t shift;                     /* -31..30 */
    int16_t state_zero;               /* -128..127 */
    int16_t y_zero;                   /* -128..127 */
} lapel_svdfsums_params;

/* The newest result of a filter from its sum over x. The zero point is added behind the clamp, and so modulo 2^8. */
LAPEL_INLINE int8_t lapel_svdfsums_newest(int32_t sum, const LAPEL_ROM lapel_svdfsums_params *p)
{
    const int32_t v = lapel_ssat8(lapel_dspsums_requantize(sum, p->feature_mul, -p->feature_shift));

    return (int8_t)(uint8_t)(v + p->state_zero);
}

LAPEL_INLINE int8_t lapel_svdfsums_output(int32_t acc, const LAPEL_ROM lapel_svdfsums_params *p)
{
    const uint32_t v = (uint32_t)lapel_requantize(acc, p->mul, p->shift) + (uint32_t)(int32_t)p->y_zero;

    return (int8_t)lapel_ssat8((int32_t)v);
}

#endif
