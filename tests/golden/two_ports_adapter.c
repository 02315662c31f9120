#include "harness.h"
#include "two_ports.h"

void adapter_reset(void)
{
}

void adapter_read_inputs(void)
{
    harness_read(two_ports_input_0, 24u);
    harness_read(two_ports_input_1, 66u);
}

void adapter_invoke(void)
{
    two_ports_invoke(0, 0, 0, 0);
}

void adapter_write_outputs(void)
{
    harness_write(two_ports_output_0, 27u);
    harness_write(two_ports_output_1, 14u);
}

uint8_t *adapter_arena(void)
{
    return two_ports_arena;
}

uint32_t adapter_arena_bytes(void)
{
    return TWO_PORTS_ARENA_BYTES;
}
