/* Where the values of a dot product lie, for the dense layer and the convolutions. */
#ifndef LAPEL_RUNS_H
#define LAPEL_RUNS_H

#include "lapel.h"

/* `rows` runs of `run` values, contiguous both in x and in w, with a gap between one run and the next. */
typedef struct {
    lapel_index rows;   /* >= 0 */
    lapel_index run;    /* >= 0 */
    lapel_index x_skip; /* from the end of a run to the start of the next */
    lapel_index w_skip;
} lapel_runs;

#endif
