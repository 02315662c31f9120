/* Filter bank for Helium: as filterbank.h, four bins at a time. */
#ifndef LAPEL_FILTERBANK_MVE_H
#define LAPEL_FILTERBANK_MVE_H

#include "filterbankrow.h"
#include "mve.h"

typedef lapel_filterbank_params lapel_filterbank_mve_params;

/* y: [rows][channels]; x: [rows][bins]; they do not overlap. */
typedef void lapel_filterbank_mve_fn(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_mve_params *p);
LAPEL_KERNEL lapel_filterbank_mve_fn lapel_filterbank_mve;

#endif
