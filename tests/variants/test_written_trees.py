"""Decision trees as code: every form on cores that have it, equal to the reference; what each level costs and saves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier

import lapel
from batch import draw_samples, merge
from lapel.ir import Graph
from lapel.measuring.candidates import Candidate, measure
from lapel.ops import registry
from lapel.ops.forest import draw_forest
from lapel.planning import make_plan
from lapel.records import Cost
from lapel.targets import load_target
from lapel.variants import variants

FORMS = sorted(name for name in variants() if name.startswith("forest_written_"))


def drawn() -> Graph:
    """Trees with features that LDD does not reach, and with jumps."""
    return merge("drawn", [draw_forest(np.random.default_rng(k), x="int8", y="int8", features=100) for k in range(2)])


@pytest.mark.parametrize("core", ["atmega328p", "atmega2560", "cortex-m0plus"])
@pytest.mark.parametrize("form", FORMS)
def test_forms_equal_the_reference(core: str, form: str) -> None:
    graph = drawn()
    target = replace(load_target(core), kernels=(form.split("_", 1)[1], "portable"))
    result = lapel.run(graph, target, draw_samples(graph, np.random.default_rng(1), 4))
    assert result.bit_exact
    assert form in {call.kernel for step in make_plan(graph, target).steps for call in step.calls}


def test_each_level_of_code_is_faster_and_larger_on_the_avr() -> None:
    x, y = load_digits(return_X_y=True)
    model = RandomForestClassifier(4, max_leaf_nodes=40, random_state=0).fit(x, y)
    graph = lapel.from_sklearn(model, x, votes=3)
    (call,) = registry()["forest"].lower(graph.instance(graph.nodes[0]))
    calls = [
        call,
        *(variants()[f"forest_written_{form}"].specialize(call) for form in ("table", "top2", "top3", "whole")),
    ]
    costs = measure([Candidate(c, graph.tensors) for c in calls if not isinstance(c, str)], load_target("atmega328p"))
    found = [(c.time, c.code_bytes + c.data_bytes + sum(c.shared.values())) for c in costs if isinstance(c, Cost)]
    assert len(found) == len(calls)
    times, sizes = zip(*found, strict=True)
    assert list(times) == sorted(times, reverse=True)
    assert times[0] > 1.7 * times[1] > 1.7 * times[-1]
    assert list(sizes[1:]) == sorted(sizes[1:])


@pytest.mark.parametrize(("kernel", "ratio"), [("forest16", 1.4), ("forestsum", 2.5), ("forest16sum", 2.5)])
def test_code_of_numbers_and_of_int16_features_is_faster(kernel: str, ratio: float) -> None:
    x, y = load_digits(return_X_y=True)
    kind = GradientBoostingRegressor if kernel.endswith("sum") else RandomForestClassifier
    model = kind(n_estimators=6, max_leaf_nodes=16, random_state=0).fit(x * 100 if "16" in kernel else x, y)
    graph = lapel.load(model, x * 100 if "16" in kernel else x)
    (call,) = registry()["forest"].lower(graph.instance(graph.nodes[0]))
    assert call.kernel == kernel
    written = variants()[f"{kernel}_written_whole"].specialize(call)
    assert not isinstance(written, str)
    table, code = measure([Candidate(c, graph.tensors) for c in (call, written)], load_target("cortex-m0plus"))
    assert isinstance(table, Cost) and isinstance(code, Cost)
    assert table.time > ratio * code.time


def test_very_many_nodes_are_no_code() -> None:
    x, y = load_digits(return_X_y=True)
    graph = lapel.load(RandomForestClassifier(60, max_leaf_nodes=60, random_state=0).fit(x, y), x)
    (call,) = registry()["forest"].lower(graph.instance(graph.nodes[0]))
    said = variants()[f"{call.kernel}_written_whole"].specialize(call)
    assert said == f"its trees have {graph.tensors['nodes'].type.shape[0]:,} nodes, and 2,000 are code at most"
