"""Records as tables: layers, memory, differences."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.cli.screen import number, print_table, say
from lapel.records import CycleModel, Layer, Memory
from lapel.targets import Target, load_target

NAME_WIDTH = 40
"""Characters that a table has for the name of a tensor; the whole name is in the JSON."""


def print_layers(
    layers: Sequence[Layer], instructions: int | None, cycles: int | None, model: CycleModel | None = None
) -> None:
    """Layer by layer: what ran, and what it cost there."""
    has_cycles, has_model = cycles is not None, any(layer.modelled for layer in layers)
    whole = cycles if has_cycles else instructions
    columns = ["layer", "op", "kernel", "MACs", "instructions", *(["cycles"] if has_cycles else []), "share"]
    columns += ["modelled cycles"] if has_model else []
    rows = []
    for layer in layers:
        cost = layer.cycles if has_cycles else layer.instructions
        row = [short_name(layer.name), layer.op, layer.kernel, number(layer.macs), number(layer.instructions)]
        row += [number(layer.cycles)] if has_cycles else []
        row.append("-" if cost is None or not whole else f"{100 * cost / whole:.1f} %")
        rows.append([*row, number(layer.modelled.cycles if layer.modelled else None)] if has_model else row)
    total = ["whole inference", "", "", number(sum(x.macs for x in layers)), number(instructions)]
    total += [number(cycles)] if has_cycles else []
    total += ["", *([number(model.inference.cycles)] if has_model and model else [""] if has_model else [])]
    print_table("", columns, rows, text=3, total=total)


def short_name(name: str) -> str:
    """A tensor's name for a table: converters join the names of fused tensors with semicolons; the first will do."""
    first = name.split(";")[0]
    return first if len(first) <= NAME_WIDTH else f"{first[: NAME_WIDTH // 2 - 1]}…{first[-NAME_WIDTH // 2 :]}"


def print_memory(memory: Memory, target: Target, stack_worst_bytes: int | None = None) -> None:
    """Flash and RAM with their parts, beside what the target has. stack_worst_bytes: at other levels, if known."""
    bound = memory.arena_bound_bytes
    arena = "no placement is smaller" if memory.arena_bytes == bound else f"lower bound {number(bound)}"
    worst = "" if stack_worst_bytes is None else f"at any level of -O at most {number(stack_worst_bytes)}"
    rows = [
        ["flash", number(memory.flash_bytes), _room(memory.flash_bytes, target.flash_bytes)],
        ["  code", number(memory.flash_code_bytes), ""],
        ["  constants", number(memory.flash_data_bytes), ""],
        ["RAM", number(memory.ram_bytes), _room(memory.ram_bytes, target.ram_bytes)],
        ["  arena", number(memory.arena_bytes), arena],
        ["  other variables", number(memory.static_ram_bytes), ""],
        ["  stack, measured", number(memory.stack_bytes), worst],
    ]
    print_table("", ["memory", "bytes", f"on {target.name}"], rows)


def _room(need: int, have: int | None) -> str:
    return "size not known" if have is None else f"{100 * need / have:.1f} % of {number(have)}"


def print_time(instructions: int | None, cycles: int | None, time_us: float | None) -> None:
    """What one inference costs, as far as the emulator counts it."""
    if instructions is None:
        say("one inference: not counted on this computer")
        return
    line = f"one inference: {number(instructions)} instructions"
    if cycles is not None:
        line += f", {number(cycles)} cycles"
    if time_us is not None:
        line += f", {time_us / 1000:,.3f} ms"
    say(f"{line} (counted)")


def print_model(model: CycleModel | None, target: Target) -> None:
    """What one inference takes by the core's cycle model, how sure that is, and on what it rests."""
    if model is None:
        return
    found = model.inference
    line = f"modelled for {model.title}: {number(found.cycles)} cycles"
    if model.time_us is not None and target.clock_hz:
        line += f", {model.time_us / 1000:,.3f} ms at {target.clock_hz / 1e6:g} MHz"
    if model.energy_uj is not None:
        line += f", {number(model.energy_uj)} uJ"
    below, above = found.low / found.cycles - 1, found.high / found.cycles - 1
    say(f"{line} ({100 * below:+.0f} % to {100 * above:+.0f} %; {model.flash}; not measured on silicon)")


def print_targets(names: Sequence[str]) -> None:
    """Targets with their core, clock and memories."""
    rows = []
    for name in names:
        t = load_target(name)
        clock = "-" if t.clock_hz is None else f"{t.clock_hz / 1e6:g}"
        rows.append([name, t.core, t.description, clock, number(t.flash_bytes), number(t.ram_bytes)])
    print_table("", ["target", "core", "what it is", "MHz", "flash bytes", "RAM bytes"], rows, text=3)
