/* Whether something is heard in a row of samples: their variance against a noise floor, and their zero crossings. */
#ifndef LAPEL_ACTIVITY_H
#define LAPEL_ACTIVITY_H

#include "lapel.h"

typedef struct {
    lapel_index rows;   /* >= 1, one after the other */
    lapel_index width;  /* samples of a row, stride << log2 */
    lapel_index stride; /* every so many samples one is looked at, >= 1 */
    uint8_t log2;       /* of the number that are looked at, 3..8 */
    uint8_t rise;       /* the floor rises by floor >> rise, and 1, 0..15 */
    uint8_t fall;       /* and falls by difference >> fall, 0..15 */
    uint16_t crossings; /* from on which a row is a hiss */
    uint16_t ratio;     /* of variance to floor, in sixteenths */
    uint16_t hiss;      /* the same, of a hiss */
    uint32_t least;     /* variance, < 2^31 */
} lapel_activity_params;

/* y: [rows][4], variance, crossings, floor, whether it is active; x: [rows][width]; state, next: floor and mean. */
typedef void lapel_activity_fn(int32_t *y, int32_t *next, const int16_t *x, const int32_t *state,
                               const LAPEL_ROM lapel_activity_params *p);
LAPEL_KERNEL lapel_activity_fn lapel_activity;

#endif
