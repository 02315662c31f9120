"""The adapter: what the generic harness calls to feed one model."""

from __future__ import annotations

from lapel.codegen import arena
from lapel.codegen.interface import Port
from lapel.planning.ports import PortKind

STREAM = """/* Bytes of the sample read so far. */
static uint32_t adapter_at;

/* Reads what the model leaves out. */
static void adapter_skip(uint32_t end)
{
    for (uint8_t byte; adapter_at < end; adapter_at++) {
        harness_read(&byte, 1);
    }
}

static void adapter_stream(void *context, void *to, uint32_t first, uint32_t count)
{
    (void)context;
    if (first < adapter_at) {
        harness_fault(HARNESS_FAULT_REREAD, 0);
    }
    adapter_skip(first);
    harness_read(to, count);
    adapter_at += count;
}

"""
SOURCE = "    const lapel_stream stream = {adapter_stream, 0};\n\n"


def adapter_text(
    prefix: str,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    *,
    stateful: bool = False,
    with_arena: bool = False,
    whole: bool = False,
    arrays: arena.Arrays = (),
) -> str:
    """Text of `adapter.c`; ports are read and written at their place in the arena, without a copy.

    A streamed input is read from the harness as the model asks for it. stateful: the model has an `<prefix>_reset`.
    with_arena: the whole arena follows the outputs of each sample, so that a test can look at guard bytes.
    whole: a streamed input is an array of the adapter's, which is given to `<prefix>_invoke`. arrays: of the arena, if
    it is not one.
    """
    arrays = arrays or arena.arrays_of(prefix)
    streamed = [p for p in inputs if p.kind is PortKind.STREAM]
    assert len(streamed) <= 1 and (not streamed or len(inputs) == 1), "a sample's bytes are one stream"
    placed = [p for p in inputs if p.kind is PortKind.WHOLE]
    reads = "".join(f"    harness_read({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in placed)
    reset = f"    {prefix}_reset();\n" if stateful else ""
    writes = "".join(f"    harness_write({prefix}_{p.cname}, {p.type.bytes}u);\n" for p in outputs)
    if with_arena:
        writes += "".join(f"    harness_write({name}, {size});\n" for name, size in arrays)
    invoke = ", ".join("0" for _ in (*inputs, *outputs))
    stream = STREAM if streamed and not whole else ""
    if streamed and whole:
        (port,) = streamed
        stream = f"static {port.ctype} adapter_input[{port.type.size}];\n\n"
        reads = f"    harness_read(adapter_input, {port.type.bytes}u);\n"
        invoke = ", ".join(["adapter_input", *("0" for _ in outputs)])
    elif streamed:
        writes = f"    adapter_skip({streamed[0].type.bytes}u);\n{writes}"
        reads, invoke = "    adapter_at = 0;\n", ", ".join(["&stream", *("0" for _ in outputs)])
    call = f"{prefix}_invoke_from" if streamed and not whole else f"{prefix}_invoke"
    source = SOURCE if streamed and not whole else ""
    return (
        f'#include "harness.h"\n#include "{prefix}.h"\n\n{stream}'
        f"void adapter_reset(void)\n{{\n{reset}}}\n\n"
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n\n"
        f"void adapter_invoke(void)\n{{\n{source}    {call}({invoke});\n}}\n\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n\n"
        f"{arena.adapter_text(arrays)}"
    )
