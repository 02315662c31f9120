"""`Plan`: the second level of program, and its readable form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lapel.errors import InvalidGraph
from lapel.ir import Call, Graph, Node
from lapel.ops import registry
from lapel.targets import Target


@dataclass(frozen=True)
class Placement:
    """Where a tensor lives in the arena: byte offset and size, and the steps between which it is needed.

    `first` and `last` are step indexes, inclusive; -1 is before the first step (a model input). Tensors of one
    `buffer` share their bytes on purpose (aliases and in-place outputs).
    """

    tensor: str
    buffer: int
    offset: int
    bytes: int
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Step:
    """One node in its place in the order: kernel calls (none for an alias) and MACs.

    reason: why its outputs lie where they do. choice: why these kernels, and what was rejected.
    """

    index: int
    node: Node
    calls: tuple[Call, ...]
    macs: int
    reason: str
    choice: str

    @property
    def kernel(self) -> str:
        """The kernels called, as shown to users."""
        return "+".join(dict.fromkeys(c.kernel for c in self.calls)) or "none"


@dataclass(frozen=True)
class Note:
    """A decision about the whole plan: what was decided, why, and what was rejected."""

    subject: str
    text: str


@dataclass(frozen=True, eq=False)
class Plan:
    """The firmware, decided: everything that codegen writes down.

    arena_bytes: size of the arena. bound_bytes: no placement of these buffers in this order needs less.
    guard_bytes: unused bytes kept round every buffer (tests only).
    """

    graph: Graph
    target: Target
    steps: tuple[Step, ...]
    placements: Mapping[str, Placement]
    arena_bytes: int
    bound_bytes: int
    notes: tuple[Note, ...]
    guard_bytes: int = 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(s.macs for s in self.steps)

    def verify(self) -> Plan:
        """Return the plan, or raise InvalidGraph if buffers stick out, or overlap when both are needed.

        Allowed is only that a step's output overlaps the input of its one kernel call, if this input is not needed
        after it, the kernel promises an order, and the operator's distance for that order is kept, or that the kernel
        promises to work in place, and both start together.
        """
        buffers: dict[int, list[int]] = {}
        for p in self.placements.values():
            if p.offset < 0 or p.offset + p.bytes > self.arena_bytes:
                raise InvalidGraph(f"{self.graph.name}: {p.tensor!r} sticks out of the arena")
            b = buffers.setdefault(p.buffer, [p.offset, p.offset + p.bytes, p.first, p.last])
            b[0], b[1] = min(b[0], p.offset), max(b[1], p.offset + p.bytes)
            b[2], b[3] = min(b[2], p.first), max(b[3], p.last)
        events = sorted((first, key) for key, (_, _, first, _) in buffers.items())
        live: list[int] = []
        for first, key in events:
            live = [k for k in live if buffers[k][3] >= first]
            for k in live:
                apart = buffers[key][1] <= buffers[k][0] or buffers[k][1] <= buffers[key][0]
                if not apart and not (buffers[k][3] == first and self._may_overlap(k, key, first)):
                    raise InvalidGraph(f"{self.graph.name}: buffers {k} and {key} overlap at step {first}")
            live.append(key)
        return self

    def _may_overlap(self, x_buffer: int, y_buffer: int, step: int) -> bool:
        """Whether the step's one call reads buffer x and writes buffer y at a distance that its order allows."""
        if step < 0 or len(self.steps[step].calls) != 1:
            return False
        node, (call,) = self.steps[step].node, self.steps[step].calls
        if call.inputs != node.inputs[:1] or call.outputs != node.outputs:
            return False
        x, y = self.placements.get(call.inputs[0]), self.placements[call.outputs[0]]
        if x is None or (x.buffer, y.buffer) != (x_buffer, y_buffer):
            return False
        if call.in_place and x.offset == y.offset:
            return True
        if call.ahead is None:
            return False
        distance = registry()[node.op].overlap(self.graph.instance(node), call.ahead)
        return distance is not None and x.offset - y.offset >= distance

    def __str__(self) -> str:
        gap = "the optimum" if self.arena_bytes == self.bound_bytes else f"the lower bound is {self.bound_bytes}"
        lines = [
            f"plan {self.graph.name} for {self.target.name}: {len(self.steps)} steps, {self.macs} MACs, "
            f"arena {self.arena_bytes} bytes ({gap})",
            *(f"  {n.subject}: {n.text}" for n in self.notes),
        ]
        for name in self.graph.inputs:
            lines.append(f"  input  {self._place(name)}")
        for s in self.steps:
            outs = ", ".join(self._place(o) for o in s.node.outputs)
            ins = ", ".join(self._place(i) for i in s.node.inputs if i)
            lines += [f"  {s.index:3d} {s.node.op} [{s.kernel}] {outs}", f"      from {ins}", f"      {s.reason}"]
            if s.choice:
                lines.append(f"      {s.choice}")
        for name in self.graph.outputs:
            lines.append(f"  output {self._place(name)}")
        return "\n".join(lines) + "\n"

    def _place(self, name: str) -> str:
        t = self.graph.tensors[name].type
        p = self.placements.get(name)
        where = f"arena {p.offset}..{p.offset + p.bytes}" if p else "flash"
        return f"{name} {t.dtype}{list(t.shape)} @ {where}"
