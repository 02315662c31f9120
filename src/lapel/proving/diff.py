"""`diff`: reference, host C and the emulated core, tensor by tensor, to the first element that differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lapel.frontends import Model
from lapel.ir import DTYPES, Graph
from lapel.measuring import plan_for
from lapel.ops import evaluate_node, evaluate_sequence, registry
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.proving.bits import differing
from lapel.proving.firmware import compiled
from lapel.proving.inputs import take
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.run import Progress
from lapel.proving.samples import Samples, check_count, check_sequences, draw, each
from lapel.records import Diff, Difference
from lapel.simulate import RawRun
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


def diff(
    model: Model,
    target: str | Target,
    inputs: Any = None,
    *,
    calibration: Any = None,
    reset_every: int | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Diff:
    """Trace every intermediate tensor on the host and on the target, and compare each with the reference.

    The reference runs on the model as it was imported, so that the planner's rewrites are compared too; of a tensor
    that has lost channels, those that are left are compared. Arguments and errors: see `lapel.run`. Default inputs:
    two random samples.
    """
    graph = load(model, calibration)
    chosen = load_target(target) if isinstance(target, str) else target
    given = None if inputs is None else take(graph, inputs)
    samples = draw(graph, 2) if given is None else given.samples
    check_count(graph, len(next(iter(samples.values()), ())), [o for n in graph.nodes for o in n.outputs])
    count = len(next(iter(samples.values()))) if samples else 1
    check_sequences(graph, count, reset_every)
    progress("planning")
    # The target's first: what does not fit it is said before anything is compiled.
    plans = {chosen.name: plan_for(graph, chosen, wish, progress, timeout_s)}
    machines = list(dict.fromkeys(["host", chosen.name]))
    progress(f"running the reference on {count:,} sample{'s' if count != 1 else ''}")
    expected = list(evaluate_sequence(graph, each(samples), reset_every))
    found, tensors = [], 0
    for name in machines:
        progress(f"tracing on {name}")
        plan = plans.get(name) or plan_for(
            graph, load_target(name), replace(wish, flash_budget=None), progress, timeout_s
        )
        with compiled(plan, graph, "trace", timeout_s=timeout_s) as c:
            raw = c.execute(samples, timeout_s, reset_every)
            # What only moves a tensor makes none; it is compared all the same.
            made = {t for s in raw.tensors for step, t, _ in s if not registry()[plan.steps[step].node.op].moves}
            tensors = max(tensors, len(made))
            first = _first_difference(name, graph, plan, c.code.tensors, raw, expected)
        if first is not None:
            found.append(first)
    warnings = (*notices(graph, plans[chosen.name]), *(given.warnings if given else ()))
    return Diff(graph.name, chosen.name, count, tensors, tuple(machines), tuple(found), warnings)


def _first_difference(
    machine: str,
    graph: Graph,
    plan: Plan,
    names: tuple[str, ...],
    raw: RawRun,
    expected: list[dict[str, np.ndarray]],
) -> Difference | None:
    for sample, trace in enumerate(raw.tensors):
        known: Samples = dict(expected[sample])
        known.update(zip(plan.graph.results, (known[o] for o in graph.results), strict=True))
        for step, tensor, data in trace:
            name = names[tensor]
            t = plan.graph.tensors[name].type
            want = _expected(plan, name, known)
            got: np.ndarray = np.frombuffer(data, DTYPES[t.dtype]).reshape(t.shape)
            wrong = differing(got, want.reshape(t.shape))
            if wrong.any():
                where = tuple(int(i) for i in np.argwhere(wrong)[0])
                node, kernel = plan.steps[step].node, plan.steps[step].kernel
                return Difference(
                    machine, sample, step, node.name, node.op, kernel, name, where,
                    want.reshape(t.shape)[where].item(), got[where].item(), int(wrong.sum()), t.size,
                    labels(plan.graph)[name],
                )  # fmt: skip
    return None


def _expected(plan: Plan, name: str, known: Samples) -> np.ndarray:
    """The reference's value of a tensor that may be a band of an image, or have lost channels.

    What the reference does not know otherwise was made by the planner, of what it does know.
    """
    t = plan.graph.tensors[name]
    if t.band is not None:
        image, first = t.band
        want = known[image][:, first : first + t.type.shape[1]]
    elif name in known:
        want = known[name]
    elif t.data is not None:
        return t.data
    else:
        node = next(s.node for s in plan.steps if name in s.node.outputs)
        values = {i: _expected(plan, i, known) for i in node.inputs if i}
        known.update(zip(node.outputs, evaluate_node(plan.graph, node, values), strict=True))
        return known[name]
    return want if t.kept is None else want.take(t.kept, axis=-1)
