"""`Plan`: the second level of program, and its record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lapel.errors import InvalidGraph
from lapel.ir import SCRATCH, Call, Graph, Node, Tensor
from lapel.ops import registry
from lapel.planning.buffers import scratch_bytes
from lapel.planning.labels import folder_of, labels
from lapel.planning.marks import GARBAGE, INITIAL, Marks, Runs, cut, differences, join
from lapel.records import (
    Accesses,
    ArenaPart,
    Choice,
    Note,
    Placement,
    PlannedCall,
    PlannedStep,
    PlannedTensor,
    PlanRecord,
)
from lapel.records.plan import part_of
from lapel.runtime.source import field_comments
from lapel.targets import Target


@dataclass(frozen=True, eq=False)
class Step:
    """One node in its place in the order: kernel calls (none for an alias) and MACs.

    reason: why its outputs lie where they do. choices: of each call, why this kernel, and what was rejected.
    scratch: where its calls' scratch lies; None if they have none.
    """

    index: int
    node: Node
    calls: tuple[Call, ...]
    macs: int
    reason: str
    choices: tuple[Choice, ...]
    scratch: Placement | None = None

    @property
    def kernel(self) -> str:
        """The kernels called, as shown to users."""
        return "+".join(dict.fromkeys(c.kernel for c in self.calls)) or "none"


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """The firmware, decided: everything that codegen writes down.

    arena_bytes: size of the arena. bound_bytes: no placement of these buffers in this order needs less.
    guard_bytes: unused bytes kept round every buffer (tests only). warnings: what a user has to know about it, a
    sentence each. parts: of the arena, one a memory, on a board with several (`lapel.planning.division`): offsets run
    through all of them. accesses: of buffers, where they were counted.
    """

    graph: Graph
    target: Target
    steps: tuple[Step, ...]
    placements: Mapping[str, Placement]
    arena_bytes: int
    bound_bytes: int
    notes: tuple[Note, ...]
    guard_bytes: int = 0
    warnings: tuple[str, ...] = ()
    parts: tuple[ArenaPart, ...] = ()
    accesses: tuple[Accesses, ...] = ()

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(s.macs for s in self.steps)

    def places(self) -> Iterator[Placement]:
        """Every buffer of the arena: those of tensors, then the steps' scratch."""
        yield from self.placements.values()
        yield from (s.scratch for s in self.steps if s.scratch is not None)

    def live_bytes(self) -> list[int]:
        """Bytes of the arena that are in use at each step."""
        starting = sorted(self.places(), key=lambda p: p.first)
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
        for p in self.places():
            if p.offset < 0 or p.offset + p.bytes > self.arena_bytes:
                raise InvalidGraph(f"{self.graph.name}: {p.tensor or 'scratch'!r} sticks out of the arena")
            part = part_of(self.parts, p.offset)
            if part is not None and p.offset + p.bytes > part.offset + part.bytes:
                raise InvalidGraph(f"{self.graph.name}: {p.tensor or 'scratch'!r} sticks out of {part.memory}")
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

        What was scratch is garbage, from the step's start, when inputs are read, to its end, when outputs are there. Of
        a graph with state two calls: what the second one reads of a state is what the first one made its update of.
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
        self._check_places(step)
        self._spoil(arena, step)
        for name in dict.fromkeys(i for c in step.calls for i in _read(c) if i not in step.node.outputs):
            self._check_read(arena, values, name, f"step {step.index} {step.node.op}")
        for name in step.node.outputs:
            if step.calls:
                self._write(arena, values, name, mark)
            else:
                values[name] = self._unmoved(values, step.node)
        self._spoil(arena, step)

    def _check_places(self, step: Step) -> None:
        """Params that are places are inside of what they are in."""
        where, most = f"{self.graph.name}: step {step.index} {step.node.op}", scratch_bytes(step.calls)
        s = step.scratch
        if most and (s is None or s.bytes < most or s.offset % self.target.arena_align):
            raise InvalidGraph(f"{where}: its calls need {most} aligned bytes of scratch, found {s}")
        operands = {*step.node.inputs, *step.node.outputs}
        for call in step.calls:
            for name, place in call.places().items():
                p = self.placements.get(place.tensor) if place.tensor in operands else None
                size = p.bytes if p else 0 if place.tensor else call.scratch_bytes
                if not 0 <= place.offset < size and place != SCRATCH:
                    found = f"{name} of {call.kernel} is byte {place.offset} of {place.tensor or 'its scratch'!r}"
                    raise InvalidGraph(f"{where}: {found}, which has {size} in the arena")

    def _spoil(self, arena: Marks, step: Step) -> None:
        if step.scratch is not None:
            arena.write(step.scratch.offset, step.scratch.offset + step.scratch.bytes, GARBAGE)

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

    def record(self) -> PlanRecord:
        """What reports, exporters and comparisons want of it."""
        steps = (_planned_step(step, live) for step, live in zip(self.steps, self.live_bytes(), strict=True))
        return PlanRecord(
            model=self.graph.name,
            target=self.target.name,
            core=self.target.core,
            macs=self.macs,
            arena_bytes=self.arena_bytes,
            arena_bound_bytes=self.bound_bytes,
            folder=folder_of(self.graph),
            labels=labels(self.graph),
            inputs=self.graph.arguments,
            outputs=self.graph.results,
            states=self.graph.states,
            state_bytes=self.graph.state_bytes,
            notes=self.notes,
            tensors=tuple(_planned_tensor(t, self._place(t)) for t in self.graph.tensors.values()),
            placements=tuple(self.placements.values()),
            steps=tuple(steps),
            warnings=self.warnings,
            parts=self.parts,
            accesses=self.accesses,
        )

    def _place(self, t: Tensor) -> Literal["arena", "flash", "caller"]:
        if t.name in self.placements:
            return "arena"
        return "flash" if t.data is not None else "caller"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the record's picture."""
        return self.record()._repr_html_()

    def __str__(self) -> str:
        return str(self.record())

    def __repr__(self) -> str:
        cost = f"{len(self.steps)} steps, {self.macs:,} MACs, arena {self.arena_bytes:,} bytes"
        return f"<Plan {self.graph.name!r} for {self.target.name}: {cost}>"


