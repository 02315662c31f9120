"""An adapter that calls one model of a program alone, so that its costs are counted in the whole program's code.

A sample is a byte, whether the model begins anew, and its inputs, which are read to where they lie in the arena.
"""

from __future__ import annotations

from lapel.codegen.program import ModelPart, ProgramCode

FRESH_BYTES = 1
"""Before the inputs."""


def stage_adapter(program: ProgramCode, part: ModelPart) -> str:
    """The text of adapter.c; its outputs are the model's."""
    prefix = part.prefix
    reads = "".join(f"    harness_read({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in part.inputs)
    writes = "".join(f"    harness_write({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in part.outputs)
    reset = f"    if (fresh) {{\n        {prefix}_reset();\n    }}\n" if part.stateful else ""
    arguments = ", ".join("0" for _ in (*part.inputs, *part.outputs))
    return (
        f'#include "harness.h"\n#include "{prefix}.h"\n\n'
        "void adapter_reset(void)\n{\n}\n\n"
        f"void adapter_read_inputs(void)\n{{\n    uint8_t fresh;\n\n    harness_read(&fresh, 1);\n{reset}{reads}}}\n\n"
        f"void adapter_invoke(void)\n{{\n    {prefix}_invoke({arguments});\n}}\n\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return {program.prefix}_arena;\n}}\n\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {program.prefix.upper()}_ARENA_BYTES;\n}}\n"
    )
