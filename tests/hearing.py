"""Small networks that listen: samples in, scores out, with a ring buffer over some steps; and recordings for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lapel.ir import Graph, Quant, Tensor, Type
from lapel.records.detector import Detector, Event
from statenets import Net

SCORE = Quant((1 / 256,), (-128,))
FRAMES = 3
UNITS = 4


def listening_net(step: int, words: int, dtype: str = "int8", seed: int = 0) -> Graph:
    """int16 [1, step] -> scores [1, words]; the last FRAMES steps count."""
    net = Net("ears", np.random.default_rng(seed))
    net.tensors["samples"] = Tensor("samples", Type((1, step), "int16", Quant((2.0**-15,), (0,))))
    x = net.node("quantize", ["samples"], (1, step), Quant((2.0**-7,), (0,)), dtype="int8")
    y = net.node("tanh", [net.dense(x, UNITS)], (1, UNITS), Quant((1 / 128,), (0,)))
    s = net.tensor("s", (1, (FRAMES - 1) * UNITS), Quant((1 / 128,), (0,)))
    whole = net.concat(s, y)
    update = net.node(
        "slice", [whole], (1, (FRAMES - 1) * UNITS), Quant((1 / 128,), (0,)),
        begin=(0, UNITS), step=(1, 1), count=(1, (FRAMES - 1) * UNITS), shape=(1, (FRAMES - 1) * UNITS),
    )  # fmt: skip
    scores = net.node("logistic", [net.dense(whole, words)], (1, words), SCORE)
    if dtype == "uint8":
        scores = net.node("quantize", [scores], (1, words), Quant((1 / 256,), (0,)), dtype="uint8")
        net.tensors[scores] = Tensor(scores, Type((1, words), "uint8", Quant((1 / 256,), (0,))))
    return net.graph(["samples"], [scores], {s: update})


def noise(count: int, seed: int = 1) -> np.ndarray:
    """int16 [count] that changes its loudness now and then."""
    rng = np.random.default_rng(seed)
    loudness = np.repeat(rng.uniform(100, 12000, count // 500 + 1), 500)[:count]
    return np.asarray(np.clip(rng.normal(0, 1, count) * loudness, -32768, 32767), np.int16)


def chunks(samples: np.ndarray, sizes: tuple[int, ...], seed: int = 2) -> Iterator[np.ndarray]:
    """The samples in pieces of drawn sizes."""
    rng, at = np.random.default_rng(seed), 0
    while at < len(samples):
        size = int(rng.choice(sizes))
        yield samples[at : at + size]
        at += size


def two_words(**fields: int) -> Detector:
    given = {"smoothing": 3, "refractory_steps": 2, "warmup_steps": 2, **fields}
    return Detector(("yes", 'no "\\'), (1, 0), threshold_sums=(330, 420), **given)  # type: ignore[arg-type]


__all__ = ["Event", "chunks", "listening_net", "noise", "two_words"]
