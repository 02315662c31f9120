"""Channels removed from random networks and from a real one: equal in every bit, everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from lapel.frontends.tflite import write_tflite
from lapel.ir.op import lowerable
from lapel.ops import evaluate, registry
from lapel.planning.rewrites.channels import remove_channels
from oracle import run_tflite_micro
from planted import check_removal, draw_net

NETS = 400


def test_random_nets_keep_every_bit() -> None:
    changed, removed = 0, set()
    for seed in range(NETS):
        graph = draw_net(seed)
        for node in graph.nodes:
            assert lowerable(registry()[node.op], graph.instance(node)) == [], node
        after = check_removal(graph, seed)
        changed += after is not graph
        removed |= {n.op for n in after.nodes if after.tensors[n.outputs[0]].kept is not None}
        macs = [sum(registry()[n.op].macs(g.instance(n)) for n in g.nodes) for g in (graph, after)]
        assert macs[1] <= macs[0]
    assert changed > NETS / 2
    assert removed >= {"conv", "depthwise", "dense", "add", "sub", "mul", "avgpool", "maxpool", "relu", "logistic",
                       "mean", "reshape", "pad"}  # fmt: skip


@pytest.mark.parametrize("target", ["host", "cortex-m4"])
def test_random_nets_as_firmware(target: str) -> None:
    graph = merge("nets", [draw_net(seed) for seed in range(40)])
    samples = draw_samples(graph, np.random.default_rng(0), 5)
    assert lapel.run(graph, target, samples).bit_exact
    if target != "host":  # which `diff` traces as well
        result = lapel.diff(graph, target, {n: x[3:] for n, x in samples.items()})
        assert result.equal, "\n".join(map(str, result.differences))


def test_random_nets_equal_tflite_micro() -> None:
    for seed in range(30):
        graph = draw_net(seed)
        after, _ = remove_channels(graph)
        models = [write_tflite(graph), write_tflite(after)]
        samples = draw_samples(graph, np.random.default_rng(seed), 4)
        for s in range(4):
            inputs = {n: x[s] for n, x in samples.items()}
            values = evaluate(after, inputs)
            for model in models:
                for o, found in zip(graph.outputs, run_tflite_micro(model, list(inputs.values())), strict=True):
                    assert (values[o] == found.reshape(values[o].shape)).all(), f"net {seed}, output {o}"


def test_visual_wake_words_loses_half_of_its_work(shared: Path) -> None:
    path = shared / "models" / "mlperf-tiny" / "vww_int8.tflite"
    graph = lapel.load(path)
    result = lapel.run(graph, "cortex-m4", samples := draw_samples(graph, np.random.default_rng(1), 5))
    assert result.bit_exact and result.macs <= 3_740_000
    for s in range(5):
        (theirs,) = run_tflite_micro(path.read_bytes(), [samples[graph.inputs[0]][s]])
        assert (result.outputs[graph.outputs[0]][s] == theirs).all()
    diff = lapel.diff(graph, "cortex-m4")
    assert diff.equal and diff.tensors == len(graph.nodes)
    after, notes = remove_channels(graph)
    weights = sum(after.tensors[n.inputs[1]].type.size for n in after.nodes if n.op in ("conv", "depthwise", "dense"))
    assert weights <= 29_300 and len(notes) == 18
