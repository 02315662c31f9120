"""Spectra and what is around them: wrapped sums and ties as in TFLite Micro, and rows that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import lapel
from lapel.errors import UnsupportedModel
from lapel.families.fourier import LENGTHS, rotations, transform
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph, Tensor, Type
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from oracle import run_tflite_micro

DTYPES = {16: "int16", 32: "int32"}


def rfft(length: int, bits: int, samples: int | None = None) -> Graph:
    x = Tensor("x", Type((samples or length,), DTYPES[bits]))
    return single("rfft", [x], [Type((length + 2,), DTYPES[bits])], {"fft_length": length})


def waves(rng: np.random.Generator, length: int, bits: int) -> Iterator[np.ndarray]:
    """Pairs at the corners of the square that they may lie in, turning at some rate: the sums that go farthest."""
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    for _ in range(10):
        turns = rng.integers(1, length // 2) * np.arange(length // 2) / (length // 2)
        z = np.exp(2j * np.pi * (turns + rng.random()))
        yield np.where(np.stack([z.real, z.imag], axis=1).reshape(-1) > 0, high, low)


@pytest.mark.parametrize("length", LENGTHS)
def test_sums_of_int16_wrap_as_in_tflite_micro(length: int) -> None:
    rng = np.random.default_rng(length)
    graph = rfft(length, 16)
    model = write_tflite(graph)
    for x in (x.astype(np.int16) for x in waves(rng, length, 16)):
        assert (evaluate(graph, {"x": x})["y0"] == run_tflite_micro(model, [x])[0]).all()


def test_some_of_these_sums_are_beyond_int16() -> None:
    """Else the waves above would show nothing: the exact spectrum, divided as it is, is far from what wrapped."""
    rng, wrapped = np.random.default_rng(0), 0
    for x in waves(rng, 512, 16):
        exact = np.fft.rfft(x) / 512
        found = transform(x[None], 512, 16)[0].reshape(-1, 2)
        wrapped += np.abs(found[:, 0] - exact.real).max() > 1000
    assert wrapped


@pytest.mark.parametrize("bits", DTYPES)
def test_the_bin_that_is_its_own_mirror(bits: int) -> None:
    """Bin length / 4 is made twice; the second time counts, which differs where one half of a part is a tie."""
    graph, length = rfft(64, bits), 64
    model = write_tflite(graph)
    for value in (2 ** (bits - 2) * np.array([1, 2, -1, -2])[:, None] + np.arange(-6, 7)).reshape(-1).tolist():
        if -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            x = np.zeros(length, DTYPES[bits])
            x[1::4], x[3::4] = value, np.clip(-value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            assert (evaluate(graph, {"x": x})["y0"] == run_tflite_micro(model, [x])[0]).all()


@pytest.mark.parametrize("bits", DTYPES)
@pytest.mark.parametrize("length", LENGTHS)
def test_one_quarter_of_the_sines_makes_every_rotation(length: int, bits: int) -> None:
    """Rounded as each of them alone would be."""
    phase, most = -2 * np.pi * np.arange(length) / length, 2 ** (bits - 1) - 1
    re, im = rotations(length, bits, np.arange(length))
    assert (re == np.floor(0.5 + most * np.cos(phase))).all()
    assert (im == np.floor(0.5 + most * np.sin(phase))).all()


def test_how_precise_spectra_are() -> None:
    """Against the reals, in units of the last place of int32: noise of int16 is that of int32 with 16 more bits."""
    rng = np.random.default_rng(1)
    x = rng.integers(-(2**15), 2**15, (20, 480)) * 2**14
    exact = np.fft.rfft(x, 512) / 512
    wide = transform(x, 512, 32).reshape(20, -1, 2)
    narrow = transform(x >> 14, 512, 16).reshape(20, -1, 2) * 2.0**14
    wide_off, narrow_off = (np.abs(found[..., 0] + 1j * found[..., 1] - exact) for found in (wide, narrow))
    assert wide_off.max() < 12
    assert 2**13 < narrow_off.max() < 12 * 2**14


def test_scaled_rows_and_their_bits() -> None:
    """What lies before -2^15 is forgotten, since its magnitude is itself."""
    op = registry()["autoscale"]
    graph = single("autoscale", [Tensor("x", Type((3,), "int16"))], [Type((3,), "int16"), Type((), "int32")], {})
    model = write_tflite(graph)
    for x, bits in [
        ((0, 0, 0), 0), ((1, 0, -1), 14), ((-1, -1, -1), 14), ((-(2**15), 1, 2), 13), ((2**14, 0, 0), 0),
        ((-(2**14), 3, 3), 0), ((2**14 - 1, 1, 1), 1), ((1 - 2**14, 1, 1), 1), ((5, -8, 7), 11), ((-9, 8, 0), 11),
        ((9, -(2**15), 3), 13), ((9, -(2**15), -3), 0), ((-(2**15), -4, -3), 0), ((-(2**15), -3, -4), 12),
    ]:  # fmt: skip
        array = np.array(x, np.int16)
        scaled, found = op.reference(graph.instance(graph.nodes[0]), array)
        assert found == bits and (scaled == (array.astype(np.int64) << bits).astype(np.int16)).all()
        for mine, theirs in zip((scaled, found), run_tflite_micro(model, [array]), strict=True):
            assert (mine == theirs).all()


def energy(shape: tuple[int, ...], start: int, end: int) -> Graph:
    y = Type((*shape[:-1], shape[-1] // 2), "uint32")
    return single("energy", [Tensor("x", Type(shape, "int16"))], [y], {"start": start, "end": end})


def test_bins_that_nobody_asked_for_have_no_energy() -> None:
    graph, x = energy((20,), 3, 7), np.full(20, -(2**15), np.int16)
    found = evaluate(graph, {"x": x})["y0"]
    assert found.tolist() == [0] * 3 + [2**31] * 4 + [0] * 3
    assert (found[3:7] == run_tflite_micro(write_tflite(graph), [x])[0][3:7]).all()


def window(x: tuple[int, ...], w: tuple[int, ...]) -> Graph:
    constant = Tensor("w", Type(w, "int16"), np.ones(w, np.int16))
    inputs = [Tensor("x", Type(x, "int16")), constant]
    return single("windowed", inputs, [Type(x, "int16")], {"shift": 1, "dtype": "int16"})


SCALAR = single("autoscale", [Tensor("x", Type((), "int16"))], [Type((), "int16"), Type((), "int32")], {})
AGAIN = "convert the model again"
REFUSED = [
    (rfft(64, 16, 65), "input has shape (65,), expected rows of at most 64 samples, fft_length: cut them into frames"),
    (window((2, 8), (4,)), f"window has shape (4,), expected (8,), that of a row of the input: {AGAIN}"),
    (energy((21,), 0, 3), f"input has shape (21,), expected rows of bins, two numbers each: {AGAIN}"),
    (energy((20,), 3, 11), f"bins 3 to 11, expected some of the 10 of the input: {AGAIN}"),
    (SCALAR, "input is int16[], expected rows of samples: reshape it"),
]


@pytest.mark.parametrize(("graph", "message"), REFUSED)
def test_what_means_nothing_is_refused(graph: Graph, message: str) -> None:
    (node,) = graph.nodes
    assert lowerable(registry()[node.op], graph.instance(node)) == [message]


def test_a_file_whose_spectrum_has_another_type_is_refused() -> None:
    model = write_tflite(rfft(64, 16))
    with pytest.raises(UnsupportedModel, match="its option T says int32, its input is int16: convert the model again"):
        read_tflite(model.replace(bytes([7, 64]), bytes([2, 64])), "m")


@pytest.mark.parametrize("name", ["rows", "wide"])
def test_what_tflite_micro_has_not_is_not_written(name: str) -> None:
    graph = {"rows": energy((2, 20), 0, 10), "wide": window((4,), (4,))}[name]
    if name == "wide":
        (node,) = graph.nodes
        y = replace(graph.tensors["y0"], type=Type((4,), "int32"))
        attrs = {**node.attrs, "dtype": "int32"}
        graph = replace(graph, nodes=(replace(node, attrs=attrs),), tensors={**graph.tensors, "y0": y})
    with pytest.raises(UnsupportedModel):
        write_tflite(graph)


def test_the_first_of_two_outputs_is_made_in_place() -> None:
    graph = single(
        "autoscale", [Tensor("x", Type((4, 30), "int16"))], [Type((4, 30), "int16"), Type((4,), "int32")], {}
    )
    plan = lapel.plan(graph, "host")
    assert plan.placements["x"].offset == plan.placements["y0"].offset
    assert plan.arena_bytes < 2 * 240
