"""One element of a layer, number by number, by the reference and on a device: `explain`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lapel.debugging.accumulator import accumulated, constants
from lapel.debugging.diff import asked_for
from lapel.debugging.image import Held, Image, changed, image_of, params_in
from lapel.debugging.packed import Packed, packed_accumulator
from lapel.debugging.traces import Trace, Traced
from lapel.debugging.tracing import Asked, Readable, readable
from lapel.errors import FormatError, UsageError, shown
from lapel.families.elements import OUTPUT, ROUNDINGS, WHOLE, requantizes, with_rounding
from lapel.frontends import Model
from lapel.ir import Call
from lapel.ir.terms import Term, evaluated
from lapel.ops import registry
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.proving.firmware import Compiled
from lapel.proving.run import Progress
from lapel.records import Element, ElementRow
from lapel.targets import Target
from lapel.wish import ANY, Wish

LOOKED_AT = 64
"""Elements at most by which another rounding is recognized."""
_WHERE = re.compile(r"^(?P<layer>.*?)(?:\[(?P<at>[^\[\]]*)\])?$", re.S)


def explain(
    model: Model,
    target: str | Target | None,
    element: str,
    inputs: Any = None,
    *,
    sample: int | None = None,
    folder: Path | str | None = None,
    calibration: Any = None,
    reset_every: int | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Element:
    """Take one element of a layer to pieces, on the reference and on a target.

    element: `LAYER[i,j,…]`, a label, a node or a tensor of the plan, with an index as of its output; without one, the
    first element that differs, or the first of all. sample: of the inputs; None: the first in which the layer differs,
    else 0. Other arguments: see `lapel.diff`. Raises UsageError for a layer or an index that is not there.
    """
    asked, targets, _ = asked_for(model, target, inputs, calibration, folder, reset_every, wish, timeout_s)
    if len(targets) != 1:
        raise UsageError(f"an element was asked for on {len(targets)} targets, expected one")
    layer, at = _named(element)
    progress("planning")
    plan = asked.plan(targets[0], progress)
    tensor = tensor_named(plan, layer)
    shape = plan.graph.tensors[tensor].type.shape
    index = None if at is None else _index(shape, at)
    progress("compiling")
    with readable(asked, plan) as made:
        progress(f"tracing on {targets[0].name}")
        trace = asked.traced(made.firmware, targets[0].name, asked.reference())
        chosen = _chosen(trace, tensor, sample)
        return Explained(asked, made, trace, chosen, index or _first(chosen)).record(progress)


def _named(element: str) -> tuple[str, tuple[int, ...] | None]:
    found = _WHERE.match(element)
    assert found is not None, "it matches everything"
    if found["at"] is None:
        return element, None
    parts = [part.strip() for part in found["at"].split(",")]
    if not all(re.fullmatch(r"\d+", part) for part in parts):
        raise UsageError(f"element {element!r}: its index is [{found['at']}], expected whole numbers from 0 on")
    return found["layer"], tuple(map(int, parts))


def tensor_named(plan: Plan, name: str) -> str:
    """The tensor of a plan's step with this label, name, or name of its node. Raises UsageError, with the nearest."""
    names = labels(plan.graph)
    made = [(s.node, o) for s in plan.steps for o in s.node.outputs]
    for _, o in made:
        if name in (o, names[o]):
            return o
    for node, o in made:
        if name == node.name:
            return o
    near = difflib.get_close_matches(name, [names[o] for _, o in made], n=1, cutoff=0.3)
    meant = f"did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(names[o] for _, o in made[:8])
    raise UsageError(f"{plan.graph.name} has no layer {shown(name)!r}, {meant or f'it has {listed}'}")


def _chosen(trace: Trace, tensor: str, sample: int | None) -> Traced:
    rows = [t for t in trace if t.tensor == tensor and (sample is None or t.sample == sample)]
    if not rows:
        raise UsageError(f"sample {sample} was asked for, expected one below {len(trace.samples)}")
    return next((t for t in rows if t.wrong.any()), rows[0])


def _first(t: Traced) -> tuple[int, ...]:
    """The first element that differs, or the first of all."""
    return tuple(int(i) for i in np.argwhere(t.wrong)[0]) if t.wrong.any() else (0,) * t.expected.ndim


def _index(shape: tuple[int, ...], at: tuple[int, ...]) -> tuple[int, ...]:
    # A batch axis of one may be left out.
    whole = (0, *at) if len(at) == len(shape) - 1 and shape[0] == 1 else at
    if len(whole) != len(shape) or any(i >= d for i, d in zip(whole, shape, strict=True)):
        raise UsageError(f"index {list(at)} of a tensor of shape {list(shape)}, expected one within it")
    return whole


