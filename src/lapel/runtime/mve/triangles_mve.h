/* Filter bank of triangles for Helium: as triangles.h, four bins at a time. */
#ifndef LAPEL_TRIANGLES_MVE_H
#define LAPEL_TRIANGLES_MVE_H

#include "mve.h"
#include "trianglesrow.h"

typedef lapel_triangles_params lapel_triangles_mve_params;

/* y: [rows][channels]; x: [rows][bins]; they do not overlap. */
typedef void lapel_triangles_mve_fn(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_mve_params *p);
LAPEL_KERNEL lapel_triangles_mve_fn lapel_triangles_mve;

#endif
