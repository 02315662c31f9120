"""Bounds of a model's size: asked before anything of that size is allocated, each with a message of its own."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from lapel import codegen
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite
from lapel.ir import limits
from lapel.ir.limits import live_values
from lapel.planning import make_plan, planner
from lapel.planning.marks import UNWRITTEN, Marks, cut, differences
from lapel.planning.rewrites import channels
from lapel.targets import load_target
from lapel.wish import Wish
from objectnet import File


def chain(count: int, elements: int = 8) -> bytes:
    """x -> relu -> relu -> …, of which no two have the same scale."""
    file = File("chain")
    x = file.tensor((1, elements), "int8", [0.1])
    file.graph.inputs = [x.index]
    for k in range(count):
        y = file.tensor((1, elements), "int8", [0.1 * (1 + k % 3)])
        file.operator("RELU", [x], [y])
        x = y
    file.graph.outputs = [x.index]
    return file.pack()


def fan(count: int) -> bytes:
    """One input, and so many operators on it that all are outputs."""
    file = File("fan")
    x = file.tensor((1, 8), "int8", [0.1])
    file.graph.inputs = [x.index]
    for k in range(count):
        y = file.tensor((1, 8), "int8", [0.1 * (1 + k % 3)])
        file.operator("RELU", [x], [y])
        file.graph.outputs.append(y.index)
    return file.pack()


def peak_bytes(function: Callable[[], object]) -> int:
    """The most memory that Python and numpy had allocated at a time."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def problems(data: bytes) -> tuple[str, ...]:
    with pytest.raises(UnsupportedModel) as e:
        make_plan(read_tflite(data, "large"), load_target("cortex-m4"))
    return e.value.problems


def test_too_many_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_NODES", 20)
    assert problems(chain(21)) == ("it has 21 operators, expected at most 20: split the model",)
    make_plan(read_tflite(chain(20)), load_target("cortex-m4"))


def test_a_tensor_of_half_a_gigabyte_costs_nothing() -> None:
    data = chain(1, 1 << 29)
    assert len(data) < 700
    found: list[tuple[str, ...]] = []
    assert peak_bytes(lambda: found.append(problems(data))) < 1 << 20
    expected = "has 536,870,912 bytes, expected at most 16,777,216: make it smaller, or its batch 1"
    assert found == [(f"tensor 't0' {expected}", f"tensor 't1' {expected}")]


def test_the_largest_tensor_is_planned_in_little_memory() -> None:
    data, made = chain(2, limits.MOST_TENSOR_BYTES), []
    peak = peak_bytes(lambda: made.append(make_plan(read_tflite(data), load_target("cortex-m4"))))
    assert made[0].arena_bytes == limits.MOST_TENSOR_BYTES and peak < 8 << 20
    assert peak_bytes(lambda: codegen.generate(made[0])) < 8 << 20


def test_channels_of_very_many_are_not_removed_and_the_plan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MOST_CHANNELS", 15)
    assert "channel removal: not sought: 16 channels, more than 15" in str(
        make_plan(read_tflite(chain(2)), load_target("cortex-m4"))
    )


def test_too_many_values_that_meet() -> None:
    (problem,) = problems(fan(730))
    assert problem == (
        "values that are needed at the same time come to 266,815 over all operators, expected at most 262,144: "
        "return fewer outputs, or split the model"
    )


def test_too_many_bytes_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_LIVE_BYTES", 79)
    (problem,) = problems(fan(9))
    assert problem == ("values of 80 bytes are needed at the same time, expected at most 79: make the tensors smaller")


def test_live_values_of_a_chain_and_of_a_fan() -> None:
    assert live_values(read_tflite(chain(5))) == (16, 5)
    assert live_values(read_tflite(fan(3))) == (32, 1 + 2 + 3)


def test_bands_are_not_sought_in_a_large_graph_and_the_plan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "MOST_MEETINGS_IN_BANDS", 9)
    plan = make_plan(read_tflite(chain(10)), load_target("cortex-m4"), Wish("ram"))
    assert "bands: not sought: 10 values meet others, more than 9" in str(plan)
    assert "not sought" not in str(make_plan(read_tflite(chain(9)), load_target("cortex-m4"), Wish("ram")))


def test_a_long_chain_has_an_arena_of_one_value() -> None:
    plan = make_plan(read_tflite(chain(400)), load_target("cortex-m4"))
    assert plan.arena_bytes == plan.bound_bytes == 8 and set(plan.live_bytes()) == {8}


def test_marks_are_read_as_they_were_written() -> None:
    marks = Marks(10)
    marks.write(2, 6, 1)
    marks.write(4, 10, 2)
    marks.write(4, 5, 1)
    assert marks.read(0, 10) == ((2, UNWRITTEN), (3, 1), (5, 2))
    assert marks.read(3, 7) == ((2, 1), (2, 2))
    assert cut(marks.read(0, 10), 1, 5) == ((1, UNWRITTEN), (3, 1), (1, 2))
    assert differences(((3, 1), (5, 2)), ((2, 1), (2, 2), (4, 7))) == (5, 2)
