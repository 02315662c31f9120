/* Per-channel automatic gain: signal times a gain by its noise, compressed (SPEC 10). */
#ifndef LAPEL_PCAN_H
#define LAPEL_PCAN_H

#include "lapel.h"

#define LAPEL_PCAN_GAINS 125 /* of noise 0, 1 and 2, and four places for each octave above, of which the last is free */

typedef struct {
    const LAPEL_ROM int16_t *gains; /* [LAPEL_PCAN_GAINS] */
    lapel_index count;              /* elements, >= 1 */
    uint8_t snr_shift;              /* 0..63 */
} lapel_pcan_params;

/* y, x, noise: [count]; y may be either of them. */
typedef void lapel_pcan_fn(uint32_t *y, const uint32_t *x, const uint32_t *noise, const LAPEL_ROM lapel_pcan_params *p);
LAPEL_KERNEL lapel_pcan_fn lapel_pcan;

#endif
