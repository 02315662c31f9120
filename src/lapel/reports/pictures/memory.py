"""Memory over time: a rectangle a tensor, from the step that makes it to the last one that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lapel.errors import UnknownTarget, shown
from lapel.records import ArenaPart, Placement
from lapel.records.plan import part_of, relabel
from lapel.reports.columns import Columns, columns, heads
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.levels import Level, level_of, levels
from lapel.reports.numbers import Scale, percent, round_size, size, ticks, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line, width_of
from lapel.targets import load_target

LEFT, RIGHT, TOP, HEIGHT, BELOW, WIDTH = 78.0, 16.0, 30.0, 340.0, 46.0, 960.0
SHORTEST = 8
"""Characters of a name that was cut; with fewer it would say nothing."""
LEGEND = (
    ("f-input", "input"),
    ("f-tensor", "between layers"),
    ("f-output", "output"),
    ("f-state", "state, kept from call to call"),
    ("f-scratch", "scratch of one step"),
    ("f-stack", "stack"),
    ("f-hatch", "bytes that two tensors share on purpose"),
)


Pairs = list[tuple[Placement, Placement]]


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a build."""
    fw = dossiers[0].firmware
    if fw is None or not fw.plan.placements:
        return None
    ram = _board_ram(fw.target)
    found = levels(fw.plan, fw.memory, ram)
    y = _Axis(found, Scale(0, max(found[-1].base + found[-1].height, 1) * 1.04, TOP + HEIGHT, TOP))
    cols = columns(fw, LEFT, WIDTH - LEFT - RIGHT)
    pairs = _pairs(fw)
    shapes = [*_grid(cols, y), *_tensors(fw, cols, y), *_overlaps(fw, cols, y, pairs)]
    shapes += [*_captions(fw, cols, y, pairs), *_above(fw, cols, y)]
    shapes += [*_limits(fw, cols, y), *heads(fw, cols, TOP + HEIGHT + 16)]
    shapes += [Text(cols.edges[0], TOP + HEIGHT + 43, _axis(fw), "t-small t-muted")]
    drawing = Drawing(cols.end + RIGHT, TOP + HEIGHT + BELOW + 4, tuple(shapes), _label(fw))
    kinds = (
        {_kind(fw, p) for p in fw.placements}
        | ({"f-stack"} if fw.memory.stack_bytes else set())
        | ({"f-hatch"} if pairs else set())
    )
    legend = tuple((style, said) for style, said in LEGEND if style in kinds)
    return Panel(drawing, _finding(fw, ram), _note(fw), legend, (_table(fw),))


PICTURE = Picture("memory", "Memory over time", 10, draw)


def _board_ram(target: str) -> int | None:
    try:
        return load_target(target).ram_bytes
    except UnknownTarget:  # a board in a folder of the user's, which was not named now
        return None


@dataclass(frozen=True)
class _Axis:
    """Addresses of the arena in each memory, upwards."""

    levels: tuple[Level, ...]
    scale: Scale

    def edges(self, low: int, high: int) -> tuple[float, float]:
        """Top and bottom of bytes from `low` up to `high`, all in one memory."""
        level = level_of(self.levels, low)
        return self.scale(level.at(high)), self.scale(level.at(low))

    def of(self, p: Placement) -> tuple[float, float]:
        """Top and bottom of a buffer."""
        return self.edges(p.offset, p.offset + p.bytes)


def _grid(cols: Columns, y: _Axis) -> Iterator[Shape]:
    whole = y.scale.high
    for level in y.levels:
        top, bottom = y.edges(level.start, level.start + level.bytes)
        yield Rect(cols.start, top, cols.end - cols.start, bottom - top, "f-well")
        # Of the only memory up to the end of the axis.
        high = whole if len(y.levels) == 1 else level.height
        for tick in ticks(high, 7 if len(y.levels) == 1 else max(2, round(7 * high / whole)), binary=True):
            at = y.scale(level.base + tick)
            yield line(cols.start - 4, at, cols.end, at, "s-grid")
            yield Text(cols.start - 9, at + 3.5, round_size(tick), "t-small t-muted", "end")
        for edge in cols.edges:
            yield line(edge, bottom, edge, top, "s-grid")


def _tensors(fw: Firmware, cols: Columns, y: _Axis) -> Iterator[Shape]:
    for k, p in enumerate(fw.placements):
        left, right = cols.span(p.first, p.last)
        top, bottom = y.of(p)
        style = f"{_kind(fw, p)} s-paper{' f-odd' if k % 2 else ''}"
        yield Rect(left, top, right - left, max(bottom - top, 1), style, _title(fw, p))


