#include "harness.h"
#include "residual.h"

void adapter_reset(void)
{
}

void adapter_read_inputs(void)
{
    harness_read(residual_input, 72u);
}

void adapter_invoke(void)
{
    residual_invoke(0, 0);
}

void adapter_write_outputs(void)
{
    harness_write(residual_output, 3u);
}

uint8_t *adapter_arena(void)
{
    return residual_arena;
}

uint32_t adapter_arena_bytes(void)
{
    return RESIDUAL_ARENA_BYTES;
}
