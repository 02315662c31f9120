"""`Firmware`: what pictures read of a build: one model, whichever record it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lapel.errors import FormatError, shown
from lapel.records import (
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

    memory: of the whole firmware. beside: how many other models there are in it. total: None where nothing is counted.
    unit: what times are: "counted cycles", "modelled cycles" or "counted instructions"; "" where nothing is counted.
    """

    model: str
    target: str
    core: str
    recipe: Recipe
    macs: int
    plan: PlanRecord
    layers: tuple[Layer, ...]
    memory: Memory
    total: Time | None
    unit: str
    instructions: int | None
    cycle_model: CycleModel | None
    boards: tuple[str, ...]
    stack_worst_bytes: int | None
    beside: int
    samples: int
    warnings: tuple[str, ...]

    @property
    def identity(self) -> Identity:
        """Of the build that it is from."""
        return identity(self.recipe)

    @cached_property
    def times(self) -> tuple[Time | None, ...]:
        """Of each layer, in `unit`."""
        return tuple(_time(layer.cycles, layer.modelled, layer.instructions) for layer in self.layers)

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
        """Of all tensors in the arena, and of scratch."""
        return (*self.plan.placements, *(s.scratch for s in self.plan.steps if s.scratch is not None))

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


def own_bytes(step: PlannedStep) -> int | None:
    """Flash for a step alone: its constants and code, without functions that others share; None if not measured."""
    if any(call.choice.cost is None for call in step.calls):
        return None
    return sum(call.choice.cost.bytes for call in step.calls if call.choice.cost is not None)


def firmware_of(record: Record) -> tuple[Firmware, ...]:
    """Of each model of a build; nothing of other records. Raises FormatError where plan and layers disagree."""
    found: tuple[Firmware, ...] = ()
    if isinstance(record, Build):
        found = (_of_build(record),)
    elif isinstance(record, ProgramBuild):
        found = tuple(_of_program(record, m) for m in record.models)
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
        memory=b.memory, total=_time(*given), unit=_unit(*given), instructions=b.instructions,
        cycle_model=b.cycle_model, boards=b.boards, stack_worst_bytes=b.stack_worst_bytes,
        beside=0, samples=b.samples, warnings=b.warnings,
    )  # fmt: skip


def _of_program(p: ProgramBuild, m: ProgramModel) -> Firmware:
    whole = [layer.modelled for layer in m.layers if layer.modelled is not None]
    modelled = None
    if m.modelled_cycles is not None and len(whole) == len(m.layers):
        modelled = Modelled(m.modelled_cycles, sum(x.low for x in whole), sum(x.high for x in whole))
    given = m.cycles, modelled, m.instructions
    return Firmware(
        model=m.model, target=p.target, core=p.core, recipe=m.recipe, macs=m.macs, plan=m.plan, layers=m.layers,
        memory=p.memory, total=_time(*given), unit=_unit(*given), instructions=m.instructions,
        cycle_model=None, boards=p.boards, stack_worst_bytes=p.stack_worst_bytes,
        beside=len(p.models) - 1, samples=p.samples, warnings=p.warnings,
    )  # fmt: skip


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
