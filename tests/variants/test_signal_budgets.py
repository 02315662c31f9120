"""What spectra of audio frames cost on the cores with kernels of their own, as budgets; and sums that wrap there."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from batch import merge
from cores import needs
from lapel.ir import Graph, Tensor, Type
from lapel.ir.op import single
from lapel.planning import make_plan
from lapel.targets import load_target
from lapel.variants import variants

SAMPLES, LENGTH = 480, 512
BUDGETS = {
    "cortex-m4": {"windowed": 2_600, "autoscale": 3_050, "energy": 1_100, "rfft": 17_200, "rfft32": 32_200},
    "cortex-m55": {"windowed": 660, "autoscale": 545, "energy": 395, "rfft": 4_100, "rfft32": 8_400},
}
"""Instructions of 30 ms at 16 kHz at most, with the compiler that `make setup` installs; energies of bins 5 to 240."""
KERNELS = {"cortex-m4": "dsp", "cortex-m55": "mve"}


def rfft(length: int, samples: int, dtype: str) -> Graph:
    x = Tensor("x", Type((samples,), dtype))
    return single("rfft", [x], [Type((length + 2,), dtype)], {"fft_length": length})


def frames() -> dict[str, Graph]:
    """Each operator of a frame."""
    wave = np.round(2**12 * np.hanning(SAMPLES)).astype(np.int16)
    x, window = Tensor("x", Type((SAMPLES,), "int16")), Tensor("w", Type((SAMPLES,), "int16"), wave)
    spectrum = Tensor("x", Type((LENGTH + 2,), "int16"))
    return {
        "windowed": single("windowed", [x, window], [x.type], {"shift": 12, "dtype": "int16"}),
        "autoscale": single("autoscale", [x], [x.type, Type((), "int32")], {}),
        "energy": single("energy", [spectrum], [Type((LENGTH // 2 + 1,), "uint32")], {"start": 5, "end": 241}),
        "rfft": rfft(LENGTH, SAMPLES, "int16"),
        "rfft32": rfft(LENGTH, SAMPLES, "int32"),
    }


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in BUDGETS])
def test_frames_keep_their_budgets(core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the kernels that are fastest where they are measured."""
    monkeypatch.setattr(type(variants()["rfft16_mve_small"]), "specialize", lambda self, call: "not asked for")
    graphs, rng = frames(), np.random.default_rng(1)
    graph = merge("frames", list(graphs.values()))
    samples = {n: rng.integers(-3000, 3000, (1, *graph.tensors[n].type.shape)) for n in graph.arguments}
    samples = {n: x.astype(graph.tensors[n].type.dtype) for n, x in samples.items()}
    found = lapel.run(graph, core, samples)
    assert found.bit_exact
    assert {layer.kernel.split("_")[1] for layer in found.layers} == {KERNELS[core]}
    taken = dict(zip(graphs, (layer.instructions for layer in found.layers), strict=True))
    assert all(0.85 * most < taken[name] <= most for name, most in BUDGETS[core].items()), taken


@needs("cortex-m55")
def test_a_spectrum_of_small_tables_keeps_its_budgets() -> None:
    """It comes before the faster one where nothing is measured."""
    x = np.random.default_rng(1).integers(-3000, 3000, (1, SAMPLES)).astype(np.int16)
    (layer,) = lapel.run(rfft(LENGTH, SAMPLES, "int16"), "cortex-m55", x).layers
    (step,) = make_plan(rfft(LENGTH, SAMPLES, "int16"), load_target("cortex-m55")).steps
    assert layer.kernel == step.calls[0].kernel == "rfft16_mve_small"
    assert sum(t.nbytes for t in step.calls[0].params.values() if isinstance(t, np.ndarray)) == 2 * (256 + 129)
    assert layer.instructions is not None and 4_200 < layer.instructions <= 4_900


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in BUDGETS])
def test_sums_wrap_as_the_reference_says(core: str) -> None:
    """Corners of the square that pairs of samples may lie in, turning: sums beyond int16, and products beyond int32."""
    rng, graph = (
        np.random.default_rng(2),
        merge("wraps", [rfft(n, n, d) for n in (64, 128) for d in ("int16", "int32")]),
    )
    samples = {}
    for name in graph.arguments:
        (length,), info = graph.tensors[name].type.shape, np.iinfo(graph.tensors[name].type.dtype)
        turns = rng.integers(1, length // 2, (8, 1)) * np.arange(length // 2) / (length // 2) + rng.random((8, 1))
        z = np.exp(2j * np.pi * turns)
        corners = np.stack([z.real, z.imag], axis=2).reshape(8, length) > 0
        samples[name] = np.where(corners, info.max, info.min).astype(info.dtype)
    assert lapel.run(graph, core, samples).bit_exact
