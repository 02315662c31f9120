"""The graph: a row a step, in the order in which they run, with lines from who makes a tensor to who reads it.

Each tensor that is alive has a lane; a chain of layers is one straight line, and what skips layers runs beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lapel.errors import shown
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.numbers import percent, size, whole
from lapel.reports.picture import Panel, Picture
from lapel.reports.shapes import Anchor, Dot, Drawing, Link, Path, Rect, Shape, Text, fitted, line, number

WIDTH, ROW, TOP = 960.0, 24.0, 30.0
LANE, FIRST, RADIUS = 14.0, 12.0, 4.0
OP, NAME, SHAPE, BYTES, SHARE = 118.0, 300.0, 190.0, 84.0, 128.0
"""Widths of the columns behind the lanes, px."""
MOST_LANES = 12
"""Lanes that have a place of their own; what is beyond them runs in the last one."""


@dataclass
class Lanes:
    """Which tensor runs where. at: lane by tensor; free ones are taken from the left."""

    at: dict[str, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    widest: int = 0

    def take(self, tensor: str, lane: int | None = None) -> int:
        """A lane for a tensor, the leftmost that is free if none is given."""
        found = next(k for k in range(len(self.used) + 1) if k not in self.used) if lane is None else lane
        self.at[tensor] = found
        self.used.add(found)
        self.widest = max(self.widest, found)
        return found

    def leave(self, tensor: str) -> None:
        """The tensor is not needed any more."""
        self.used.discard(self.at[tensor])


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a build."""
    fw = dossiers[0].firmware
    if fw is None or not any(step.inputs for step in fw.plan.steps):
        return None
    lines, lanes, where = _lines(fw)
    left = FIRST + (min(lanes.widest, MOST_LANES) + 1) * LANE + 6
    shapes: list[Shape] = [*_heads(left), *lines, *_ports(fw, lanes, left)]
    for k in range(len(fw.plan.steps)):
        shapes.append(_row(fw, k, where[k], left))
    rows = len(fw.plan.steps) + 1
    drawing = Drawing(WIDTH, TOP + rows * ROW + 8, tuple(shapes), f"Graph of {shown(fw.model)}, a row a step")
    return Panel(drawing, _finding(fw), "A row leads to what its layer takes. Constants are not drawn.")


PICTURE = Picture("graph", "The graph", 30, draw)


def _y(row: int) -> float:
    """Of the middle of a row; -1 is that of the inputs."""
    return TOP + (row + 1) * ROW + ROW / 2


def _x(lane: int) -> float:
    return FIRST + min(lane, MOST_LANES) * LANE


def _lines(fw: Firmware) -> tuple[list[Shape], Lanes, list[int]]:
    """Lines of all tensors, and the lane of each step's node."""
    lanes, shapes, where = Lanes(), list[Shape](), list[int]()
    born: dict[str, int] = {}
    for name in (*fw.plan.inputs, *fw.plan.states):
        lanes.take(name)
        born[name] = -1
    for k, step in enumerate(fw.plan.steps):
        given = [name for name in dict.fromkeys(step.inputs) if name in born]
        over = [name for name in given if fw.read[name] == k and name not in fw.plan.outputs]
        here = lanes.at[over[0]] if over else None
        starts = {name: (lanes.at[name], born[name]) for name in given}
        for name in over:
            lanes.leave(name)
        outputs = [name for name in step.outputs if name in fw.read or name in fw.plan.outputs] or list(step.outputs)
        lane = lanes.take(outputs[0], here)
        for name in outputs[1:]:
            lanes.take(name)
        shapes += [_edge(fw, name, *starts[name], where, (k, lane)) for name in given]
        born |= {name: k for name in outputs}
        where.append(lane)
        for name in outputs:
            if name not in fw.read and name not in fw.plan.outputs:
                lanes.leave(name)
    return shapes, lanes, where


def _edge(fw: Firmware, name: str, lane: int, row: int, where: list[int], to: tuple[int, int]) -> Shape:
    """From the node that makes a tensor into the tensor's lane, down that, and over to the node in the last row."""
    x, (to_row, to_lane) = _x(lane), to
    start = x if row < 0 else _x(where[row])
    d = f"M{number(start)} {number(_y(row))}"
    if start != x and to_row > row + 1:
        d += _bend(start, x, row + 1)
        start = x
    if to_row > row + 1:
        d += f"V{number(_y(to_row - 1))}"
    end = _x(to_lane)
    d += f"V{number(_y(to_row))}" if start == end else _bend(start, end, to_row)
    return Path(d, "s-edge", f"{fw.label(name)}: {_type(fw, name)}")


