"""Which coded kernels are weighed, for which goals: never first by preference, and measured only where they may win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from coded_layers import draw_dense
from lapel.errors import DoesNotFit
from lapel.ir import Call, Graph
from lapel.measuring.fit import check_indexes
from lapel.planning import make_plan, slowness
from lapel.records import Choice, Cost
from lapel.targets import load_target
from lapel.wish import Goal, Wish

M4 = load_target("cortex-m4")
CODED = {"dense_coded32_huffman", "dense_coded_huffman", "dense_coded_gaps", "dense_coded_sparse"}


class Asked:
    """Costs, and of which kernels they were asked for: times are the same but for `fast` and kernels that decode, bytes
    are the tables'."""

    unit = "counted instructions"

    def __init__(self, fast: str = "", coded: int = 100) -> None:
        self.kernels: set[str] = set()
        self._fast, self._coded = fast, coded

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        self.kernels |= {c.kernel for c in calls}
        return [Cost(self._time(c.kernel), 0, self._bytes(c), {}) for c in calls]

    def _time(self, kernel: str) -> int:
        return 90 if kernel == self._fast else self._coded if "coded" in kernel else 100

    def _bytes(self, call: Call) -> int:
        return sum(v.nbytes for v in call.params.values() if isinstance(v, np.ndarray))


@pytest.fixture(scope="module")
def pruned() -> Graph:
    """A layer that every form but `fixed` makes smaller."""
    return draw_dense(np.random.default_rng(5), kind="pruned")


def choice(graph: Graph, wish: Wish, costs: Asked | None) -> tuple[str, Choice]:
    (step,) = make_plan(graph, M4, wish, costs=costs).steps
    return step.calls[0].kernel, step.choices[0]


def test_without_costs_no_coded_kernel_is_taken(pruned: Graph) -> None:
    for goal in ("latency", "ram", "flash", "balanced"):
        assert choice(pruned, Wish(goal), None)[0] == "dense_dsp"


def test_uncoded_weights_stay_as_they_are(pruned: Graph) -> None:
    costs = Asked()
    assert "coded" not in choice(pruned, Wish("flash", uncoded=True), costs)[0]
    assert not costs.kernels & CODED and "coded" in choice(pruned, Wish("flash"), Asked())[0]


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_what_only_saves_flash_is_measured_only_where_that_counts(pruned: Graph, goal: Goal) -> None:
    costs = Asked()
    _, why = choice(pruned, Wish(goal), costs)
    assert costs.kernels & CODED == {"dense_coded_sparse"}
    (said,) = [r.why for r in why.rejected if r.kernel == "dense_coded_gaps"]
    assert said.startswith("not measured: it only saves flash, ")
    assert said.endswith(f" bytes of constants, and the goal is {goal} without a budget")
    assert [r.why for r in why.rejected if r.kernel is None and "coded_fixed" in r.why]


@pytest.mark.parametrize("wish", [Wish("flash"), Wish("balanced"), Wish("latency", flash_budget=100_000)])
def test_all_forms_are_measured_where_flash_counts(pruned: Graph, wish: Wish) -> None:
    costs = Asked()
    kernel, _ = choice(pruned, wish, costs)
    assert costs.kernels & CODED == CODED
    assert kernel in CODED


def test_a_kernel_that_skips_zeros_may_be_the_fastest(pruned: Graph) -> None:
    assert choice(pruned, Wish("latency"), Asked("dense_coded_sparse"))[0] == "dense_coded_sparse"


@pytest.mark.parametrize(("coded", "wish"), [(201, Wish("flash")), (201, Wish("flash", flash_budget=100_000))])
def test_codes_that_are_slow_are_a_warning(pruned: Graph, coded: int, wish: Wish) -> None:
    (said,) = make_plan(pruned, M4, wish, costs=Asked(coded=coded)).warnings
    assert slowness.told([said]) and not slowness.told(["something else"])
    whole = (
        "weights are stored in codes: kernels take 2.0 times the time, 201 counted instructions instead of 100 by those"
    )
    assert said.startswith(whole)
    assert said.endswith("often nearly as small") == (wish.flash_budget is None)


@pytest.mark.parametrize(("coded", "wish"), [(200, Wish("flash")), (201, Wish("latency"))])
def test_codes_that_are_not_slow_or_not_taken_are_none(pruned: Graph, coded: int, wish: Wish) -> None:
    assert make_plan(pruned, M4, wish, costs=Asked(coded=coded)).warnings == ()


def test_refused_codes_are_one_line_of_the_text() -> None:
    """And all in the record."""
    plan = make_plan(draw_dense(np.random.default_rng(1), kind="unlike"), M4, Wish("flash"), costs=Asked())
    refused = [r for r in plan.steps[0].choices[0].rejected if r.coded]
    assert len(refused) > 1 and all(r.kernel is None and r.why.startswith("not ") for r in refused)
    lines = [line.strip() for line in str(plan.record()).splitlines()]
    assert f"{refused[0].why}; nor other codes, the record says why" in lines
    assert not [line for line in lines if line.startswith(refused[1].why)]


def test_a_layer_of_few_zeros_is_not_measured_for_speed() -> None:
    graph = draw_dense(np.random.default_rng(1), kind="unlike")
    costs = Asked()
    assert choice(graph, Wish("latency"), costs)[0] not in CODED
    assert not costs.kernels & CODED


@pytest.mark.parametrize("goal", ["latency", "flash"])
def test_weights_beyond_the_indexes_of_a_core_may_be_codes_within(goal: Goal) -> None:
    rng, avr = np.random.default_rng(3), load_target("arduino-uno")
    graph = draw_dense(rng, kind="pruned", sizes=(1, 110, 300))
    assert graph.tensors["w"].type.bytes == 33_000
    (step,) = make_plan(graph, avr, Wish(goal), costs=Asked(), check=lambda least: check_indexes(avr, least)).steps
    assert step.calls[0].kernel in CODED
    said = {r.why for r in step.choices[0].rejected if "index" in r.why}
    beyond = {"dense_avr": "33,330", "dense": "33,000"}
    assert said == {
        f"not {k}: a table of {n} bytes, more than the 32,767 that the core can index" for k, n in beyond.items()
    }
    dense = draw_dense(rng, kind="shared", sizes=(1, 110, 300))
    whole = replace(dense, tensors={**dense.tensors, "w": replace(dense.tensors["w"], data=_any(rng, (110, 300)))})
    with pytest.raises(DoesNotFit, match="tensor 'w' has 33,000 bytes, more than the 32,767 that atmega328p can index"):
        make_plan(whole, avr, Wish(goal), costs=Asked(), check=lambda least: check_indexes(avr, least))


def _any(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-128, 128, shape, np.int8)
