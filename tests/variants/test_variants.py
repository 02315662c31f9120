"""Variants are found by file, complete, and chosen in the target's order; one switch turns them off."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from test_variants_run import more_cases

import lapel.variants
import selection
from lapel.ir import Call
from lapel.ops import registry
from lapel.planning import kernels, make_plan
from lapel.runtime.source import files, params_fields
from lapel.targets import list_targets, load_target
from lapel.variants import variants


class Halver:
    """Takes calls with an even `bytes`."""

    def specialize(self, call: Call) -> Call | str:
        if int(call.params["bytes"]) % 2:  # type: ignore[arg-type]
            return "an odd number of bytes"
        return replace(call, kernel="copyrom_fast")


def load_call(count: int) -> Call:
    return Call("copyrom", ("y",), (), {"data": np.zeros(count, np.uint8), "bytes": count})


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "variants", lambda: {"copyrom_fast": Halver()})


@pytest.mark.usefixtures("fast")
def test_the_first_variant_that_takes_the_call_is_chosen() -> None:
    (call,), reason = kernels.choose_kernels([load_call(4)], ["faster", "fast", "portable"])
    assert call.kernel == "copyrom_fast" and "first choice" in reason
    (call,), reason = kernels.choose_kernels([load_call(3)], ["fast", "portable"])
    assert call.kernel == "copyrom" and "not fast: an odd number of bytes" in reason


def test_forms_are_tried_before_their_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the alphabet, and all forms of the core's first choice before those of its second."""
    tried = []

    class Refuser(Halver):
        def __init__(self, name: str) -> None:
            self.name = name

        def specialize(self, call: Call) -> Call | str:
            tried.append(self.name)
            return replace(call, kernel=self.name) if self.name == "copyrom_late" else "no"

    ours = ("fast", "late_b", "fast_b", "late", "fast_a", "faster")
    names = [*(f"copyrom_{name}" for name in ours), "copyroms_fast"]
    monkeypatch.setattr(kernels, "variants", lambda: {name: Refuser(name) for name in names})
    (call,), reason = kernels.choose_kernels([load_call(4)], ["fast", "late", "portable"])
    assert tried == ["copyrom_fast_a", "copyrom_fast_b", "copyrom_fast", "copyrom_late_b", "copyrom_late"]
    assert call.kernel == "copyrom_late" and "not fast_a: no" in reason


@pytest.mark.usefixtures("fast")
def test_portable_alone_turns_every_variant_off() -> None:
    (call,), _ = kernels.choose_kernels([load_call(4)], ["portable"])
    assert call.kernel == "copyrom"


@pytest.mark.selected
@pytest.mark.parametrize("name", selection.variants(sorted(variants())))
def test_a_variant_has_its_files_and_fills_its_struct(name: str) -> None:
    kernel = name.split("_")[0]
    assert {f"{name}.h", f"{name}.c"} <= set(files())
    taken = 0
    for op in selection.callers(name):
        for case in [*op.cases(), *(more_cases(name) if op.name == kernel else [])]:
            for seed in range(10):
                graph = case.draw(np.random.default_rng(seed))
                for call in op.lower(graph.instance(graph.nodes[0])):
                    found = variants()[name].specialize(call) if call.kernel == kernel else ""
                    if isinstance(found, Call):
                        taken += found.kernel == name
                        assert found.kernel in variants()
                        assert set(found.params) == set(params_fields(found.kernel))
                        assert (found.outputs, found.inputs) == (call.outputs, call.inputs)
    assert taken, f"no case of any operator reaches {name}"


def test_every_variant_is_some_targets_choice() -> None:
    offered = {v for t in list_targets() for v in load_target(t).kernels}
    assert {name.split("_")[1] for name in variants()} <= offered


def test_a_file_of_rules_has_its_kernel() -> None:
    modules = {m.name for m in pkgutil.iter_modules(lapel.variants.__path__)}
    assert {n for n in modules if hasattr(importlib.import_module(f"lapel.variants.{n}"), "VARIANT")} <= set(variants())


def test_a_variant_without_rules_takes_every_call() -> None:
    call = Call("lookup", ("y",), ("x",), {"table": np.zeros(256, np.uint8), "count": 1})
    found = variants()["lookup_dsp"].specialize(call)
    assert isinstance(found, Call) and (found.kernel, found.params, found.ahead) == ("lookup_dsp", call.params, None)


def test_a_plan_says_which_kernel_and_why() -> None:
    graph = registry()["dense"].cases()[0].draw(np.random.default_rng(0))
    target = load_target("cortex-m3")
    assert "dense, portable" in str(make_plan(graph, replace(target, kernels=("portable",))))


class Unordered:
    """Takes every call and promises no order."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="copyrom_fast")


def test_an_ordered_kernel_wins_where_order_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "variants", lambda: {"copyrom_fast": Unordered()})
    call = replace(load_call(4), ahead=0)
    assert kernels.choose_kernels([call], ["fast", "portable"])[0][0].kernel == "copyrom_fast"
    (chosen,), reason = kernels.choose_kernels([call], ["fast", "portable"], ordered=True)
    assert chosen is call and "it keeps no order" in reason
    (chosen,), _ = kernels.choose_kernels([load_call(4)], ["fast", "portable"], ordered=True)
    assert chosen.kernel == "copyrom_fast", "no kernel keeps an order, so the fastest"


class InPlace:
    """Takes every call, and promises to work in place."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="copyrom_fast", in_place=True)


def test_a_kernel_that_works_in_place_is_as_good_as_an_ordered_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "variants", lambda: {"copyrom_fast": InPlace()})
    (chosen,), _ = kernels.choose_kernels([replace(load_call(4), ahead=0)], ["fast", "portable"], ordered=True)
    assert chosen.kernel == "copyrom_fast"


class Loose:
    """Takes every call and is many pixels ahead."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="copyrom_loose", ahead=kernels.NEAR + 1)


def test_a_near_order_wins_over_a_loose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"copyrom_loose": Loose(), "copyrom_fast": Unordered()}
    monkeypatch.setattr(kernels, "variants", lambda: found)
    order, call = ["loose", "fast", "portable"], replace(load_call(4), ahead=0)
    assert kernels.choose_kernels([call], order)[0][0].kernel == "copyrom_loose"
    (chosen,), reason = kernels.choose_kernels([call], order, ordered=True)
    assert chosen is call and "its order is loose, 3 pixels ahead" in reason and "it keeps no order" in reason
    (chosen,), _ = kernels.choose_kernels([load_call(4)], order, ordered=True)
    assert chosen.kernel == "copyrom_loose", "a loose order is better than none"


def test_a_variant_does_not_inherit_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "variants", lambda: {"copyrom_fast": Unordered()})
    (chosen,), _ = kernels.choose_kernels([replace(load_call(4), ahead=0, in_place=True)], ["fast", "portable"])
    assert chosen.ahead is None and not chosen.in_place
