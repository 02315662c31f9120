"""Goals on hypothetical costs: known answers, and every pick tried."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lapel.errors import DoesNotFit
from lapel.planning.goals import choose
from lapel.planning.weighing import Item, Pick, Weighing


def call(fast: int = 100) -> list[Item]:
    """A portable kernel, a faster one that brings more code, and each with code of its own."""
    return [
        Item(10 * fast, 10, {"conv": 400}),
        Item(2 * fast, 40, {"conv_dsp": 1000, "dot": 300}),
        Item(9 * fast, 210, {}),
        Item(fast, 340, {"dot": 300}),
    ]


def test_latency_takes_the_fastest_whatever_it_takes() -> None:
    assert choose([call()] * 5, "latency") == choose([call()] * 5, "ram") == (3,) * 5


def test_latency_takes_fewer_bytes_for_the_same_time() -> None:
    items = [Item(1000, 500, {}), Item(1009, 20, {}), Item(1011, 10, {})]
    assert choose([items], "latency") == (1,)
    assert choose([[items[0], items[0]]], "latency") == (0,)


@pytest.mark.parametrize(("time", "more", "expected"), [(450, 10, (1,)), (451, 10, (0,)), (100, 11, (0,))])
def test_flash_takes_a_percent_more_for_a_tenth_of_the_time(time: int, more: int, expected: Pick) -> None:
    items = [Item(500, 1000, {}), Item(time, 1000 + more, {})]
    assert choose([items], "flash") == expected
    assert choose([items], "flash", 1009) == (0,)


def test_flash_takes_code_that_enough_calls_share() -> None:
    layer = [Item(500, 2000, {"slow": 10}), Item(100, 2000, {"fast": 70})]
    assert choose([layer] * 2, "flash") == (0, 0)
    assert choose([layer] * 3, "flash") == (1, 1, 1)


def test_shared_code_counts_once() -> None:
    """One call alone is smallest with its own code, four share theirs."""
    assert choose([call()], "flash") == (2,)
    assert choose([call()] * 4, "flash") == (0,) * 4
    assert Weighing([call()] * 4).total((1, 1, 3, 3)).bytes == 2 * 40 + 2 * 340 + 1300


def test_balanced_is_the_least_product() -> None:
    """Twice as fast for a tenth more flash is worth it, for three times as much it is not."""
    assert choose([[Item(100, 1100, {}), Item(200, 1000, {})]], "balanced") == (0,)
    assert choose([[Item(100, 3000, {}), Item(200, 1000, {})]], "balanced") == (1,)


@pytest.mark.parametrize(("budget", "expected"), [(640, (3,)), (639, (2,)), (210, (2,))])
def test_a_budget_is_filled(budget: int, expected: Pick) -> None:
    assert choose([call()], "latency", budget) == expected


def test_nothing_fits() -> None:
    with pytest.raises(DoesNotFit, match="needs about 210 bytes of flash, 10 more than the budget of 200"):
        choose([call()], "balanced", 200)


def test_a_little_too_much_is_left_to_the_linker() -> None:
    """Shared code may become smaller: 410 bytes of which 400 are shared may fit 310, but not 309."""
    calls = [[Item(5, 5, {"conv": 400}), Item(1, 900, {})]] * 2
    assert choose(calls, "latency", 310) == (0, 0)
    with pytest.raises(DoesNotFit, match="101 more than the budget of 309"):
        choose(calls, "latency", 309)


def test_no_calls() -> None:
    assert choose([], "flash") == choose([], "balanced", 0) == ()


def drawn(rng: np.random.Generator) -> list[list[Item]]:
    parts = {f"p{k}": int(rng.integers(1, 900)) for k in range(rng.integers(1, 7))}
    calls = []
    for _ in range(rng.integers(1, 7)):
        items = []
        for _ in range(rng.integers(1, 4)):
            shared = {p: size for p, size in parts.items() if rng.random() < 0.4}
            items.append(Item(int(rng.integers(1, 1000)), int(rng.integers(0, 500)), shared))
        calls.append(items)
    return calls


@pytest.mark.parametrize("seed", range(60))
def test_every_pick_tried(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calls = drawn(rng)
    weighing = Weighing(calls)
    totals = {pick: weighing.total(pick) for pick in product(*(range(len(items)) for items in calls))}
    for pick, t in totals.items():
        chosen = [items[k] for items, k in zip(calls, pick, strict=True)]
        union = {name: size for i in chosen for name, size in i.shared.items()}
        assert t.bytes == sum(i.bytes for i in chosen) + sum(union.values())
    smallest = totals[choose(calls, "flash")]
    bytes_, time = min((t.bytes, t.time) for t in totals.values())
    fast = min(t.time for t in totals.values() if t.bytes <= bytes_ + bytes_ // 100)
    assert smallest.bytes <= bytes_ + bytes_ // 100
    assert smallest.time == fast if 10 * (time - fast) >= time else (smallest.bytes, smallest.time) == (bytes_, time)
    balanced = totals[choose(calls, "balanced")]
    assert balanced.time * balanced.bytes == min(t.time * t.bytes for t in totals.values())
    budget = int(rng.integers(smallest.bytes, max(t.bytes for t in totals.values()) + 1))
    within = totals[choose(calls, "latency", budget)]
    assert within.bytes <= budget
    fast = totals[choose(calls, "latency")]
    if fast.bytes > budget:
        assert within.time == min(t.time for t in totals.values() if t.bytes <= budget)
    weights = [int(w) for w in rng.integers(1, 50, 2)]
    best = totals[weighing.best(*weights)]
    least = min(weights[0] * t.time + weights[1] * t.bytes for t in totals.values())
    assert weights[0] * best.time + weights[1] * best.bytes == least


def test_many_parts_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not proven then, but no worse than the faster kernel everywhere."""
    monkeypatch.setattr("lapel.planning.weighing.MOST_PARTS", 1)
    monkeypatch.setattr("lapel.planning.weighing.MOST_OPENED", 0)
    assert choose([call()] * 4, "flash") == (0,) * 4
    assert choose([call()] * 4, "latency", 1700) != (0,) * 4


def test_differences_are_those_of_totals() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        parts = {f"part{k}": int(rng.integers(1, 500)) for k in range(5)}
        calls = []
        for _ in range(int(rng.integers(1, 7))):
            drawn = [{n: s for n, s in parts.items() if rng.random() < 0.4} for _ in range(int(rng.integers(1, 5)))]
            calls.append([Item(1, int(rng.integers(0, 300)), shared) for shared in drawn])
        weighing, pick = Weighing(calls), tuple(int(rng.integers(len(items))) for items in calls)
        whole = weighing.total(pick).bytes
        assert weighing.differences(pick) == [
            [weighing.total((*pick[:n], k, *pick[n + 1 :])).bytes - whole for k in range(len(items))]
            for n, items in enumerate(calls)
        ]
