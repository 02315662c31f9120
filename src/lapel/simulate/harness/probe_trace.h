/* Probes of a tracing build: every tensor goes to the output stream as its step finishes. */
#include "harness.h"
#define LAPEL_PROBE_TENSOR(step, tensor, data, bytes) \
    harness_trace((uint16_t)(step), (uint16_t)(tensor), (data), (uint32_t)(bytes))
