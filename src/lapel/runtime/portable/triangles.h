/* Filter bank of triangles: what a bin does not give to the channel that begins it gives to the one that ends. */
#ifndef LAPEL_TRIANGLES_H
#define LAPEL_TRIANGLES_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint16_t *weights; /* [bins of all bands]: of the channel that begins */
    const LAPEL_ROM uint16_t *starts;  /* [channels + 1]: first bin of a band */
    const LAPEL_ROM uint16_t *widths;  /* [channels + 1]: its bins, 0 or more */
    lapel_index rows;                  /* >= 1 */
    lapel_index bins;                  /* of a row of x */
    lapel_index channels;              /* >= 1 */
    uint16_t whole;                    /* both weights of a bin together */
} lapel_triangles_params;

/* y: [rows][channels]; x: [rows][bins]; they do not overlap. */
typedef void lapel_triangles_fn(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_params *p);
LAPEL_KERNEL lapel_triangles_fn lapel_triangles;

#endif
