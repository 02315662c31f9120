"""Memory over time: a rectangle a tensor, from the step that makes it to the last one that reads it."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import UnknownTarget, shown
from lapel.records import Placement
from lapel.records.plan import relabel
from lapel.reports.columns import Columns, columns, heads
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.numbers import Scale, percent, round_size, size, ticks, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line, width_of
from lapel.targets import load_target

LEFT, RIGHT, TOP, HEIGHT, BELOW, WIDTH = 78.0, 16.0, 30.0, 340.0, 46.0, 960.0
SHORTEST = 8
"""Characters of a name that was cut; with fewer it would say nothing."""
NEAR = 3.0
"""A board's RAM is drawn to scale if it is not more than so many times what is used."""
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
    used = fw.memory.ram_bytes
    top = max(used, 1, ram if ram is not None and ram <= NEAR * used else 0) * 1.04
    y = Scale(0, top, TOP + HEIGHT, TOP)
    cols = columns(fw, LEFT, WIDTH - LEFT - RIGHT)
    pairs = _pairs(fw)
    shapes = [*_grid(fw, cols, y), *_tensors(fw, cols, y), *_overlaps(fw, cols, y, pairs)]
    shapes += [*_captions(fw, cols, y, pairs), *_above(fw, cols, y)]
    shapes += [*_limit(fw, cols, y, ram), *heads(fw, cols, TOP + HEIGHT + 16)]
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


def _grid(fw: Firmware, cols: Columns, y: Scale) -> Iterator[Shape]:
    yield Rect(cols.start, y(fw.plan.arena_bytes), cols.end - cols.start, y(0) - y(fw.plan.arena_bytes), "f-well")
    for tick in ticks(y.high, 7, binary=True):
        yield line(cols.start - 4, y(tick), cols.end, y(tick), "s-grid")
        yield Text(cols.start - 9, y(tick) + 3.5, round_size(tick), "t-small t-muted", "end")
    for edge in cols.edges:
        yield line(edge, y(0), edge, y(fw.plan.arena_bytes), "s-grid")


def _tensors(fw: Firmware, cols: Columns, y: Scale) -> Iterator[Shape]:
    for k, p in enumerate(fw.placements):
        left, right = cols.span(p.first, p.last)
        top, bottom = y(p.offset + p.bytes), y(p.offset)
        style = f"{_kind(fw, p)} s-paper{' f-odd' if k % 2 else ''}"
        yield Rect(left, top, right - left, max(bottom - top, 1), style, _title(fw, p))


def _captions(fw: Firmware, cols: Columns, y: Scale, pairs: Pairs) -> Iterator[Shape]:
    """Names and bytes, as far as there is room for them up to where a later tensor takes the same bytes."""
    taken: list[tuple[float, float, float]] = []
    for p in fw.placements:
        left, right = cols.span(p.first, p.last)
        right = min([right, *(cols.span(b.first, b.first)[0] for a, b in pairs if a is p and b.first > p.first)])
        width, top, height = right - left - 12, y(p.offset + p.bytes), y(p.offset) - y(p.offset + p.bytes)
        name = fitted(_name(fw, p), width)
        if height < 15 or len(name) < min(SHORTEST, len(_name(fw, p))):
            continue
        if any(abs(top - y) < 30 and left < end and start < right for start, end, y in taken):
            continue
        taken.append((left, right, top))
        yield Text(left + 6, top + 14, name, "t-label", title=_title(fw, p))
        if height >= 34 and width_of(size(p.bytes), "t-small") <= width:
            yield Text(left + 6, top + 28, size(p.bytes), "t-small t-muted")


def _overlaps(fw: Firmware, cols: Columns, y: Scale, pairs: Pairs) -> Iterator[Shape]:
    drawn: set[tuple[float, ...]] = set()
    for a, b in pairs:
        left, right = cols.span(max(a.first, b.first), min(a.last, b.last))
        low, high = max(a.offset, b.offset), min(a.offset + a.bytes, b.offset + b.bytes)
        place = left, right, low, high
        if place in drawn:  # of three tensors that share it
            continue
        drawn.add(place)
        said = f"{_name(fw, a)} and {_name(fw, b)} share {whole(high - low)} bytes: {_reason(fw, b)}"
        yield Rect(left, y(high), right - left, max(y(low) - y(high), 1.5), "f-hatch", said, hatched=True)


def _pairs(fw: Firmware) -> Pairs:
    """Tensors that have an address at the same time, earlier ones first."""
    found, open_now = [], list[Placement]()
    for p in sorted(fw.placements, key=lambda p: (p.first, p.last)):
        open_now = [o for o in open_now if o.last >= p.first]
        found += [(o, p) for o in open_now if o.offset < p.offset + p.bytes and p.offset < o.offset + o.bytes]
        open_now.append(p)
    return found


def _above(fw: Firmware, cols: Columns, y: Scale) -> Iterator[Shape]:
    """What is beside the arena: the stack on top of all."""
    m, start, wide = fw.memory, cols.start, cols.end - cols.start
    parts = [("f-other", "other variables", m.static_ram_bytes), ("f-stack", "stack, as painted", m.stack_bytes)]
    at = m.arena_bytes
    yield line(start, y(at), cols.end, y(at), "s-ink")
    for style, name, count in parts:
        if count:
            height = y(at) - y(at + count)
            yield Rect(start, y(at + count), wide, height, f"{style} s-paper", f"{name}: {whole(count)} bytes")
            if height >= 14:
                yield Text(start + 6, y(at + count / 2) + 4, f"{name}, {size(count)}", "t-small")
        at += count


def _limit(fw: Firmware, cols: Columns, y: Scale, ram: int | None) -> Iterator[Shape]:
    if ram is None:
        return
    said = f"RAM of {fw.target}: {size(ram)}"
    if ram <= y.high:
        yield line(cols.start, y(ram), cols.end, y(ram), "s-limit", said)
        yield Text(cols.end, y(ram) - 5, said, "t-small t-limit", "end")
    else:
        at = TOP - 12
        yield line(cols.start, at, cols.end, at, "s-limit s-far", said)
        far = f"{said}, {ram / max(1, fw.memory.ram_bytes):,.0f} times what is used: far above this picture"
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
    return (
        f"{_name(fw, p)}: {kind}{whole(p.bytes)} bytes at {whole(p.offset)} to {whole(p.offset + p.bytes)}, {steps}\n"
        f"{_reason(fw, p)}"
    )


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
    said += f": an arena of {whole(m.arena_bytes)}{stack}"
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
    return said + others


def _table(fw: Firmware) -> Table:
    rows = tuple(
        (_name(fw, p), whole(p.offset), whole(p.bytes), f"{p.first} to {p.last}", _reason(fw, p)) for p in fw.placements
    )
    return Table(("tensor", "offset", "bytes", "steps", "why there"), rows, "Buffers of the arena as figures")
