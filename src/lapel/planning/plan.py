"""`Plan`: the second level of program, and its readable form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lapel.errors import InvalidGraph, shown
from lapel.ir import Call, Graph, Node
from lapel.ops import registry
from lapel.planning.costs import Choice
from lapel.planning.labels import folder_of, labels, relabel
from lapel.planning.marks import INITIAL, Marks, Runs, cut, differences, join
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

    reason: why its outputs lie where they do. choices: of each call, why this kernel, and what was rejected.
    """

    index: int
    node: Node
    calls: tuple[Call, ...]
    macs: int
    reason: str
    choices: tuple[Choice, ...]

    @property
    def kernel(self) -> str:
        """The kernels called, as shown to users."""
        return "+".join(dict.fromkeys(c.kernel for c in self.calls)) or "none"

    @property
    def choice(self) -> str:
        """Why these kernels, on one line."""
        return "; ".join(dict.fromkeys(map(str, self.choices)))


@dataclass(frozen=True)
class Note:
    """A decision about the whole plan: what was decided, why, and what was rejected."""

    subject: str
    text: str


@dataclass(frozen=True, eq=False, repr=False)
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

    def live_bytes(self) -> list[int]:
        """Bytes of the arena that are in use at each step."""
        starting = sorted(self.placements.values(), key=lambda p: p.first)
        live: list[Placement] = []
        used, begun = [], 0
        for step in range(len(self.steps)):
            live = [p for p in live if p.last >= step]
            while begun < len(starting) and starting[begun].first <= step:
                live += [starting[begun]] * (starting[begun].last >= step)
                begun += 1
            used.append(_covered((p.offset, p.offset + p.bytes) for p in live))
        return used

    def verify(self) -> Plan:
        """Return the plan, or raise InvalidGraph if buffers stick out, or overlap when both are needed.

        Allowed is only that a step's output overlaps the input of its one kernel call, if this input is not needed
        after it, the kernel promises an order, and the operator's distance for that order is kept, or that the kernel
        promises to work in place, and both start together.
        """
        # What is kept of a buffer between calls has its own bytes and steps.
        kept = {*self.graph.states, *(c.update for c in self.graph.carries)}
        buffers: dict[tuple[int, bool], list[int]] = {}
        for p in self.placements.values():
            if p.offset < 0 or p.offset + p.bytes > self.arena_bytes:
                raise InvalidGraph(f"{self.graph.name}: {p.tensor!r} sticks out of the arena")
            b = buffers.setdefault((p.buffer, p.tensor in kept), [p.offset, p.offset + p.bytes, p.first, p.last])
            b[0], b[1] = min(b[0], p.offset), max(b[1], p.offset + p.bytes)
            b[2], b[3] = min(b[2], p.first), max(b[3], p.last)
        events = sorted((first, key) for key, (_, _, first, _) in buffers.items())
        live: list[tuple[int, bool]] = []
        for first, key in events:
            live = [k for k in live if buffers[k][3] >= first]
            for k in live:
                apart = buffers[key][1] <= buffers[k][0] or buffers[k][1] <= buffers[key][0] or key[0] == k[0]
                if not apart and not (buffers[k][3] == first and self._may_overlap(k[0], key[0], first)):
                    raise InvalidGraph(f"{self.graph.name}: buffers {k[0]} and {key[0]} overlap at step {first}")
            live.append(key)
        self._verify_values()
        return self

    def _verify_values(self) -> None:
        """Walk the steps, marking every byte with the step that wrote it: each is read as its maker left it.

        Of a graph with state two calls: what the second one reads of a state is what the first one made its update of.
        """
        arena, values = Marks(self.arena_bytes), dict[str, Runs]()
        for name in self.graph.states:
            self._write(arena, values, name, INITIAL)
        for call in range(2 if self.graph.carries else 1):
            first = call * (len(self.steps) + 1)
            for name in self.graph.arguments:
                self._write(arena, values, name, first - 1)
            for step in self.steps:
                self._verify_step(arena, values, step, first + step.index)
            for name in self.graph.results:
                self._check_read(arena, values, name, "the caller")
            for c in self.graph.carries:
                self._check_read(arena, values, c.update, "the next call")
                values[c.state] = values[c.update]

    def _verify_step(self, arena: Marks, values: dict[str, Runs], step: Step, mark: int) -> None:
        for name in dict.fromkeys(i for c in step.calls for i in c.inputs if i not in step.node.outputs):
            self._check_read(arena, values, name, f"step {step.index} {step.node.op}")
        for name in step.node.outputs:
            if step.calls:
                self._write(arena, values, name, mark)
            else:
                values[name] = self._unmoved(values, step.node)

    def _write(self, arena: Marks, values: dict[str, Runs], name: str, mark: int) -> None:
        p = self.placements.get(name)
        if p is not None:
            arena.write(p.offset, p.offset + p.bytes, mark)
            values[name] = ((p.bytes, mark),)

    def _check_read(self, arena: Marks, values: dict[str, Runs], name: str, reader: str) -> None:
        p = self.placements.get(name)
        if p is None:
            return
        found = arena.read(p.offset, p.offset + p.bytes)
        if found != values[name]:
            wrong, first = differences(found, values[name])
            lost = f"{wrong} bytes of it, from {first} on, are overwritten"
            raise InvalidGraph(f"{self.graph.name}: {reader} reads {name!r}, but {lost}")

    def _unmoved(self, values: dict[str, Runs], node: Node) -> Runs:
        """Who wrote an output that is its inputs' bytes: side by side, or a piece of one."""
        op, inst = registry()[node.op], self.graph.instance(node)
        if op.parts(inst):
            return join(run for i in node.inputs for run in values[i])
        return cut(values[node.inputs[0]], op.offset(inst), inst.y().bytes)

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
        return self.text()

    def __repr__(self) -> str:
        cost = f"{len(self.steps)} steps, {self.macs:,} MACs, arena {self.arena_bytes:,} bytes"
        return f"<Plan {self.graph.name!r} for {self.target.name}: {cost}>"

    def text(self, layout: Callable[[Call], Sequence[str]] = lambda call: ()) -> str:
        """One line a decision; layout: lines on how a call's constants lie."""
        gap = "the optimum" if self.arena_bytes == self.bound_bytes else f"the lower bound is {self.bound_bytes:,}"
        names, folder = labels(self.graph), folder_of(self.graph)
        lines = [
            f"plan {self.graph.name} for {self.target.name}: {len(self.steps)} steps, {self.macs:,} MACs, "
            f"arena {self.arena_bytes:,} bytes ({gap})",
            *([f"  names: what is in {shown(folder)} is named without it"] if folder else []),
            *(f"  {n.subject}: {relabel(n.text, names)}" for n in self.notes),
        ]
        for name in self.graph.arguments:
            lines.append(f"  input  {self._place(name, names)}")
        for name in self.graph.states:
            lines.append(f"  state  {self._place(name, names)}")
        for s in self.steps:
            outs = ", ".join(self._place(o, names) for o in s.node.outputs)
            ins = ", ".join(self._place(i, names) for i in s.node.inputs if i)
            lines += [f"  {s.index:3d} {s.node.op} [{s.kernel}] {outs}", f"      from {ins}"]
            lines.append(f"      {relabel(s.reason, names)}")
            said = {}
            for call, choice in zip(s.calls, s.choices, strict=True):
                said[str(choice)] = choice, layout(call)
            for choice, more in said.values():
                lines += [f"      {choice.why}", *(f"        {line}" for line in more)]
                lines += [f"        not {r.name}: {r.why}" if r.kernel else f"        {r.why}" for r in choice.rejected]
        for name in self.graph.results:
            lines.append(f"  output {self._place(name, names)}")
        return "\n".join(lines) + "\n"

    def _place(self, name: str, names: Mapping[str, str]) -> str:
        t = self.graph.tensors[name].type
        p = self.placements.get(name)
        elsewhere = "the caller, read in bands" if name in self.graph.arguments else "flash"
        where = f"arena {p.offset}..{p.offset + p.bytes}" if p else elsewhere
        return f"{names[name]} {t.dtype}{list(t.shape)} @ {where}"


def _covered(ranges: Iterable[tuple[int, int]]) -> int:
    """How many numbers are in at least one of the ranges start..end-1."""
    count = reached = 0
    for start, end in sorted(ranges):
        count += max(0, end - max(start, reached))
        reached = max(reached, end)
    return count
