"""Random whole networks: reference, and firmware on a Cortex-M4 and an M55, equal TFLite Micro in every bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.planning.rewrites.channels import remove_channels
from lapel.targets import load_target
from lapel.wish import Goal, Wish
from oracle import run_tflite_micro
from patchwork import FEWEST, MOST, OPERATORS, draw_network

CORES = ("cortex-m4", "cortex-m55")
GOALS: tuple[Goal, ...] = ("latency", "ram")
SAMPLES = 3
"""All inputs at their zero points, and two random ones."""
GROUP = 12
"""Networks in one firmware."""
SAMPLE, GROUPS = range(10), [range(k, k + GROUP) for k in range(1000, 1000 + 20 * GROUP, GROUP)]


def imported(seed: int) -> tuple[Graph, bytes]:
    """The network as the front end reads it from a .tflite file, and that file."""
    model = write_tflite(draw_network(seed))
    return read_tflite(model, f"network_{seed}"), model


def check_reference(seed: int, graph: Graph, model: bytes, samples: Mapping[str, np.ndarray]) -> None:
    """The reference's outputs against TFLite Micro's."""
    for s in range(SAMPLES):
        inputs = {i: samples[i][s] for i in graph.inputs}
        values = evaluate(graph, inputs)
        for o, theirs in zip(graph.outputs, run_tflite_micro(model, list(inputs.values())), strict=True):
            same = values[o].tobytes() == theirs.reshape(values[o].shape).tobytes()
            assert same, f"draw_network({seed}): output {o} of sample {s} is not TFLite Micro's\n{graph}"


def check_networks(seeds: Sequence[int], cores: Sequence[str], goals: Sequence[Goal]) -> None:
    """Each network against TFLite Micro; then all of them as one firmware for each core and goal."""
    graphs = []
    for seed in seeds:
        graph, model = imported(seed)
        samples = draw_samples(graph, np.random.default_rng(seed), 2 + SAMPLES)
        check_reference(seed, graph, model, {i: x[2:] for i, x in samples.items()})
        for goal in goals:
            for core in cores:
                make_plan(graph, load_target(core), Wish(goal))
        graphs.append(graph)
    merged = merge(f"networks_{seeds[0]}", graphs)
    samples = {i: x[2:] for i, x in draw_samples(merged, np.random.default_rng(seeds[0]), 2 + SAMPLES).items()}
    for core in cores:
        for goal in goals:
            run = lapel.run(merged, core, samples, wish=Wish(goal))
            assert run.bit_exact, explain(seeds, graphs, core, goal, samples, run.outputs)


def explain(
    seeds: Sequence[int],
    graphs: Sequence[Graph],
    core: str,
    goal: Goal,
    samples: Mapping[str, np.ndarray],
    found: Mapping[str, np.ndarray],
) -> str:
    """Which networks of a firmware differ, and for each of them, alone, where."""
    lines = []
    for k, (seed, graph) in enumerate(zip(seeds, graphs, strict=True)):
        for s in range(SAMPLES):
            values = evaluate(graph, {i: samples[f"{k}/{i}"][s] for i in graph.inputs})
            wrong = [o for o in graph.outputs if values[o].tobytes() != found[f"{k}/{o}"][s].tobytes()]
            if wrong:
                lines.append(f"draw_network({seed}) on {core}, optimize={goal!r}, sample {s}: wrong {', '.join(wrong)}")
                alone = lapel.diff(graph, core, {i: samples[f"{k}/{i}"][s : s + 1] for i in graph.inputs})
                lines += ["  alone it is equal"] if alone.equal else [f"  alone: {d}" for d in alone.differences]
                break
    return "\n".join([f"networks {list(seeds)} as one firmware:", *lines])


def test_networks_are_the_same_again_and_different() -> None:
    first, second, again = (draw_network(seed).digest() for seed in (0, 1, 0))
    assert first == again != second


def test_a_sample_of_networks() -> None:
    check_networks(SAMPLE, CORES, ["latency"])


@pytest.mark.long
def test_networks_are_of_every_kind() -> None:
    """Every operator, branches, several inputs and outputs, outputs that are read on; in some, channels are removed."""
    graphs = [draw_network(seed) for group in GROUPS[:8] for seed in group]
    readers = [Counter(i for n in g.nodes for i in n.inputs) for g in graphs]
    share = {
        "branches": [any(r[o] > 1 for n in g.nodes for o in n.outputs) for g, r in zip(graphs, readers, strict=True)],
        "outputs read on": [any(o in r for o in g.outputs) for g, r in zip(graphs, readers, strict=True)],
        "two inputs": [len(g.inputs) > 1 for g in graphs],
        "several outputs": [len(g.outputs) > 1 for g in graphs],
    }
    assert all(sum(found) >= 0.1 * len(graphs) for found in share.values()), share
    assert any(remove_channels(g)[0] is not g for g in graphs)  # few; tests/planning/test_channel_nets.py has more
    assert {n.op for g in graphs for n in g.nodes} == {*OPERATORS} - {"fill"}  # that reads a scalar, which none makes
    sizes = [len(g.nodes) for g in graphs]
    assert min(sizes) >= FEWEST and max(sizes) < MOST + 5 and np.mean(sizes) > (FEWEST + MOST) / 2 - 2


@pytest.mark.long
@pytest.mark.parametrize("seeds", GROUPS, ids=lambda r: f"{r[0]}-{r[-1]}")
def test_networks(seeds: Sequence[int]) -> None:
    check_networks(seeds, CORES, GOALS if seeds[0] % 5 == 0 else GOALS[:1])
