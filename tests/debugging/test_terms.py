"""Every explanation of an element ends in what the reference has, by numbers that the kernel's params hold."""

from __future__ import annotations

import numpy as np
import pytest

from batch import draw_samples
from lapel.families.elements import ROUNDINGS, requantizes, with_rounding
from lapel.ir import Op
from lapel.ir.terms import evaluated
from lapel.ops import evaluate, registry

EXPLAINED = [name for name, op in registry().items() if type(op).explain is not Op.explain and not op.float32_of]


def test_layers_with_weights_and_tables_are_explained() -> None:
    assert {"conv", "dense", "depthwise", "logistic", "relu"} <= set(EXPLAINED)


@pytest.mark.parametrize("name", EXPLAINED)
def test_explanations_end_in_the_reference(name: str) -> None:
    op, told = registry()[name], 0
    for case in op.cases():
        rng = np.random.default_rng(3)
        graph = case.draw(rng)
        (node,) = graph.nodes
        inst, values = graph.instance(node), evaluate(graph, {n: x[0] for n, x in draw_samples(graph, rng, 1).items()})
        y = values[node.outputs[0]]
        arrays = [values[i] if i else None for i in node.inputs]
        for _ in range(4):
            at = tuple(int(rng.integers(d)) for d in y.shape)
            terms = op.explain(inst, at, *arrays)
            if not terms:
                continue
            told += 1
            made = evaluated(terms)
            assert made[terms[-1].name] == y[at], (case.name, at, made)
            (call,) = op.lower(inst)
            for t in terms:
                if t.field:
                    held = call.params[t.field]
                    if isinstance(held, np.ndarray):
                        held = held.view(y.dtype if t.field == "table" else held.dtype)[t.at or 0]
                    assert t.value == held, (case.name, t.name)
            if requantizes(made) and y.dtype == np.int8 and node.attrs["rounding"] == "double":
                assert with_rounding(next(iter(ROUNDINGS)), made) == y[at]
    assert told
