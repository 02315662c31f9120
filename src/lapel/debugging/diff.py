"""`diff`: reference, host C and emulated cores, tensor by tensor, to the first element that differs.

The float model is compared beside them, if it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.debugging import floats
from lapel.debugging.faults import causes
from lapel.debugging.image import image_of
from lapel.debugging.scene import Scene
from lapel.debugging.traces import Trace, Traced, makes_tensors
from lapel.debugging.tracing import Asked, asked_of_folder, host_plan, readable
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning.labels import labels
from lapel.proving.blobfolder import is_blob, read_firmware
from lapel.proving.inputs import Inputs, take
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.run import Progress
from lapel.proving.samples import check_count, check_sequences, draw
from lapel.records import Beside, Build, Diff, Difference, DiffLayer
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

HOST = "host"


def diff(
    model: Model,
    target: str | Target | Sequence[str | Target] | None = None,
    inputs: Any = None,
    *,
    float_model: Model | None = None,
    reals: bool = False,
    folder: Path | str | None = None,
    calibration: Any = None,
    reset_every: int | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Diff:
    """Trace every intermediate tensor on the host and on targets, and compare each with the reference.

    The reference runs on the model as it was imported, so that the planner's rewrites are compared too; of a tensor
    that has lost channels, those that are left are compared. Default inputs: two random samples. target: one or
    several. float_model: the float model that it was made from: every layer is compared with that, too; reals: with the
    model's own network over the reals, where there is no such file. folder: of a build, whose C is compared as it is
    now, and whose target and wish are taken; of a blob's, or a blob beside its firmware, interpreter and blob are.
    Other arguments and errors: see `lapel.run`.
    """
    if reals and float_model is not None:
        raise UsageError("a float model and its own network over the reals were asked for, expected one of both")
    asked, targets, given = asked_for(model, target, inputs, calibration, folder, reset_every, wish, timeout_s)
    graph = asked.graph
    traces = _traces(asked, targets, progress)
    against = None
    if reals or float_model is not None:
        progress("comparing with the float model")
        numbers = {} if given is None else given.numbers
        against = floats.beside(graph, float_model, asked.samples, numbers, reset_every)
    return _record(asked, targets, traces, given, against, _causes(asked, traces, progress))


def asked_for(
    model: Model,
    target: str | Target | Sequence[str | Target] | None,
    inputs: Any,
    calibration: Any,
    folder: Path | str | None,
    reset_every: int | None,
    wish: Wish,
    timeout_s: float,
) -> tuple[Asked, list[Target], Inputs | None]:
    """The arguments of `diff`, checked: what is traced, on which targets, and how the samples were taken."""
    graph = load(model, calibration)
    given = None if inputs is None else take(graph, inputs)
    asked = Asked(graph, draw(graph, 2) if given is None else given.samples, reset_every, wish, timeout_s)
    targets = [load_target(t) if isinstance(t, str) else t for t in _listed(target)]
    if folder is not None:
        asked, targets = _of_folder(asked, Path(folder), targets)
    if not targets:
        raise UsageError(
            "no target was given: add --target NAME, or --build DIR of a build; `lapel boards` lists the names"
        )
    check_count(graph, asked.count, [o for n in graph.nodes for o in n.outputs])
    check_sequences(graph, asked.count, reset_every)
    return asked, targets, given


def _listed(target: str | Target | Sequence[str | Target] | None) -> list[str | Target]:
    if target is None:
        return []
    return [target] if isinstance(target, (str, Target)) else list(target)


def _of_folder(asked: Asked, folder: Path, targets: list[Target]) -> tuple[Asked, list[Target]]:
    blob = read_firmware(folder) if is_blob(folder) else None
    built = Build.of_folder(folder) if blob is None else blob.record
    made_for = load_target(built.target)
    if any(t.name != made_for.name for t in targets):
        found = ", ".join(t.name for t in targets)
        raise UsageError(f"{folder} was built for {made_for.name}, found target {found}: leave the target out")
    if isinstance(built, Build):
        return asked_of_folder(asked, folder, built), [made_for]
    return replace(asked, blob=blob, wish=built.recipe.wish), [made_for]


def _traces(asked: Asked, targets: Sequence[Target], progress: Progress) -> list[Trace]:
    """Of this computer and every target; of the C of a folder that one's alone, which nothing else compiles."""
    progress("planning")
    # The targets' first: what does not fit them is said before anything is compiled.
    plans = {t.name: asked.plan(t, progress) for t in targets}
    if not asked.built and HOST not in plans:
        plans = {HOST: host_plan(asked, progress), **plans}
    count = asked.count
    progress(f"running the reference on {count:,} sample{'s' if count != 1 else ''}")
    runs = asked.reference()
    found = []
    for name, plan in plans.items():
        progress(f"tracing on {name}")
        found.append(asked.trace(name, plan, runs))
    return found


