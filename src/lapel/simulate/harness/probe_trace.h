/* Probes of a tracing build, for sources of the test bench's own: each step's tensors go to the output stream. */
#include "harness.h"
#define LAPEL_PROBE_TENSOR(step, tensor, data, bytes) \
    harness_trace((uint16_t)(step), (uint16_t)(tensor), (data), (uint32_t)(bytes))