@dataclass(frozen=True, eq=False)
class Explained:
    """An element of a traced tensor, with the firmware that made it."""

    asked: Asked
    made: Readable
    trace: Trace
    chosen: Traced
    at: tuple[int, ...]

    @property
    def firmware(self) -> Compiled:
        """That made it."""
        return self.made.firmware

    @property
    def plan(self) -> Plan:
        """Of the firmware."""
        return self.firmware.plan

    def record(self, progress: Progress) -> Element:
        """The rows, and where they part."""
        step = self.plan.steps[self.chosen.step]
        reference, device = self._terms(self._reference_values()), self._terms(self.trace.values(self.chosen.sample))
        rows, notes = list(self._inputs()), list[str]()
        if device and len(step.calls) == 1:
            rows += self._rows(reference, device, notes, progress)
        else:
            notes.append(f"the steps of {step.node.op} are not told: only what it is given, and what it makes")
        rows.append(self._output())
        parted = next((r.name for r in rows if r.device is not None and r.reference != r.device), "")
        return Element(
            model=self.asked.graph.name,
            target=self.plan.target.name,
            sample=self.chosen.sample,
            layer=labels(self.plan.graph)[self.chosen.tensor],
            op=step.node.op,
            kernel=step.kernel,
            tensor=self.chosen.tensor,
            index=self.at,
            rows=tuple(rows),
            parted=parted,
            why=self._why(rows, parted),
            notes=tuple(notes),
        )

    def _reference_values(self) -> dict[str, np.ndarray]:
        """Every tensor of the sample as the reference has it."""
        made = {t.tensor: t.expected for t in self.trace.samples[self.chosen.sample]}
        return {**self.trace.given[self.chosen.sample], **made}

    def _terms(self, values: Mapping[str, np.ndarray], at: tuple[int, ...] | None = None) -> tuple[Term, ...]:
        node = self.plan.steps[self.chosen.step].node
        arrays = [values[i] if i else None for i in node.inputs]
        return registry()[node.op].explain(self.plan.graph.instance(node), at or self.at, *arrays)

    def _inputs(self) -> list[ElementRow]:
        """How many values of each input differ already."""
        node, want = self.plan.steps[self.chosen.step].node, self._reference_values()
        found, names = self.trace.values(self.chosen.sample), labels(self.plan.graph)
        return [
            ElementRow(f"inputs {names[i]}", f"of {want[i].size:,} values, how many differ", 0, count, "traced")
            for i in dict.fromkeys(node.inputs)
            if i and self.plan.graph.tensors[i].data is None
            for count in [int((found[i] != want[i]).sum())]
        ]

    def _rows(
        self, reference: Sequence[Term], device: Sequence[Term], notes: list[str], progress: Progress
    ) -> list[ElementRow]:
        step = self.plan.steps[self.chosen.step]
        image = image_of(self.firmware)
        source = self.firmware.code.source if self.made.constants else ""
        held = params_in(image, source, step.index, step.calls[0])
        given, how = self._read(device, held), dict[str, Any]()
        how |= dict.fromkeys(given, "read")
        unread = [t.name for t in device if t.field and t.name not in given]
        if unread and self._as_planned(held):
            how |= dict.fromkeys(unread, "packed")
        elif unread:
            notes.append(f"{', '.join(unread)}: {_not_read(step.calls[0], held, step.kernel)}; the plan's are shown")
        self._run(image, tuple(device), held, given, how, notes, progress)
        want, have = evaluated(reference), evaluated(device, given)
        return [
            ElementRow(t.name, t.said, want[t.name], have[t.name], how.get(t.name, _usual(t)))
            for t in device
            if t.name != OUTPUT
        ]

    def _as_planned(self, held: Mapping[str, Held]) -> bool:
        """Whether all constants of the step lie in the image, and are the plan's."""
        call = self.plan.steps[self.chosen.step].calls[0]
        return set(held) == set(call.params) - set(call.places()) and not changed(call, held)

    def _read(self, terms: Sequence[Term], held: Mapping[str, Held]) -> dict[str, int]:
        """What lies in the image of the numbers that terms say are there."""
        found = {}
        for t in terms:
            h = held.get(t.field)
            if h is None or (t.at is not None and not h.table):
                continue
            value = h.value.view(self.chosen.found.dtype) if t.field == "table" else h.value
            found[t.name] = int(value[t.at or 0])
        return found

    def _run(
        self,
        image: Image,
        terms: tuple[Term, ...],
        held: Mapping[str, Held],
        given: dict[str, int],
        how: dict[str, Any],
        notes: list[str],
        progress: Progress,
    ) -> None:
        """The sum, by running the layer's machine code; else it stays what the device's inputs give."""
        where = constants(terms, held)
        summed = next((t.name for t in terms if t.summed), "")
        if where is None:
            if WHOLE not in {t.name for t in terms}:
                return
            progress("running the layer with other constants")
            found = self._packed(image, terms, held, given)
            if found is not None:
                given[summed] = found - next(t.value for t in terms if t.name == "bias")
                how[summed] = "run"
            else:
                kernel = self.plan.steps[self.chosen.step].kernel
                notes.append(
                    f"{summed}: recomputed of the device's inputs; {kernel} holds its constants in its own form"
                )
            return
        progress("running the layer with other constants")
        expected = evaluated(terms, given)[WHOLE]
        found = accumulated(image, where, expected, self._again)
        if found is None:
            notes.append(f"{summed}: recomputed of the device's inputs; the layer did not run with other constants")
            return
        given[summed] = found - given["bias"]
        how[summed] = "run"

    def _packed(
        self, image: Image, terms: tuple[Term, ...], held: Mapping[str, Held], given: Mapping[str, int]
    ) -> int | None:
        """The accumulator of a kernel that packs its constants, if all of them lie in the image as planned."""
        step = self.plan.steps[self.chosen.step]
        portable = registry()[step.node.op].lower(self.plan.graph.instance(step.node))
        if len(portable) != 1 or not self._as_planned(held):
            return None
        of = Packed(step.calls[0], portable[0], self.at[-1], evaluated(terms, given)[WHOLE])
        return packed_accumulator(image, held, of, self._again)

    def _again(self) -> int | None:
        """The element in another run; None if what the step was given is not what it was."""
        c = self.firmware
        asked = Asked(self.asked.graph, {n: x[: self.chosen.sample + 1] for n, x in self.asked.samples.items()},
                      self.asked.reset_every, timeout_s=self.asked.timeout_s)  # fmt: skip
        try:
            raw = c.execute(asked.samples, asked.timeout_s, asked.reset_every)
        except FormatError:  # an interpreter does not take these constants
            return None
        names, before = c.code.tensors, self.trace.values(self.chosen.sample)
        node = self.plan.steps[self.chosen.step].node
        for step, number, data in raw.tensors[self.chosen.sample]:
            if names[number] in node.inputs and data != before[names[number]].tobytes():
                return None
            if step == self.chosen.step and names[number] == self.chosen.tensor:
                made = np.frombuffer(data, self.chosen.found.dtype).reshape(self.chosen.found.shape)
                return int(made[self.at])
        return None

    def _output(self) -> ElementRow:
        want, found = self.chosen.expected[self.at], self.chosen.found[self.at]
        return ElementRow(OUTPUT, "what the layer leaves in memory", want.item(), found.item(), "traced")

    def _why(self, rows: Sequence[ElementRow], parted: str) -> str:
        where = f"{labels(self.plan.graph)[self.chosen.tensor]}{list(self.at)}"
        if not parted:
            return f"{where} is the same number by number"
        row = next(r for r in rows if r.name == parted)
        if parted.startswith("inputs "):
            return (
                f"{where}: what the layer is given differs already, in {row.device} values of {parted[7:]}: look there"
            )
        if parted != OUTPUT:
            said = f"{where} parts at {parted}: {row.device} on the device, {row.reference} in the reference"
            return f"{said}: {_meaning(row)}"
        named = self._other_rounding(rows)
        if named:
            return f"{where} parts where the accumulator is rounded: the device does {named}"
        return f"{where} parts behind all these numbers: they are the reference's, and the output is not what they give"

    def _other_rounding(self, rows: Sequence[ElementRow]) -> str:
        """The rounding of the same numbers that gives what the device has, here and wherever the tensor differs."""
        values = {r.name: int(r.device) for r in rows if r.device is not None}
        if not requantizes(values):
            return ""
        wrong = np.argwhere(self.chosen.wrong)[:LOOKED_AT]
        points = [tuple(int(i) for i in at) for at in wrong]
        numbers = [evaluated(self._terms(self.trace.values(self.chosen.sample), at)) for at in points]
        for name in ROUNDINGS:
            if with_rounding(name, values) != self.chosen.found[self.at]:
                continue
            if all(with_rounding(name, v) == self.chosen.found[at] for v, at in zip(numbers, points, strict=True)):
                return f"{name}; so it is in {len(points)} elements that differ"
        return ""


def _not_read(call: Call, held: Mapping[str, Held], kernel: str) -> str:
    """Why numbers are not to be had: they are packed with others, of which some are not the plan's, or nowhere."""
    wrong = changed(call, held)
    if not wrong:
        return f"{kernel} has them in its instructions"
    place = wrong[0].field if wrong[0].at is None else f"{wrong[0].field}[{wrong[0].at}]"
    return (
        f"{kernel} holds them packed, and there {place} is {wrong[0].found:,} in the firmware, {wrong[0].planned:,} in "
        "the plan"
    )


def _usual(t: Term) -> Any:
    """How a device's number is had that was neither read nor run."""
    return "recomputed" if t.make is not None or t.summed else "plan"


def _meaning(row: ElementRow) -> str:
    """What a number that is wrong on the device means."""
    if row.how == "read":
        return "this constant is another one in the firmware than in the plan"
    if row.how == "run":
        return "the layer adds up something else than its weights times its inputs: weights, padding, or the kernel"
    return "it is made of numbers that differ"
