"""Float models of others quantized here, beside the int8 models that their authors published.

100 samples of noise and shifted images calibrate; on others the class, or the signal, has to be the float model's as
often, and as exactly, as it is the published model's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from floatnets import patches
from lapel import Quantization, frontends
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.ops import evaluate
from lapel.quantization.comparison import noise_of, results
from lapel.quantization.scales import range_of, stored
from lapel.wish import Weights
from oracle import run_tflite_micro

CLASSIFIERS = ("mlperf-tiny/ic", "mlperf-tiny/vww", "public/image_example", "public/pacman")
AUTOENCODERS = ("mlperf-tiny/ad", "public/ecg_autoencoder")
CALIBRATING, TESTED = 100, 150
WEIGHTS: tuple[Weights, ...] = ("int8", "int4")


def samples(published: Graph, count: int, seed: int) -> np.ndarray:
    """float32 [count, …] that fill the range of the published model's input."""
    name = published.arguments[0]
    if published.tensors[name].type.quant is None:
        (name,) = (n.outputs[0] for n in published.nodes if n.inputs[0] == name)
    t = published.tensors[name].type
    lo, hi = range_of(t)
    return (lo + (hi - lo) * patches(t.shape, count, seed)).astype(np.float32)


def beside(found: np.ndarray, want: np.ndarray) -> tuple[float, float]:
    """Share of samples with the same class, and signal to noise in dB."""
    same = float((found.argmax(axis=1) == want.argmax(axis=1)).mean())
    return same, noise_of({"y": want}, {"y": found}).sqnr_db


def both(shared: Path, model: str, count: int) -> tuple[Graph, tuple[float, float], tuple[float, float]]:
    """Our graph, and how near to the float graph it and the published one are."""
    graph, published = (frontends.load(shared / f"models/{model}_{kind}.tflite") for kind in ("float", "int8"))
    made: Graph = lapel.quantize(graph, samples(published, CALIBRATING, 1)).graph
    x = samples(published, count, 2)
    want, ours, theirs = (
        next(iter(results(g, {g.arguments[0]: x.reshape(count, *g.tensors[g.arguments[0]].type.shape)}).values()))
        for g in (graph, made, published)
    )
    return made, beside(ours, want), beside(theirs, want)


def check_bits(made: Graph, x: np.ndarray) -> None:
    """TensorFlow Lite Micro says the same of the written file."""
    written, t = write_tflite(made), made.tensors[made.arguments[0]].type
    for v in x:
        q = stored(t, v.reshape(t.shape))
        (want,) = run_tflite_micro(written, [q])
        assert (evaluate(made, {made.arguments[0]: q})[made.results[0]] == want).all()


def test_an_autoencoder(shared: Path) -> None:
    made, ours, theirs = both(shared, "public/ecg_autoencoder", 20)
    assert ours[1] > theirs[1]
    check_bits(made, samples(frontends.load(shared / "models/public/ecg_autoencoder_int8.tflite"), 2, 3))


@pytest.mark.long
@pytest.mark.parametrize("model", [*CLASSIFIERS, *AUTOENCODERS])
def test_as_near_to_the_float_model_as_the_published_one(shared: Path, model: str) -> None:
    made, ours, theirs = both(shared, model, TESTED)
    print(f"\n{model}: same class {ours[0]:.4f} (published {theirs[0]:.4f}), {ours[1]:.1f} dB ({theirs[1]:.1f})")
    assert ours[1] >= theirs[1]
    assert model in AUTOENCODERS or ours[0] >= theirs[0]
    x = samples(frontends.load(shared / f"models/{model}_int8.tflite"), 3, 3)
    check_bits(made, x)
    (name,) = made.arguments
    result = lapel.run(made, "cortex-m4", x[:2].reshape(2, *made.tensors[name].type.shape))
    assert result.bit_exact


@pytest.mark.long
def test_keywords_of_real_speech(shared: Path) -> None:
    """MLPerf Tiny's 1,000 utterances, of which 100 calibrate: labels of the others are met as by the float model."""
    data = np.load(shared / "data/kws-mlperf/features.npz")
    graph, published = (
        frontends.load(shared / f"models/{m}.tflite") for m in ("public/kws_hybrid", "mlperf-tiny/kws_int8")
    )
    t = published.tensors[published.arguments[0]].type
    x, order = numbers(t, data["features"]).astype(np.float32), np.random.default_rng(0).permutation(1000)
    used, others = order[:100], order[100:]

    def accuracy(g: Graph) -> float:
        (found,) = results(g, {g.arguments[0]: x[others][:, None]}).values()
        return float((found.argmax(axis=1) == data["labels"][others]).mean())

    plain = Quantization(weights="int4", search_weights=False, correct_bias=False)
    wishes = (*(Quantization(weights=w) for w in WEIGHTS), plain)
    floats, theirs, ours, four, coarse = (
        accuracy(g) for g in (graph, published, *(lapel.quantize(graph, x[used], w).graph for w in wishes))
    )
    print(f"\nfloat {floats:.4f}, published int8 {theirs:.4f}, ours {ours:.4f}")
    print(f"int4 weights {four:.4f}, without search and correction {coarse:.4f}")
    assert ours >= max(floats - 0.005, theirs) and four >= floats - 0.03 and four > coarse
