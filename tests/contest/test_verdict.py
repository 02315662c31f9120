"""The front, what is enough, and the sentence about trees, of contenders that are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapel.contest.picture import picture
from lapel.contest.verdict import NONE, answer, enough, with_front
from lapel.records import Comparison, Contender, Memory, OnChip, Score, Tried
from lapel.wish import Wish


def contender(name: str, mean: float, flash: int, ram: int = 50, cycles: int = 100, spread: float = 0.01) -> Contender:
    chip = OnChip(
        9, Score(accuracy=mean), Memory(ram, ram, ram, 0, 0, flash, 0), cycles, cycles, cycles, cycles, "counted", 1.0,
        None, (),
    )  # fmt: skip
    shares = (mean - spread, mean, mean + spread)
    return Contender(name, name.split()[0], "", "", "", (Tried({}, shares),), 0, chip, True)


def large(name: str, mean: float) -> Contender:
    return Contender(name, name.split()[0], "", "", "", (Tried({}, (mean, mean)),), 0, None, False, {"flash": 9})


TREE, FOREST = contender("tree 8", 0.9, 400, spread=0.02), contender("forest 9", 0.95, 900)
MLP = contender("mlp", 0.951, 800, 90)


def test_the_front() -> None:
    worse = contender("svm", 0.9, 400, 50, 101)
    same = contender("other", 0.9, 400)
    found = with_front([TREE, FOREST, MLP, worse, same, large("huge", 0.99)])
    assert [c.on_front for c in found] == [True, True, True, False, True, False]


@pytest.mark.parametrize(
    ("contenders", "name", "said"),
    [
        ([TREE, FOREST, MLP], "mlp", "a tree is not enough: tree 8 is 5.1 (± 0.9) points below mlp; the smallest "
         "that is enough is mlp, 95.1 % in 800 bytes of flash and 90 of RAM"),
        ([contender("tree 32", 0.9415, 700), FOREST, MLP], "tree 32", "a tree is enough: tree 32, 94.2 % in 700 bytes"),
        ([contender("tree 99", 0.942, 850), FOREST, MLP], "mlp", "a tree would do (tree 99, 94.2 % in 850 bytes of "
         "flash and 50 of RAM), but the smallest that is enough is mlp"),
        ([contender("tree 9", 0.94, 300), FOREST, MLP], "mlp", "a tree is not enough: tree 9 is 1.1 (± 0.0) points"),
        ([contender("tree 9", 0.94, 300), contender("svm", 0.96, 900, spread=0.05)], "tree 9", "a tree is enough"),
        ([FOREST, MLP], "mlp", "the smallest that is enough is mlp, 95.1 %"),
        ([FOREST, large("huge", 0.99)], "forest 9", "the smallest that is enough is forest 9"),
        ([large("huge", 0.99)], None, NONE),
    ],
)  # fmt: skip
def test_what_is_enough(contenders: list[Contender], name: str | None, said: str) -> None:
    found = enough(contenders, 10_000)
    assert (None if found is None else found.name) == name
    assert said in answer(contenders, 10_000)


def test_folds_that_agree_by_chance_are_no_proof() -> None:
    best, tree = contender("svm", 0.97, 900, spread=0.0), contender("tree 8", 0.95, 400)
    assert (
        enough([best, tree], 50) is tree and enough([best, tree], 1000) is best and enough([best, tree], None) is best
    )
    assert "a tree is enough" in answer([best, tree], 50) and "R² 0.970" in answer([best, tree], None)


def record(contenders: list[Contender]) -> Comparison:
    return Comparison(
        "0", "d.csv", None, None, "classification", (0, 1), (4,), "arduino-uno", "atmega328p", 16_000_000, 32_256, 2048,
        Wish(), 0, 3, 60, 30, 9, tuple(contenders), (), None, Score(accuracy=0.5), None, "", "yes", True,
    )  # fmt: skip


def test_a_picture_of_energy() -> None:
    assert MLP.chip is not None
    drawn = picture(record([replace(MLP, chip=replace(MLP.chip, energy_uj=3.0))]))
    assert drawn is not None and "uJ of an inference" in drawn.decode()


def test_a_picture() -> None:
    drawn = picture(record([TREE, FOREST, MLP]))
    assert drawn is not None and drawn == picture(record([TREE, FOREST, MLP]))
    text = drawn.decode()
    for said in ("bytes of flash", "bytes of RAM with the stack", "ms of an inference", "d.csv on arduino-uno: yes"):
        assert said in text
    assert picture(record([large("huge", 0.99)])) is None
