"""Records as tables: layers, memory, differences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lapel.cli.grid import Column
from lapel.cli.screen import number, print_table, say, say_warning
from lapel.records import BlobBuild, Build, CycleModel, Estimate, Layer, Memory, ProgramBuild, StackBound, Targets
from lapel.targets import Target


def print_layers(
    layers: Sequence[Layer], instructions: int | None, cycles: int | None, model: CycleModel | None = None
) -> None:
    """Layer by layer: what ran, and what it cost there."""
    has_model = any(layer.modelled for layer in layers)
    columns = [Column("layer", "name"), Column("op", "name", 4), Column("kernel", "name"), Column("MACs", spare=3)]
    rows = [[x.label, x.op, x.kernel, number(x.macs)] for x in layers]
    total = ["whole inference", "", "", number(sum(x.macs for x in layers))]

    def add(column: Column, cells: Iterable[str], whole: str) -> None:
        columns.append(column)
        total.append(whole)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)

    if instructions is not None:
        spare = 2 if cycles is not None or has_model else 0
        add(Column("instructions", spare=spare), (number(x.instructions) for x in layers), number(instructions))
    if cycles is not None:
        add(Column("cycles"), (number(x.cycles) for x in layers), number(cycles))
    whole = instructions if cycles is None else cycles
    if whole:
        costs = [(x.instructions if cycles is None else x.cycles) or 0 for x in layers]
        add(Column("share", spare=1), (f"{100 * cost / whole:.1f} %" for cost in costs), "")
    if has_model:
        found = [x.modelled.cycles if x.modelled else None for x in layers]
        add(Column("modelled cycles"), map(number, found), number(model.inference.cycles) if model else "")
    print_table("", columns, rows, total=total)


def print_program(built: ProgramBuild) -> None:
    """Model by model what it costs, and what it would take alone, beside what all take together."""
    columns = [Column("model", "name"), Column("MACs", spare=3), Column("instructions", spare=2)]
    rows = [[m.model, number(m.macs), number(m.instructions)] for m in built.models]
    total = ["all in turn", number(sum(m.macs for m in built.models)), number(built.instructions)]
    if any(m.cycles is not None or m.modelled_cycles is not None for m in built.models):
        counted = built.cycles is not None
        columns.append(Column("cycles" if counted else "modelled cycles"))
        for row, m in zip(rows, built.models, strict=True):
            row.append(number(m.cycles if counted else m.modelled_cycles))
        total.append(number(built.cycles if counted else built.modelled_cycles))
    columns += [Column("flash alone"), Column("arena alone"), Column("state", spare=1)]
    for row, m in zip(rows, built.models, strict=True):
        row += [number(m.alone_flash_bytes), number(m.alone_arena_bytes), number(m.state_bytes)]
    total += [number(sum(m.alone_flash_bytes for m in built.models))]
    total += [number(sum(m.alone_arena_bytes for m in built.models)), number(sum(m.state_bytes for m in built.models))]
    print_table("", columns, rows, total=total)
    flash, ram = number(built.saved_flash_bytes), number(built.saved_arena_bytes)
    say(f"together they save {flash} bytes of flash and {ram} of RAM")


def print_memory(memory: Memory, target: Target, built: Build | ProgramBuild | None = None) -> None:
    """Flash and RAM with their parts, beside what the target has.

    built: with the stack at other levels, and the parts of the arena on a board with several memories.
    """
    rows = [
        ["flash", number(memory.flash_bytes), _room(memory.flash_bytes, target.flash_bytes)],
        ["  code", number(memory.flash_code_bytes), ""],
        ["  constants", number(memory.flash_data_bytes), ""],
        *_ram_rows(memory, target, built),
    ]
    print_table("", [Column("memory", "name"), Column("bytes"), Column(f"on {target.name}", "prose", least=12)], rows)


def print_ram(memory: Memory, target: Target, built: BlobBuild) -> None:
    """RAM alone with its parts."""
    columns = [Column("memory", "name"), Column("bytes"), Column(f"on {target.name}", "prose", least=12)]
    print_table("", columns, _ram_rows(memory, target, built))


def _ram_rows(memory: Memory, target: Target, built: Build | ProgramBuild | BlobBuild | None) -> list[list[str]]:
    bound = memory.arena_bound_bytes
    arena = "no placement is smaller" if memory.arena_bytes == bound else f"lower bound {number(bound)}"
    levels = built if isinstance(built, Build | ProgramBuild) else None
    most = None if levels is None else levels.stack_worst_bytes
    parts = built.plan.parts if isinstance(built, Build) else ()
    return [
        ["RAM", number(memory.ram_bytes), _room(memory.ram_bytes, target.ram_bytes)],
        ["  arena", number(memory.arena_bytes), arena],
        *([f"    in {p.memory}", number(p.bytes), _room(p.bytes, p.room_bytes)] for p in parts),
        *([["    state", number(memory.state_bytes), "kept from call to call"]] if memory.state_bytes else []),
        ["  other variables", number(memory.static_ram_bytes), ""],
        ["  stack, measured", number(memory.stack_bytes), _at_any_level(most)],
        *([] if built is None or built.stack_bound is None else [_bound_row(built.stack_bound, levels)]),
    ]


def _at_any_level(most: int | None) -> str:
    return "" if most is None else f"at any level of -O at most {number(most)}"


def _bound_row(bound: StackBound, levels: Build | ProgramBuild | None) -> list[str]:
    """The stack by the code, and what keeps it from being known."""
    most = None if levels is None else levels.stack_worst_bound_bytes
    said = f"unknown: {bound.why}" if bound.bytes is None else _at_any_level(most)
    return ["  stack, worst case", number(bound.bytes), said]


def print_deepest(bound: StackBound | None) -> None:
    """The calls on which the stack is deepest, with the bytes of each function."""
    if bound is not None and bound.path:
        say(f"deepest stack: {' > '.join(f'{f.function} {f.bytes}' for f in bound.path)}")


def print_int8(built: Build) -> None:
    """What a float model takes, counted, beside what the same network would take in int8, estimated."""
    found = built.int8
    if found is None:
        return
    rows: list[tuple[str, int | None, int | None]] = [
        ("flash, bytes", built.memory.flash_bytes, found.flash_bytes),
        ("arena, bytes", built.memory.arena_bytes, found.arena_bytes),
    ]
    times = {"modelled cycles": built.modelled_cycles, "counted cycles": built.cycles}
    if found.unit is not None:
        rows.append((found.unit, times.get(found.unit, built.instructions), found.time))
    shown = [[what, number(a), number(b), f"{a / b:.1f}" if a and b else ""] for what, a, b in rows]
    columns = [Column("the same network", "name"), Column("float32"), Column("int8, estimated"), Column("ratio")]
    print_table("", columns, shown)
    say("int8 with ranges of random samples; `lapel quantize` makes it with those of yours, and says what it loses")


def _room(need: int, have: int | None) -> str:
    if have is None:
        return "size not known"
    return f"{100 * need / have:.1f} % of {number(have)}" + (": does not fit" if need > have else "")


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
    for m in model.memories:
        within = "" if m.low == m.high else f", {number(m.low)} to {number(m.high)}"
        accesses = f"{number(m.reads)} reads and {number(m.writes)} writes"
        say(f"  {m.memory}: {accesses} counted, {number(m.cycles)} of these cycles{within}")


def print_estimate(found: Estimate, target: Target) -> None:
    """Layer by layer what it will take, then the whole beside what the target has, and what is not known."""
    unit = found.unit or "not counted"
    columns = [Column("layer", "name"), Column("op", "name", 4), Column("kernel", "name"), Column("MACs", spare=3)]
    columns += [Column(unit), Column("code bytes", spare=1), Column("constants", spare=2)]
    rows = [[x.label, x.op, x.kernel, *map(number, (x.macs, x.time, x.code_bytes, x.data_bytes))] for x in found.layers]
    whole = found.macs, found.time, found.flash_code_bytes, found.flash_data_bytes
    print_table("", columns, rows, total=["whole inference", "", "", *map(number, whole)])
    flash = "" if found.flash_bytes is None else _room(found.flash_bytes, target.flash_bytes)
    rows = [
        ["flash", number(found.flash_bytes), flash],
        ["arena", number(found.arena_bytes), _room(found.arena_bytes, target.ram_bytes)],
        ["stack", number(None), "known when it has run: lapel build"],
    ]
    print_table("", [Column("memory", "name"), Column("bytes"), Column(f"on {target.name}", "prose", least=12)], rows)
    where = "flash and memories" if target.memories else "flash"
    say(f"estimated: neither linked nor run, in {where} without wait states")
    for why in found.unmeasured:
        say(f"not measured: {why}")
    for warning in found.warnings:
        say_warning(warning)


def print_targets(found: Targets) -> None:
    """Targets with their core, clock and memories."""
    rows = []
    for t in found.targets:
        clock = "-" if t.clock_hz is None else f"{t.clock_hz / 1e6:g}"
        # The columns beside it have a board's core and clock already.
        what = re.sub(r", [^,()]*, [\d.]+ MHz\)$", ")", t.description)
        rows.append([t.name, t.core, what, clock, number(t.flash_bytes), number(t.ram_bytes)])
    columns = [Column("target", "name"), Column("core", "name"), Column("what it is", "prose", 1)]
    print_table("", [*columns, Column("MHz"), Column("flash bytes"), Column("RAM bytes")], rows)
