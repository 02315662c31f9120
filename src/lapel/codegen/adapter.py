"""The adapter: what the generic harness calls to feed one model."""

from __future__ import annotations

from lapel.codegen.interface import Port


def adapter_text(prefix: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...], *, with_arena: bool = False) -> str:
    """Text of `adapter.c`; ports are read and written at their place in the arena, without a copy.

    with_arena: the whole arena follows the outputs of each sample, so that a test can look at guard bytes.
    """
    upper = prefix.upper()
    reads = "".join(f"    harness_read({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in inputs)
    writes = "".join(f"    harness_write({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in outputs)
    if with_arena:
        writes += f"    harness_write({prefix}_arena, {upper}_ARENA_BYTES);\n"
    arguments = ", ".join("0" for _ in (*inputs, *outputs))
    return (
        f'#include "harness.h"\n#include "{prefix}.h"\n\n'
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n\n"
        f"void adapter_invoke(void)\n{{\n    {prefix}_invoke({arguments});\n}}\n\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return {prefix}_arena;\n}}\n\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {upper}_ARENA_BYTES;\n}}\n"
    )
