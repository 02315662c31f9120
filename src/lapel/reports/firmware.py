"""`Firmware`: what pictures read of a build: one model, whichever record it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lapel.errors import FormatError, shown
from lapel.records import (
    BlobBuild,
    Build,
    CycleModel,
    Layer,
    Memory,
    Modelled,
    Placement,
    PlannedStep,
    PlannedTensor,
    PlanRecord,
    ProgramBuild,
    ProgramModel,
    Recipe,
    Record,
    Run,
    StackBound,
)

Identity = tuple[str, str, str]
"""What tells the firmware of two records apart: digest of the graph, target, and what was wished."""


@dataclass(frozen=True)
class Time:
    """Of a layer or of all: the best figure that there is, and between which others the truth is, in `unit`."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Firmware:
    """One model in a firmware.

    recipe: None of a plan that was not built; its memory is the arena alone. times, flash: of each layer, in `unit` and
    in bytes of its own; None where not known. memory: of the whole firmware. beside: how many other models there are in
    it. total: None where nothing is counted. unit: what times are: "counted cycles", "modelled cycles" or "counted
    instructions"; "" where nothing is counted. ran: how it did, "" for a plan.
    """

    model: str
    target: str
    core: str
    recipe: Recipe | None
    macs: int
    plan: PlanRecord
    layers: tuple[Layer, ...]
    times: tuple[Time | None, ...]
    flash: tuple[int | None, ...]
    memory: Memory
    total: Time | None
    unit: str
    cycle_model: CycleModel | None
    stack_worst_bytes: int | None
    stack_bound: StackBound | None
    beside: int
    ran: str

    @property
    def identity(self) -> Identity | None:
        """Of the build that it is from."""
        return None if self.recipe is None else identity(self.recipe)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Of each step, as tables show it, on one line."""
        return tuple(shown(layer.label or self.plan.labels.get(layer.name, layer.name)) for layer in self.layers)

    @cached_property
    def tensors(self) -> Mapping[str, PlannedTensor]:
        """By name."""
        return {t.name: t for t in self.plan.tensors}

    @cached_property
    def placements(self) -> tuple[Placement, ...]:
        """Of all tensors in the arena, each only as long as itself is needed, and of scratch."""
        scratch = (s.scratch for s in self.plan.steps if s.scratch is not None)
        return (*map(self._own, self.plan.placements), *scratch)

    @cached_property
    def made(self) -> Mapping[str, int]:
        """By name of a tensor the step that makes it."""
        return {name: k for k, step in enumerate(self.plan.steps) for name in step.outputs}

    @cached_property
    def read(self) -> Mapping[str, int]:
        """By name of a tensor the last step that reads it."""
        return {name: k for k, step in enumerate(self.plan.steps) for name in step.inputs}

    @cached_property
    def _sharing(self) -> Counter[int]:
        """By buffer how many tensors it has."""
        return Counter(p.buffer for p in self.plan.placements)

    def _own(self, p: Placement) -> Placement:
        """Where several tensors have one buffer, each has its place while the buffer is needed for any of them."""
        if self._sharing[p.buffer] == 1 or p.tensor in self.plan.states:
            return p
        first = self.made.get(p.tensor, p.first)
        last = p.last if p.tensor in self.plan.outputs else self.read.get(p.tensor, first)
        return replace(p, first=max(first, p.first), last=max(first, min(last, p.last)))

    def label(self, tensor: str) -> str:
        """A tensor's name, as tables show it."""
        return shown(self.plan.labels.get(tensor, tensor))

    def share(self, k: int) -> float | None:
        """Of the whole time that of layer k."""
        time = self.times[k]
        return None if time is None or self.total is None or not self.total.value else time.value / self.total.value


def identity(recipe: Recipe) -> Identity:
    """What tells a record's firmware from that of others."""
    return recipe.sha256, recipe.target, str(recipe.wish)