def _captions(fw: Firmware, cols: Columns, y: _Axis, pairs: Pairs) -> Iterator[Shape]:
    """Names and bytes, as far as there is room for them up to where a later tensor takes the same bytes."""
    taken: list[tuple[float, float, float]] = []
    for p in fw.placements:
        left, right = cols.span(p.first, p.last)
        right = min([right, *(cols.span(b.first, b.first)[0] for a, b in pairs if a is p and b.first > p.first)])
        top, bottom = y.of(p)
        width, height = right - left - 12, bottom - top
        name = fitted(_name(fw, p), width)
        if height < 15 or len(name) < min(SHORTEST, len(_name(fw, p))):
            continue
        if any(abs(top - other) < 30 and left < end and start < right for start, end, other in taken):
            continue
        taken.append((left, right, top))
        yield Text(left + 6, top + 14, name, "t-label", title=_title(fw, p))
        if height >= 34 and width_of(size(p.bytes), "t-small") <= width:
            yield Text(left + 6, top + 28, size(p.bytes), "t-small t-muted")


def _overlaps(fw: Firmware, cols: Columns, y: _Axis, pairs: Pairs) -> Iterator[Shape]:
    drawn: set[tuple[float, ...]] = set()
    for a, b in pairs:
        left, right = cols.span(max(a.first, b.first), min(a.last, b.last))
        low, high = max(a.offset, b.offset), min(a.offset + a.bytes, b.offset + b.bytes)
        place = left, right, low, high
        if place in drawn:  # of three tensors that share it
            continue
        drawn.add(place)
        said = f"{_name(fw, a)} and {_name(fw, b)} share {whole(high - low)} bytes: {_reason(fw, b)}"
        top, bottom = y.edges(low, high)
        yield Rect(left, top, right - left, max(bottom - top, 1.5), "f-hatch", said, hatched=True)


def _pairs(fw: Firmware) -> Pairs:
    """Tensors that have an address at the same time, earlier ones first."""
    found, open_now = [], list[Placement]()
    for p in sorted(fw.placements, key=lambda p: (p.first, p.last)):
        open_now = [o for o in open_now if o.last >= p.first]
        found += [(o, p) for o in open_now if o.offset < p.offset + p.bytes and p.offset < o.offset + o.bytes]
        open_now.append(p)
    return found


def _above(fw: Firmware, cols: Columns, y: _Axis) -> Iterator[Shape]:
    """What is beside the arena, on top of its part in the memory that has the stack."""
    m, start, wide = fw.memory, cols.start, cols.end - cols.start
    parts = [("f-other", "other variables", m.static_ram_bytes), ("f-stack", "stack, as painted", m.stack_bytes)]
    for level in y.levels:
        at = level.start + level.bytes
        top, _ = y.edges(level.start, at)
        yield line(start, top, cols.end, top, "s-ink")
        for style, name, count in parts if level.beside else ():
            if count:
                high, low = (y.scale(level.at(at + more)) for more in (count, 0))
                yield Rect(start, high, wide, low - high, f"{style} s-paper", f"{name}: {whole(count)} bytes")
                if low - high >= 14:
                    yield Text(start + 6, (low + high) / 2 + 4, f"{name}, {size(count)}", "t-small")
            at += count


def _limits(fw: Firmware, cols: Columns, y: _Axis) -> Iterator[Shape]:
    for level in y.levels:
        if level.room is None:
            continue
        said = f"{level.name or 'RAM'} of {fw.target}: {size(level.room)}"
        if level.to_scale:
            at = y.scale(level.base + level.room)
            yield line(cols.start, at, cols.end, at, "s-limit", said)
            yield Text(cols.end, at - 5, said, "t-small t-limit", "end")
            continue
        at = TOP - 12 if level is y.levels[-1] else y.scale(level.base + level.height) - 6
        yield line(cols.start, at, cols.end, at, "s-limit s-far", said)
        far = f"{said}, {level.room / max(1, level.used):,.0f} times what is used: far above this picture"
        yield Text(cols.end, at - 5, far, "t-small t-limit", "end")


def _kind(fw: Firmware, p: Placement) -> str:
    if not p.tensor:
        return "f-scratch"
    if p.tensor in fw.plan.states:
        return "f-state"
    if p.tensor in fw.plan.inputs:
        return "f-input"
    return "f-output" if p.tensor in fw.plan.outputs else "f-tensor"


