/* Filter bank: weighted sums of bins to channels, each bin into the two channels between whose middles it lies. */
#ifndef LAPEL_FILTERBANK_H
#define LAPEL_FILTERBANK_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint16_t *pairs;  /* [bins of all bands][2]: weight in the channel that begins, in the one that ends */
    const LAPEL_ROM uint16_t *starts; /* [channels + 1]: first bin of a band */
    const LAPEL_ROM uint16_t *widths; /* [channels + 1]: its bins, 0 or more */
    lapel_index rows;                 /* >= 1 */
    lapel_index bins;                 /* of a row of x */
    lapel_index channels;             /* >= 1 */
} lapel_filterbank_params;

/* y: [rows][channels]; x: [rows][bins]; they do not overlap. */
typedef void lapel_filterbank_fn(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_params *p);
LAPEL_KERNEL lapel_filterbank_fn lapel_filterbank;

#endif