def firmware_of(record: Record) -> tuple[Firmware, ...]:
    """Of each model of a build, of a plan, or of a run; nothing of other records.

    Raises FormatError where plan and layers disagree.
    """
    found: tuple[Firmware, ...] = ()
    if isinstance(record, Build):
        found = (_of_build(record),)
    elif isinstance(record, BlobBuild):
        found = (_of_blob(record),)
    elif isinstance(record, ProgramBuild):
        found = tuple(_of_program(record, m) for m in record.models)
    elif isinstance(record, Run):
        found = (_of_run(record),)
    elif isinstance(record, PlanRecord):
        found = (_of_plan(record),)
    for fw in found:
        for problem in _problems(fw):
            raise FormatError(f"{shown(fw.model)}: {problem}: the record is damaged, build again")
    return found


def _problems(fw: Firmware) -> Iterator[str]:
    """What the types of a record's fields allow, and no build writes."""
    steps, last = fw.plan.steps, len(fw.plan.steps) - 1
    if len(steps) != len(fw.layers):
        yield f"the plan has {len(steps)} steps, expected as many as layers, which are {len(fw.layers)}"
    for step, layer in zip(steps, fw.layers, strict=False):
        if step.name != layer.name:
            yield f"step {step.index} makes {shown(step.name)!r}, expected {shown(layer.name)!r}, as the layer has it"
    for p in fw.placements:
        if not -1 <= p.first <= p.last <= last + 1:
            yield f"a buffer is needed in the steps {p.first} to {p.last}, expected steps from -1 to {last + 1}"
        if p.offset < 0 or p.bytes < 0 or p.offset + p.bytes > fw.plan.arena_bytes:
            ends = p.offset + p.bytes
            yield f"a buffer lies at {p.offset} to {ends}, expected it within the arena of {fw.plan.arena_bytes} bytes"


def _of_build(b: Build) -> Firmware:
    modelled = b.cycle_model.inference if b.cycle_model else None
    given = b.cycles, modelled, b.instructions
    return Firmware(
        model=b.model, target=b.target, core=b.core, recipe=b.recipe, macs=b.macs, plan=b.plan, layers=b.layers,
        times=_times(b.layers), flash=tuple(map(_own_bytes, b.plan.steps)), memory=b.memory, total=_time(*given),
        unit=_unit(*given), cycle_model=b.cycle_model, stack_worst_bytes=b.stack_worst_bytes,
        stack_bound=b.stack_bound, beside=0, ran=_ran(b.samples, "random sample"),
    )  # fmt: skip


def _of_blob(b: BlobBuild) -> Firmware:
    """A firmware whose constants are the blob. What a call costs in flash was measured of generated code."""
    modelled = b.cycle_model.inference if b.cycle_model else None
    given = b.cycles, modelled, b.instructions
    memory = replace(b.memory, flash_data_bytes=b.memory.flash_data_bytes + b.blob_bytes)
    return Firmware(
        model=b.model, target=b.target, core=b.core, recipe=b.recipe, macs=b.macs, plan=b.plan, layers=b.layers,
        times=_times(b.layers), flash=tuple(map(_own_bytes, b.plan.steps)), memory=memory, total=_time(*given),
        unit=_unit(*given), cycle_model=b.cycle_model, stack_worst_bytes=None, stack_bound=b.stack_bound, beside=0,
        ran=f"{_ran(b.samples, 'random sample')}, as data that an interpreter ran",
    )  # fmt: skip


def _of_program(p: ProgramBuild, m: ProgramModel) -> Firmware:
    whole = [layer.modelled for layer in m.layers if layer.modelled is not None]
    modelled = None
    if m.modelled_cycles is not None and len(whole) == len(m.layers):
        modelled = Modelled(m.modelled_cycles, sum(x.low for x in whole), sum(x.high for x in whole))
    given = m.cycles, modelled, m.instructions
    return Firmware(
        model=m.model, target=p.target, core=p.core, recipe=m.recipe, macs=m.macs, plan=m.plan, layers=m.layers,
        times=_times(m.layers), flash=tuple(map(_own_bytes, m.plan.steps)), memory=p.memory, total=_time(*given),
        unit=_unit(*given), cycle_model=None, stack_worst_bytes=p.stack_worst_bytes,
        stack_bound=p.stack_bound, beside=len(p.models) - 1, ran=_ran(p.samples, "random sample"),
    )  # fmt: skip