def _name(fw: Firmware, p: Placement) -> str:
    return fw.label(p.tensor) if p.tensor else "scratch"


def _reason(fw: Firmware, p: Placement) -> str:
    """Why a tensor lies where it does, as the plan says it."""
    if not p.tensor:
        return "needed by this step alone"
    step = next((s for s in fw.plan.steps if p.tensor in s.outputs), None)
    if step is None:
        return "a state of the model" if p.tensor in fw.plan.states else "given by the caller"
    return relabel(step.placement, fw.plan.labels)


def _title(fw: Firmware, p: Placement) -> str:
    steps = f"steps {p.first} to {p.last}" if p.first >= 0 else f"given before step 0, read until step {p.last}"
    tensor = fw.tensors.get(p.tensor)
    kind = f"{tensor.dtype}{list(tensor.shape)}, " if tensor else ""
    memory, at = _address(fw, p)
    where = f"{memory} {whole(at)}" if memory else whole(at)
    counted = next((a for a in fw.plan.accesses if a.buffer == p.buffer), None)
    traffic = f"\n{whole(counted.reads)} reads and {whole(counted.writes)} writes of its bytes" if counted else ""
    return (
        f"{_name(fw, p)}: {kind}{whole(p.bytes)} bytes at {where} to {whole(at + p.bytes)}, {steps}{traffic}\n"
        f"{_reason(fw, p)}"
    )


def _address(fw: Firmware, p: Placement) -> tuple[str, int]:
    """The memory of a buffer, "" on a board with one, and the address there."""
    part = part_of(fw.plan.parts, p.offset)
    return ("", p.offset) if part is None else (part.memory, p.offset - part.offset)


def _axis(fw: Firmware) -> str:
    return f"steps, as wide as the {fw.unit} they take →" if fw.unit else "steps, one as wide as the other →"


def _label(fw: Firmware) -> str:
    return f"Arena of {shown(fw.model)} on {fw.target}: addresses of {len(fw.placements)} buffers over the steps"


def _finding(fw: Firmware, ram: int | None) -> str:
    m = fw.memory
    said = f"{whole(m.ram_bytes)} bytes of RAM"
    if ram:
        said += f", {percent(m.ram_bytes / ram)} of the board's"
    stack = f", {whole(m.stack_bytes)} of stack" if fw.recipe is not None else "; stack and variables are not known yet"
    divided = " and ".join(f"{whole(p.bytes)} in {p.memory}" for p in fw.plan.parts)
    said += f": an arena of {whole(m.arena_bytes)}{f' ({divided})' if divided else ''}{stack}"
    said += f" and {whole(m.static_ram_bytes)} of other variables. " if m.static_ram_bytes else ". "
    if fw.plan.steps:
        full = max(fw.plan.steps, key=lambda s: s.live_bytes)
        where = f"{full.op} {fw.labels[full.index]}"
        said += f"Most is alive in step {full.index}, {where}: {whole(full.live_bytes)} bytes. "
    if m.arena_bytes == m.arena_bound_bytes:
        return f"{said}No placement is smaller."
    return f"{said}No placement needs less than {whole(m.arena_bound_bytes)}."


def _note(fw: Firmware) -> str:
    said = (
        "Across: the steps of one inference. Upwards: addresses in the arena, with variables and the deepest stack "
        "that was painted on top."
    )
    more = "1 other model uses" if fw.beside == 1 else f"{fw.beside} other models use"
    others = f" {more} the same arena." if fw.beside else ""
    parts = [f"{p.memory} costs {_cost(p)}" for p in fw.plan.parts]
    memories = f" Memories, from the bottom up: {'; '.join(parts)}." if parts else ""
    return said + others + memories


def _cost(part: ArenaPart) -> str:
    """What accesses to a memory take more, and what that comes to."""
    read, write = part.read_cycles.figure, part.write_cycles.figure
    each = f"{read.value:g} cycles a read and {write.value:g} a write"
    if part.wait_cycles is None:
        return each
    return f"{each}, {whole(round(part.wait_cycles))} in an inference"


def _table(fw: Firmware) -> Table:
    rows = tuple(
        (_name(fw, p), " ".join([memory, whole(at)]).strip(), whole(p.bytes), f"{p.first} to {p.last}", _reason(fw, p))
        for p in fw.placements
        for memory, at in [_address(fw, p)]
    )
    return Table(("tensor", "offset", "bytes", "steps", "why there"), rows, "Buffers of the arena as figures")