def _bend(x: float, end: float, row: int) -> str:
    """From the row before to that one."""
    middle = number(_y(row) - ROW / 2)
    return f"C{number(x)} {middle} {number(end)} {middle} {number(end)} {number(_y(row))}"


def _heads(left: float) -> Iterator[Shape]:
    x = left + 30
    for text, width in (("operator", OP), ("tensor that it makes", NAME), ("type", SHAPE)):
        yield Text(x, 16, text, "t-small t-muted")
        x += width
    yield Text(x + BYTES - 20, 16, "bytes", "t-small t-muted", "end")
    yield Text(x + BYTES, 16, "share of time", "t-small t-muted")
    yield line(0, TOP - 4, WIDTH, TOP - 4, "s-rule")


def _ports(fw: Firmware, lanes: Lanes, left: float) -> Iterator[Shape]:
    names = (*fw.plan.inputs, *fw.plan.states)
    for k, name in enumerate(names):
        yield Dot(_x(k), _y(-1), RADIUS, f"{'f-state' if name in fw.plan.states else 'f-input'} s-ink", fw.label(name))
    said = ", ".join(f"{fw.label(name)} {_type(fw, name)}" for name in names)
    yield Text(left + 30, _y(-1) + 4, fitted(f"input {said}", WIDTH - left - 40), "t-label", title=said)


def _row(fw: Firmware, k: int, lane: int, left: float) -> Shape:
    step, y = fw.plan.steps[k], _y(k)
    output = any(name in fw.plan.outputs for name in step.outputs)
    node = Dot(_x(lane), y, RADIUS, f"{'f-output' if output else 'f-time'} s-ink", f"{step.op}: {step.kernel}")
    number_ = Text(left + 20, y + 4, str(k), "t-small t-link", "end")
    x = left + 30
    texts: list[Shape] = [Link(f"bar-{k}", (number_,), f"step {k}: where the time goes")]
    texts.append(Text(x, y + 4, fitted(step.op, OP - 8), "t-label", title=step.kernel))
    name = fw.labels[k] + (" → output" if output else "")
    texts.append(Text(x + OP, y + 4, fitted(name, NAME - 10), "t-label", title=fw.labels[k]))
    texts.append(Text(x + OP + NAME, y + 4, fitted(_type(fw, step.outputs[0]), SHAPE - 10), "t-label t-muted"))
    x += OP + NAME + SHAPE
    tensor = fw.tensors.get(step.outputs[0])
    if tensor is not None:
        texts.append(Text(x + BYTES - 20, y + 4, whole(tensor.bytes), "t-label t-muted", "end"))
    share = fw.share(k)
    if share is not None and step.calls:
        room = WIDTH - x - BYTES - 52
        texts.append(Rect(x + BYTES, y - 5, max(share / _largest(fw) * room, 0.75), 10, "f-time", percent(share)))
        texts.append(Text(WIDTH - 2, y + 4, percent(share), "t-small t-muted", "end"))
    return Anchor(f"node-{k}", (Rect(0, y - ROW / 2, WIDTH, ROW, "f-none"), node, *texts))


def _largest(fw: Firmware) -> float:
    """Share of the layer that takes most time."""
    return max((fw.share(k) or 0.0 for k in range(len(fw.layers))), default=0.0) or 1.0


def _type(fw: Firmware, name: str) -> str:
    tensor = fw.tensors.get(name)
    return "" if tensor is None else f"{tensor.dtype}{list(tensor.shape)}"


def _finding(fw: Firmware) -> str:
    ops: dict[str, int] = {}
    for step in fw.plan.steps:
        ops[step.op] = ops.get(step.op, 0) + 1
    kinds = ", ".join(f"{count} {op}" for op, count in sorted(ops.items(), key=lambda item: -item[1]))
    constants = sum(t.bytes for t in fw.plan.tensors if t.place == "flash")
    return f"{len(fw.plan.steps)} steps: {kinds}. Their constants are {size(constants)}, before they are packed."