def _planned_tensor(t: Tensor, place: Literal["arena", "flash", "caller"]) -> PlannedTensor:
    whole = t.type.quant if t.type.quant is not None and t.type.quant.axis is None else None
    scale, zero = (whole.scale[0], whole.zero[0]) if whole else (None, None)
    return PlannedTensor(t.name, t.type.dtype, t.type.shape, t.type.bytes, scale, zero, place)


def _planned_step(step: Step, live_bytes: int) -> PlannedStep:
    node, calls = step.node, zip(step.calls, step.choices, strict=True)
    return PlannedStep(
        index=step.index,
        name=node.outputs[0],
        op=node.op,
        macs=step.macs,
        inputs=tuple(name for name in node.inputs if name),
        outputs=node.outputs,
        placement=step.reason,
        live_bytes=live_bytes,
        scratch=step.scratch,
        calls=tuple(PlannedCall(call.kernel, call.inline, choice, layout(call)) for call, choice in calls),
    )


def layout(call: Call) -> dict[str, str]:
    """Of each table of a call: its type and size, and in what order its values lie, as the kernel's header says."""
    said = field_comments(call.kernel)
    tables = {name: value for name, value in call.params.items() if isinstance(value, np.ndarray)}
    return {n: f"{v.dtype}[{v.size}]" + (f": {said[n]}" if said.get(n) else "") for n, v in tables.items()}


def _read(call: Call) -> tuple[str, ...]:
    """The tensors that a call reads, also where its params say so."""
    return (*call.inputs, *(place.tensor for place in call.places().values() if place.tensor))


def _covered(ranges: Iterable[tuple[int, int]]) -> int:
    """How many numbers are in at least one of the ranges start..end-1."""
    count = reached = 0
    for start, end in sorted(ranges):
        count += max(0, end - max(start, reached))
        reached = max(reached, end)
    return count