def _of_run(r: Run) -> Firmware:
    """What a run knows without a build: no places in the arena, and of the flash the constants alone."""
    modelled = r.cycle_model.inference if r.cycle_model else None
    given, kept = (r.cycles, modelled, r.instructions), dict[str, int]()
    for part in r.parts:
        kept[part.layer] = kept.get(part.layer, 0) + part.bytes
    steps = tuple(PlannedStep(k, y.name, y.op, y.macs, (), (y.name,), "", 0, (), None) for k, y in enumerate(r.layers))
    plan = PlanRecord(
        model=r.model, target=r.target, core=r.core, macs=r.macs, arena_bytes=r.memory.arena_bytes,
        arena_bound_bytes=r.memory.arena_bound_bytes, folder="", labels={y.name: y.label for y in r.layers}, inputs=(),
        outputs=(), states=(), state_bytes=r.memory.state_bytes, notes=(), tensors=(), placements=(), steps=steps,
    )  # fmt: skip
    return Firmware(
        model=r.model, target=r.target, core=r.core, recipe=r.recipe, macs=r.macs, plan=plan, layers=r.layers,
        times=_times(r.layers), flash=tuple(kept.get(y.label, 0) if r.parts else None for y in r.layers),
        memory=r.memory, total=_time(*given), unit=_unit(*given), cycle_model=r.cycle_model, stack_worst_bytes=None,
        stack_bound=None, beside=0,
        ran=_ran(r.samples, "sample") if r.bit_exact else f"differs from the reference on {r.mismatches}",
    )  # fmt: skip


def _of_plan(p: PlanRecord) -> Firmware:
    """What a plan knows before anything is built: costs of calls that were measured one by one, and no stack."""
    layers = tuple(Layer(s.name, s.op, s.kernel, s.macs, None, None, None, p.labels.get(s.name, "")) for s in p.steps)
    times, units = tuple(map(_planned, p.steps)), {c.choice.unit for s in p.steps for c in s.calls}
    known = len(units) == 1 and None not in units and all(t is not None for t in times)
    whole = sum(t.value for t in times if t is not None)
    memory = Memory(p.arena_bytes, p.arena_bytes, p.arena_bound_bytes, 0, 0, 0, 0, p.state_bytes)
    return Firmware(
        model=p.model, target=p.target, core=p.core, recipe=None, macs=p.macs, plan=p, layers=layers,
        times=times if known else tuple(None for _ in times), flash=tuple(map(_own_bytes, p.steps)), memory=memory,
        total=Time(whole, whole, whole) if known else None, unit=str(units.pop()) if known else "", cycle_model=None,
        stack_worst_bytes=None, stack_bound=None, beside=0, ran="",
    )  # fmt: skip


def _planned(step: PlannedStep) -> Time | None:
    costs = [c.choice.cost for c in step.calls]
    if any(cost is None for cost in costs):
        return None
    whole = sum(cost.time for cost in costs if cost is not None)
    return Time(whole, whole, whole)


def _own_bytes(step: PlannedStep) -> int | None:
    """Flash for a step alone: its constants and code, without functions that others share; None if not measured."""
    costs = [call.choice.cost for call in step.calls]
    return None if any(cost is None for cost in costs) else sum(cost.bytes for cost in costs if cost is not None)


def _ran(samples: int, kind: str) -> str:
    return f"gave the reference's bits on {samples:,} {kind}{'s' if samples != 1 else ''}"


def _times(layers: Sequence[Layer]) -> tuple[Time | None, ...]:
    return tuple(_time(y.cycles, y.modelled, y.instructions) for y in layers)


def _time(cycles: int | None, modelled: Modelled | None, instructions: int | None) -> Time | None:
    if cycles is not None:
        return Time(cycles, cycles, cycles)
    if modelled is not None:
        return Time(modelled.cycles, modelled.low, modelled.high)
    return None if instructions is None else Time(instructions, instructions, instructions)


def _unit(cycles: int | None, modelled: Modelled | None, instructions: int | None) -> str:
    if cycles is not None:
        return "counted cycles"
    if modelled is not None:
        return "modelled cycles"
    return "" if instructions is None else "counted instructions"
