"""Random networks of the schema's own object classes: our firmware's outputs are TensorFlow Lite Micro's, bit for bit.

The generator (`objectnet`) knows nothing of our writer. What TensorFlow Lite Micro does not take is not asked of us;
all that it takes must be read. Many networks are one firmware.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

import lapel
from batch import merge
from isolated import map_isolated
from lapel.frontends.tflite import read_tflite
from lapel.wish import Goal, Wish
from objectnet import draw_inputs_of, draw_model, pack
from oracle import run_tflite_micro

SAMPLES = 2
GROUP = 25
"""Networks in one firmware."""
GOALS: tuple[Goal, ...] = ("latency", "ram", "flash", "balanced")
HOST = [range(k, k + GROUP) for k in range(0, 1000, GROUP)]
BOARDS = [range(k, k + GROUP) for k in range(2000, 2100, GROUP)]


def ask_tflite_micro(seed: int) -> list[list[np.ndarray]]:
    """Its outputs for each sample."""
    model = draw_model(seed)
    return [run_tflite_micro(pack(model), draw_inputs_of(model, s)) for s in range(SAMPLES)]


@cache
def answers(seeds: range) -> dict[int, list[list[np.ndarray]]]:
    """Of the networks that TensorFlow Lite Micro takes, its outputs by seed."""
    found = dict(zip(seeds, map_isolated(ask_tflite_micro, seeds), strict=True))
    return {seed: outputs for seed, outputs in found.items() if outputs is not None}


def check(seeds: range, target: str, goal: Goal = "latency") -> int:
    """All networks as one firmware on a target, against TensorFlow Lite Micro; how many there were."""
    expected = answers(seeds)
    models = {seed: draw_model(seed) for seed in expected}
    graphs = {seed: read_tflite(pack(model), f"object_{seed}") for seed, model in models.items()}
    samples = {}
    for k, (seed, graph) in enumerate(graphs.items()):
        drawn = [draw_inputs_of(models[seed], s) for s in range(SAMPLES)]
        for i, name in enumerate(graph.inputs):
            samples[f"{k}/{name}"] = np.stack([arrays[i] for arrays in drawn])
    run = lapel.run(merge(f"objects_{seeds[0]}", list(graphs.values())), target, samples, wish=Wish(goal))
    for k, (seed, graph) in enumerate(graphs.items()):
        for i, name in enumerate(graph.outputs):
            ours, theirs = run.outputs[f"{k}/{name}"], np.stack([outputs[i] for outputs in expected[seed]])
            where = f"draw_model({seed}) on {target}, optimize={goal!r}: output {name!r} is not TFLite Micro's"
            assert ours.tobytes() == theirs.tobytes(), where
    assert run.bit_exact
    return len(graphs)


def operators(seeds: Sequence[int]) -> set[int]:
    """Codes of all operators of some networks."""
    return {code.builtinCode for seed in seeds for code in draw_model(seed).operatorCodes}


def test_networks_are_the_same_again_and_different() -> None:
    first, second, again = (pack(draw_model(seed)) for seed in (0, 1, 0))
    assert first == again != second
    assert len(operators(range(60))) >= 30


def test_a_few_networks_on_the_host() -> None:
    assert check(range(12), "host") >= 10


def test_a_few_networks_on_a_cortex_m4() -> None:
    assert check(range(12, 16), "cortex-m4", "ram") >= 3


@pytest.mark.long
@pytest.mark.parametrize("seeds", HOST, ids=lambda r: f"{r[0]}-{r[-1]}")
def test_networks_on_the_host(seeds: range) -> None:
    assert check(seeds, "host") > 0.9 * GROUP


@pytest.mark.long
@pytest.mark.measured
@pytest.mark.parametrize("seeds", BOARDS, ids=lambda r: f"{r[0]}-{r[-1]}")
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m55"])
def test_networks_on_boards_under_every_goal(core: str, seeds: range) -> None:
    for goal in GOALS:
        assert check(seeds, core, goal) > 0.9 * GROUP
