/* Frames under a window in 32 bits, each shifted to the left as far as it has room (SPEC 11). */
#ifndef LAPEL_TAPER_H
#define LAPEL_TAPER_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int32_t *window; /* [length], 2^31 is 1.0 */
    lapel_index frames;              /* >= 1 */
    lapel_index length;              /* >= 1 */
    int8_t gain;                     /* 1..32 */
    int8_t lean;                     /* 0..32, of the sample before */
    int8_t bits;                     /* of gain * x - lean * x', 15..21 */
} lapel_taper_params;

/* y: [frames][length]; shift: [frames]; x: [frames][length], with a lean [frames][1 + length]; they do not overlap. */
typedef void lapel_taper_fn(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_params *p);
LAPEL_KERNEL lapel_taper_fn lapel_taper;

#endif
