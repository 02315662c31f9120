"""Builds of float models: proven like others, with what int8 would take beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from cores import needs, needs_program
from lapel.building import GraphBuilder
from lapel.cli import main
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.records import Build


def lenet5() -> Graph:
    """A LeNet-5 on 28 by 28 pixels, with drawn weights."""
    rng, b = np.random.default_rng(0), GraphBuilder("lenet5")

    def drawn(name: str, *shape: int) -> Tensor:
        return b.constant(name, rng.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape).astype(np.float32))

    def pool(x: Tensor) -> Tensor:
        return b.node("avgpool", x, kernel=(2, 2), stride=(2, 2), pad=(0, 0, 0, 0))

    window = {"stride": (1, 1), "dilation": (1, 1), "activation": "relu"}
    x = b.input("image", (1, 28, 28, 1))
    x = pool(b.node("conv", x, drawn("c1", 6, 5, 5, 1), pad=(2, 2, 2, 2), **window))
    x = pool(b.node("conv", x, drawn("c3", 16, 5, 5, 6), pad=(0, 0, 0, 0), **window))
    for name, outputs, inputs in (("c5", 120, 400), ("f6", 84, 120)):
        x = b.node("dense", x, drawn(name, outputs, inputs), activation="relu", keep_dims=False)
    x = b.node("dense", x, drawn("f7", 10, 84), keep_dims=False)
    return b.graph(b.node("softmax", x, beta=1.0))


@needs("cortex-m4")
def test_a_float_build_says_what_int8_would_take(tmp_path: Path) -> None:
    built = lapel.build(lenet5(), "cortex-m4", tmp_path)
    assert built.bit_exact and {x.op for x in built.layers} == {"avgpoolf32", "convf32", "densef32", "softmaxf32"}
    assert Build.of_folder(tmp_path) == replace(built, seconds=None)
    assert built.digest == lenet5().digest(), "of the model, not of its float32 forms"
    twin = built.int8
    assert twin is not None and twin.flash_bytes is not None and twin.time is not None
    assert built.modelled_cycles is not None
    assert 3.5 < built.memory.flash_bytes / twin.flash_bytes < 4
    assert 3 < built.memory.arena_bytes / twin.arena_bytes < 4.5
    assert built.modelled_cycles > 2 * twin.time and not built.warnings


@pytest.mark.parametrize(("core", "software"), [("cortex-m0", True), ("cortex-m4", False)])
def test_estimates_say_where_time_depends_on_numbers(core: str, software: bool) -> None:
    needs_program("arm-none-eabi-gcc")
    b = GraphBuilder("net")
    x = b.input("x", (1, 6))
    w = b.constant("w", np.random.default_rng(0).normal(0, 1, (3, 6)).astype(np.float32))
    found = lapel.estimate(b.graph(b.node("dense", x, w, keep_dims=False)), core)
    assert found.time and any("in software" in text for text in found.warnings) == software


def mixed() -> Graph:
    """int8 in, float32 out."""
    q = Quant((0.1,), (3,))
    x = Tensor("x", Type((1, 8), "int8", q))
    w = Tensor("w", Type((5, 8), "int8", Quant((0.02,), (0,))), np.arange(-20, 20, dtype=np.int8).reshape(5, 8))
    y, real, p = Tensor("y", Type((1, 5), "int8", q)), *(Tensor(n, Type((1, 5), "float32")) for n in "rp")
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    nodes = (
        lapel.ir.Node("dense", "dense", ("x", "w", ""), ("y",), attrs),
        lapel.ir.Node("dequantize", "dequantize", ("y",), ("r",), {}),
        lapel.ir.Node("softmax", "softmax", ("r",), ("p",), {"beta": 1.0}),
    )
    return Graph("mixed", nodes, {t.name: t for t in (x, w, y, real, p)}, ("x",), ("p",))


@pytest.mark.parametrize("target", ["host", pytest.param("rv32imac", marks=needs("rv32imac"))])
def test_int8_parts_beside_float_ones(target: str) -> None:
    built = lapel.build(mixed(), target)
    assert [x.op for x in built.layers] == ["dense", "dequantize", "softmaxf32"]
    assert built.int8 is None
    assert any("what it would take in int8 is not known: mixed: 3 of 5 tensors" in w for w in built.warnings)
    assert lapel.diff(mixed(), target).differences == ()


def test_the_command_shows_both(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = shared / "models/public/ecg_autoencoder_float.tflite"
    assert main(["build", str(model), "--target", "host", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "int8, estimated" in out and "arena, bytes" in out and "lapel quantize" in out