def _causes(asked: Asked, traces: Sequence[Trace], progress: Progress) -> tuple[str, ...]:
    """What may be wrong with the first layer that differs on each machine, if it does so by itself."""
    said = list[str]()
    for trace in traces:
        first = trace.first()
        if first is None or not trace.own(first):
            continue
        progress(f"looking for what is wrong on {trace.machine}")
        with readable(asked, trace.plan) as made:
            image = image_of(made.firmware) if made.constants else None
            said += causes(Scene(trace, first, image, made.firmware.code.source))
    return tuple(said)


def _record(
    asked: Asked,
    targets: Sequence[Target],
    traces: Sequence[Trace],
    given: Inputs | None,
    against: Beside | None,
    said: tuple[str, ...],
) -> Diff:
    graph = asked.graph
    plans = {t.machine: t.plan for t in traces}
    tensors = max(len({t.tensor for t in trace if makes_tensors(trace.plan.steps[t.step].node)}) for trace in traces)
    firsts = [(trace, trace.first()) for trace in traces]
    return Diff(
        model=graph.name,
        target=targets[0].name,
        samples=asked.count,
        tensors=tensors,
        machines=tuple(t.machine for t in traces),
        differences=tuple(difference(trace, first) for trace, first in firsts if first is not None),
        warnings=(*notices(graph, plans[targets[0].name]), *(given.warnings if given else ())),
        layers=_layers(traces, graph, against),
        beside=against,
        causes=said,
    )


def difference(trace: Trace, t: Traced) -> Difference:
    """The record of the first element that differs in a tensor."""
    step, wrong = trace.plan.steps[t.step], t.wrong
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    return Difference(
        trace.machine, t.sample, t.step, step.node.name, step.node.op, step.kernel, t.tensor, where,
        t.expected[where].item(), t.found[where].item(), int(wrong.sum()), int(t.found.size),
        labels(trace.plan.graph)[t.tensor],
    )  # fmt: skip


def _layers(traces: Sequence[Trace], graph: Graph, against: Beside | None) -> tuple[DiffLayer, ...]:
    """A row for each tensor of any machine, in the order of the first machine that has it."""
    beside = {layer.layer: layer.own_sqnr_db for layer in against.layers} if against else {}
    wrong: dict[str, dict[str, int]] = {}
    own: dict[str, dict[str, bool]] = {}
    sizes: dict[str, int] = {}
    about: dict[str, tuple[str, str]] = {}
    for trace in traces:
        names = labels(trace.plan.graph)
        for t in trace:
            count = int(t.wrong.sum())
            node = trace.plan.steps[t.step].node
            about.setdefault(t.tensor, (names[t.tensor], node.op))
            sizes.setdefault(t.tensor, int(t.found.size) * len(trace.samples))
            row = wrong.setdefault(t.tensor, {})
            row[trace.machine] = row.get(trace.machine, 0) + count
            if count:
                mine = own.setdefault(t.tensor, {})
                mine[trace.machine] = mine.get(trace.machine, False) or trace.own(t)
    order = {o: k for k, o in enumerate(o for n in graph.nodes for o in n.outputs)}
    listed = sorted(wrong, key=lambda n: (order.get(n, len(order)), list(wrong).index(n)))
    return tuple(
        DiffLayer(*about[n], sizes[n], wrong[n], own.get(n, {}), beside.get(about[n][0]))
        for n in listed
        if not registry()[about[n][1]].moves or any(wrong[n].values())
    )
