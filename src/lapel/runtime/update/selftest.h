/* The sample that travels in a blob: inputs, and the outputs that they have to give. */
#ifndef LAPEL_SELFTEST_H
#define LAPEL_SELFTEST_H

#include "interpreter.h"

typedef enum {
    LAPEL_TEST_PASSED = 0,
    LAPEL_TEST_FAILED = 1, /* other outputs, or a sample that sticks out of the blob */
    LAPEL_TEST_NONE = 2    /* the blob has no sample */
} lapel_test;

/* Runs a loaded model on its sample, as the first inference of a sequence. Afterwards states have their initial values
 * again; inputs and outputs are overwritten. */
lapel_test lapel_self_test(const lapel_model *model);

#endif
