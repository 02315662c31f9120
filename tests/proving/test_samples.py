"""Samples: how many of them a run keeps, and floats that are quantized block by block."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import lapel
from lapel.errors import InputError
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.proving import samples
from lapel.proving.inputs import take
from lapel.proving.samples import batched, prepare


def requantizer(scale: float = 0.5) -> Graph:
    """x int8 [1, 100] -> y int8 [1, 100]."""
    x, y = (Tensor(n, Type((1, 100), "int8", Quant((s,), (3,)))) for n, s in (("x", scale), ("y", 2 * scale)))
    return Graph("small", (Node("quantize", "q", ("x",), ("y",), {"dtype": "int8"}),), {"x": x, "y": y}, ("x",), ("y",))


def test_more_samples_than_can_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", 1000)
    assert len(prepare(requantizer(), np.zeros((5, 100), np.int8))["x"]) == 5
    with pytest.raises(InputError) as e:
        prepare(requantizer(), np.zeros((6, 100), np.float32))
    assert e.value.message == (
        "small: 6 samples of 200 bytes come to 1,200, expected at most 1,000: give at most 5 samples at once"
    )


def test_a_single_sample_is_always_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", 1)
    assert len(prepare(requantizer(), np.zeros((1, 100), np.int8))["x"]) == 1


def test_diff_keeps_every_tensor_of_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = requantizer()
    monkeypatch.setattr(samples, "MOST_BYTES", 450)
    monkeypatch.setattr(samples, "prepare", lambda graph, given: {"x": given})
    with pytest.raises(InputError, match="give at most 2 samples at once"):
        lapel.diff(graph, "host", np.zeros((3, 1, 100), np.int8))


def test_floats_are_quantized_block_by_block_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(0, 40, (7, 100))
    whole = prepare(requantizer(), x)["x"]
    for block in (1, 100, 250):
        monkeypatch.setattr(samples, "BLOCK", block)
        assert np.array_equal(prepare(requantizer(), x)["x"], whole)
    x[6, 99] = np.nan
    with pytest.raises(InputError, match="'x' has NaN or infinite values"):
        prepare(requantizer(), x)


def test_floats_beyond_float32_are_clamped_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = prepare(requantizer(1e-30), np.array([[1e300, -1e300, 3e38, -3e38, 0.0] * 20]))["x"]
    assert found[0, 0, :5].tolist() == [127, -128, 127, -128, 3]


def test_what_is_to_be_done_about_a_shape() -> None:
    image, many = Type((1, 4, 5, 3), "float32"), Type((8, 4), "float32")
    for shape, said in (((7, 3, 4, 5), "x.transpose(0, 2, 3, 1)"), ((3, 4, 5), "x.transpose(1, 2, 0)")):
        with pytest.raises(InputError) as e:
            batched("x", image, np.zeros(shape))
        assert e.value.message.endswith(f": channels come last in this file, give {said}")
        batched("x", image, eval(said.replace("x", f"np.zeros({shape})", 1)))
    with pytest.raises(InputError, match=r"\[8, 4\]: the model computes 8 samples at once, export it with one"):
        batched("x", many, np.zeros((30, 4)))
    with pytest.raises(InputError) as e:
        batched("x", image, np.zeros((3, 4, 4)))
    assert e.value.message.endswith("[N, …]")


def test_what_gives_samples_is_no_array() -> None:
    with pytest.raises(InputError, match="input 'x' is a generator, expected an array: collect its samples"):
        take(requantizer(), (x for x in np.zeros((2, 100))))
