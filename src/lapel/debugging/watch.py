"""`watch`: one tensor on an emulated core while recorded samples are replayed, up to the first value that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lapel.debugging.diff import asked_for
from lapel.debugging.element import tensor_named
from lapel.debugging.traces import Trace, Traced, trace_of
from lapel.debugging.tracing import Asked
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.ir.op import compute
from lapel.ops import evaluate_sequence, registry
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.proving.firmware import Compiled
from lapel.proving.run import Progress
from lapel.proving.samples import Samples, each
from lapel.quantization.dequantized import dequantized
from lapel.quantization.scales import range_of
from lapel.records import Watched, WatchedCall
from lapel.records.watched import Stop
from lapel.targets import Target
from lapel.wish import ANY, Wish

FIRST_CALLS = 16
"""That run before anybody looks; then twice as many each time."""


def watch(
    model: Model,
    target: str | Target | None,
    tensor: str,
    inputs: Any = None,
    *,
    stop: Stop = "either",
    folder: Path | str | None = None,
    calibration: Any = None,
    reset_every: int | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Watched:
    """Replay samples on an emulated core, and look at one tensor after the step that makes it.

    tensor: a label, a node, or a tensor of the plan. inputs: consecutive calls; see `lapel.run`. stop: at the first
    call with a saturated or a wrong value of the tensor, or at neither. Saturated is an element whose number, as the
    layer has it over the reals of what it is given, is more than a step beyond what its integers can hold; wrong is one
    that is not the reference's. Other arguments and errors: see `lapel.diff`.
    """
    if stop not in ("either", "saturated", "wrong", "never"):
        raise UsageError(f"stop is {stop!r}, expected either, saturated, wrong or never")
    asked, targets, _ = asked_for(model, target, inputs, calibration, folder, reset_every, wish, timeout_s)
    if len(targets) != 1:
        raise UsageError(f"a tensor was asked for on {len(targets)} targets, expected one")
    progress("planning")
    plan = asked.plan(targets[0], progress)
    name = tensor_named(plan, tensor)
    number = list(plan.placements).index(name)
    progress("compiling")
    with asked.firmware(plan, edited=lambda source: with_one_trace(source, number)) as c:
        watching = Watching(asked, c, targets[0], name)
        calls, last = list[WatchedCall](), None
        for seen, at in watching.seen(progress):
            calls.append(seen)
            last = at
            if _stops(seen, stop):
                break
        assert last is not None, "there is a sample"
        return watching.record(calls, last, stop)


def with_one_trace(source: str, number: int) -> str:
    """A traced source that hands over one tensor alone."""
    return re.sub(rf"^ *harness_trace\(\d+u, (?!{number}u)\d+u, .*\n", "", source, flags=re.M)


def _stops(seen: WatchedCall, stop: Stop) -> bool:
    saturated, wrong = bool(seen.saturated), bool(seen.wrong)
    return {"either": saturated or wrong, "saturated": saturated, "wrong": wrong, "never": False}[stop]


@dataclass(frozen=True, eq=False)
class Watching:
    """A firmware that hands over one tensor."""

    asked: Asked
    firmware: Compiled
    target: Target
    tensor: str

    @property
    def plan(self) -> Plan:
        """Of the firmware."""
        return self.firmware.plan

    def seen(self, progress: Progress) -> Iterator[tuple[WatchedCall, Traced]]:
        """Each call in its order; the core runs block by block, so that what comes after a stop does not."""
        reference = evaluate_sequence(self.asked.graph, each(self.asked.samples), self.asked.reset_every)
        runs, done, size = list[Samples](), 0, FIRST_CALLS
        while done < self.asked.count:
            end = min(done + size, self.asked.count)
            progress(f"running calls {done:,} to {end - 1:,} on {self.target.name}")
            runs += [next(reference) for _ in range(end - done)]
            # What a model with state does depends on all calls before.
            first = 0 if self.plan.graph.carries else done
            for t in self._traced(first, end, runs[first:]):
                if first + t.sample >= done:
                    yield self._call(replace(t, sample=first + t.sample), runs[first + t.sample])
            done, size = end, 2 * size

    def _traced(self, first: int, end: int, runs: Sequence[Samples]) -> Trace:
        part = {n: x[first:end] for n, x in self.asked.samples.items()}
        # Blocks need not be whole sequences: a sequence begins where a block does, or all of them run again.
        raw = self.firmware.execute(part, self.asked.timeout_s, self._sequence(end - first))
        return trace_of(self.target.name, self.asked.graph, self.plan, self.firmware.code.tensors, raw, runs)

    def _sequence(self, count: int) -> int | None:
        every = self.asked.reset_every
        return None if every is None or every >= count else every

    def _call(self, t: Traced, values: Samples) -> tuple[WatchedCall, Traced]:
        saturated = self._saturated(values)
        least, most = t.found.min().item(), t.found.max().item()
        return WatchedCall(t.sample, least, most, saturated, int(t.wrong.sum())), t

    @cached_property
    def _real(self) -> Graph:
        return dequantized(self.plan.graph)

    def _saturated(self, values: Mapping[str, np.ndarray]) -> int:
        """Elements whose number is more than a step beyond what the tensor's integers can hold."""
        graph = self.plan.graph
        t = graph.tensors[self.tensor].type
        node = next(n for n in graph.nodes if self.tensor in n.outputs)
        inputs = [_real_value(graph, values, i) for i in node.inputs]
        if t.quant is None or t.quant.axis is not None or any(x is None for x in inputs):
            return 0
        arrays = [x if i else None for x, i in zip(inputs, node.inputs, strict=True)]
        real = next(n for n in self._real.nodes if self.tensor in n.outputs)
        made = compute(registry()[node.op], self._real.instance(real), *arrays)[node.outputs.index(self.tensor)]
        lo, hi = range_of(t)
        return int(((made < lo - 1.01 * t.scale) | (made > hi + 1.01 * t.scale)).sum())

    def record(self, calls: Sequence[WatchedCall], last: Traced, stop: Stop) -> Watched:
        """What was seen up to the last call."""
        step, t = self.plan.steps[last.step], self.plan.graph.tensors[self.tensor].type
        whole = t.quant is not None and t.quant.axis is None
        stopped = _stops(calls[-1], stop)
        return Watched(
            model=self.asked.graph.name,
            target=self.target.name,
            layer=labels(self.plan.graph)[self.tensor],
            op=step.node.op,
            kernel=step.kernel,
            step=step.index,
            tensor=self.tensor,
            dtype=t.dtype,
            shape=t.shape,
            scale=t.scale if whole else None,
            zero=t.zero if whole else None,
            stop=stop,
            given=self.asked.count,
            calls=tuple(calls),
            stopped=stopped,
            why=_why(calls, last, stopped, self.asked.count),
            values=last.found,
        )


def _real_value(graph: Graph, values: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    """The numbers that an input stands for, as the reference has it; None of what the planner made."""
    if not name:
        return np.zeros(0)
    t = graph.tensors[name]
    x = t.data if t.data is not None else values.get(name)
    if x is None or (t.data is None and (t.kept is not None or x.shape != t.type.shape)):
        return None
    return x if t.type.quant is None else numbers(t.type, x)


def _why(calls: Sequence[WatchedCall], last: Traced, stopped: bool, given: int) -> str:
    seen = calls[-1]
    if not stopped:
        total, wrong = sum(c.saturated for c in calls), sum(c.wrong for c in calls)
        return f"all {given:,} calls were replayed: {total:,} values saturated, {wrong:,} wrong"
    what = []
    if seen.wrong:
        at = tuple(int(i) for i in np.argwhere(last.wrong)[0])
        value, want = last.found[at].item(), last.expected[at].item()
        what.append(f"{seen.wrong:,} wrong values, the first at {list(at)}: {value}, the reference has {want}")
    if seen.saturated:
        what.append(f"{seen.saturated:,} saturated values")
    return f"stopped after call {seen.call}: {'; '.join(what)}"
