"""Small cascades: a listening network behind a gate, with and without a check; and recordings for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hearing import SCORE, listening_net, two_words
from lapel.audio.verification import embedding_of, enrolling, verifying
from lapel.cascades.stages import Stages, stages_of
from lapel.codegen.cascade import Check
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.proving.ears import Ears
from lapel.records import Cascade
from statenets import Net

STEP, ROWS, FRAMES, CHANNELS, VALUES = 80, 2, 6, 4, 5
ASKED = Cascade(hop_samples=STEP // ROWS, stride=5, ratio=48, hiss=32, crossings=5, hangover_steps=5, preroll_steps=4)


def check_net(seed: int = 3) -> Graph:
    """int8 [1, FRAMES, CHANNELS] -> scores int8 [1, 2]."""
    net = Net("check", np.random.default_rng(seed))
    net.tensors["features"] = Tensor("features", Type((1, FRAMES * CHANNELS), "int8", Quant((1 / 128,), (0,))))
    scores = net.node("logistic", [net.dense("features", 2)], (1, 2), SCORE)
    return net.graph(["features"], [scores], {})


def voice_net(seed: int = 4) -> Graph:
    """int8 [1, FRAMES, CHANNELS] -> an embedding, int8 [1, VALUES]."""
    net = Net("voice", np.random.default_rng(seed))
    net.tensors["features"] = Tensor("features", Type((1, FRAMES * CHANNELS), "int8", Quant((1 / 128,), (0,))))
    return net.graph(["features"], [net.dense("features", VALUES)], {})


def staged(
    asked: Cascade = ASKED, *, checked: bool = False, speaker: bool = False, dtype: str = "int8", **detector: int
) -> Stages:
    """A cascade of this name; its features are what the network remembers of a step."""
    graph = listening_net(STEP, 2, dtype)
    features = next(n for n, t in graph.tensors.items() if t.type.shape == (1, CHANNELS) and "tanh" in _maker(graph, n))
    ears = Ears(graph, two_words(**{"refractory_steps": 0, "warmup_steps": 1, **detector}), 16000, features=features)
    if speaker:
        voice = voice_net()
        asks = Check(FRAMES, CHANNELS, 0, (0, 0), 0, (9000, 9000), -32768, 32767, VALUES)
        enrol = enrolling(embedding_of(voice).type, 3)
        return stages_of(ears, asked, (verifying(voice), asks), enrol).named("ears")
    check = Check(FRAMES, CHANNELS, 0, (1, 0), 128, (120, 130))
    return stages_of(ears, asked, (check_net(), check) if checked else None).named("ears")


def _maker(graph: Graph, name: str) -> str:
    return next((n.op for n in graph.nodes if name in n.outputs), "")


def talk(steps: int, seed: int = 1) -> np.ndarray:
    """int16 [steps * STEP]: quiet noise with bursts of some steps, apart by few and by many."""
    rng = np.random.default_rng(seed)
    level, at = np.full(steps, 60.0), 0
    while at < steps:
        at += int(rng.choice([1, 3, 8, 10, 30]))
        long = int(rng.integers(1, 9))
        level[at : at + long] = rng.uniform(800, 12000)
        at += long
    return np.asarray(np.clip(rng.normal(0, 1, (steps, STEP)) * level[:, None], -32768, 32767), np.int16).reshape(-1)


__all__ = ["ASKED", "STEP", "VALUES", "check_net", "replace", "staged", "talk"]
