"""Samples as users hold them: each kind gets the integers that it stands for, or the rules by which to convert it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pytest
from sklearn.datasets import load_digits

import lapel
from lapel.errors import InputError
from lapel.ir import Graph, Node, Origin, Quant, Tensor, Type
from lapel.proving.inputs import take
from nets import Net

UNIT = Quant((float(np.float32(1 / 255)),), (-128,))
BYTES = Quant((1.0,), (-128,))
SIGNED = Quant((float(np.float32(2 / 255)),), (-1,))


pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


def takes(quant: Quant | None, shape: tuple[int, ...] = (1, 8, 8, 1), dtype: str = "int8") -> Graph:
    """A model that says what it was given."""
    x, y = Tensor("x", Type(shape, dtype, quant)), Tensor("y", Type(shape, dtype, quant))
    return Graph("takes", (Node("reshape", "r", ("x",), ("y",), {"shape": shape}),), {"x": x, "y": y}, ("x",), ("y",))


def photo(dtype: str = "uint8") -> np.ndarray:
    """[3, 8, 8, 1]: smooth images over all of 0..255."""
    ramp = np.linspace(0, 255, 64).reshape(8, 8, 1)
    return np.stack([ramp, ramp[::-1], ramp.transpose(1, 0, 2)]).round().astype(dtype)


def scene() -> np.ndarray:
    """uint8 [2, 32, 32, 1]: slow waves around the middle of 0..255."""
    i, j = np.mgrid[:32, :32]
    waves = 128 + 60 * np.sin(i / 5 + j / 3) + 30 * np.cos(j / 2)
    return np.stack([waves, waves.T])[..., None].round().astype(np.uint8)


@pytest.mark.parametrize(("quant", "divisor"), [(UNIT, 255), (Quant((1 / 256,), (-128,)), 255), (BYTES, 1)])
def test_bytes_of_an_image_mean_what_they_mean_as_floats(quant: Quant, divisor: int) -> None:
    graph, pixels = takes(quant), photo()
    by_bytes, by_floats = take(graph, pixels), take(graph, pixels / divisor)
    assert by_bytes.samples["x"].reshape(-1).tolist() == (pixels.reshape(-1).astype(int) - 128).tolist()
    assert np.abs(by_bytes.samples["x"].astype(int) - by_floats.samples["x"]).max() <= 1  # 256 parts are not 255
    assert by_bytes.used[0].how == "uint8, x - 128" and by_bytes.warnings == ()
    assert np.abs(by_bytes.numbers["x"].reshape(pixels.shape) - pixels / divisor).max() <= 0.004 * 255 / divisor


def test_bytes_by_the_rules_of_the_uint8_twin() -> None:
    twin = takes(Quant(UNIT.scale, (0,)), dtype="uint8")
    pixels = photo()
    a, b = (lapel.predict(g, pixels) for g in (twin, takes(UNIT)))
    assert isinstance(a, np.ndarray) and (a == b).all()


@pytest.mark.parametrize(
    ("quant", "said"),
    [
        (SIGNED, "stands for -0.996.*1.004; .*such as x.astype('float32') / 127.5 - 1; .*zero point 127: "),
        (Quant((1 / 128,), (0,)), "pixels, what training made of them, such as x.astype('float32') / 127.5 - 1"),
        (Quant((0.0037,), (-128,)), "such as x.astype('float32') / 255; "),
        (Quant((0.0187,), (-14,)), r"such as \(x.astype('float32') / 255 - mean\) / std"),
        (Quant((16 / 255,), (-128,)), "stands for 0..16; if x holds such numbers: x.astype('float32')"),
    ],
)
def test_bytes_of_unknown_meaning_are_refused_with_the_rules(quant: Quant, said: str) -> None:
    with pytest.raises(InputError, match="is uint8, expected int8 or float: it stands for") as e:
        take(takes(quant), photo())
    assert re.search(said.replace("('float32')", r"\('float32'\)").replace("..16", r"\.\.16"), e.value.message)
    assert e.value.message.endswith("(x ^ 128).view('int8'); x.astype('int8') is never right")


def test_zeros_and_ones_may_be_bytes_or_numbers() -> None:
    mask = (photo() > 99).astype(np.uint8)
    with pytest.raises(InputError, match=r"such as x\.astype\('float32'\) / 255"):
        take(takes(UNIT), mask)
    assert take(takes(UNIT), mask.astype(bool)).numbers["x"].max() == 1.0


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint16"])
def test_other_integers_are_refused_or_numbers_where_the_graph_says_so(dtype: str) -> None:
    graph, x = takes(UNIT, (1, 4)), np.array([[0, 1, 1, 0]], dtype)
    with pytest.raises(InputError, match=r"numbers: x\.astype\('float32'\); if it is quantized already: x\.astype"):
        take(graph, x)
    with pytest.raises(InputError, match=r"x\.astype\('float32'\)$"):
        take(graph, x * 300)
    numbers = replace(graph, origin=Origin(numbers=True))
    assert take(numbers, x).samples["x"].reshape(-1).tolist() == [-128, 127, 127, -128]
    assert take(takes(None, (1, 4), "float32"), x).samples["x"].tolist() == [[[0.0, 1.0, 1.0, 0.0]]]


def test_a_path_is_no_sample(tmp_path: Path) -> None:
    for path in ("x.csv", tmp_path / "x.npy"):
        with pytest.raises(InputError, match=r"'x' is the path .*x\.\w+, expected an array or a DataFrame: read it"):
            take(takes(UNIT), path)


def test_int8_for_a_uint8_model_is_refused() -> None:
    with pytest.raises(InputError, match=r"input 'x' is int8, expected uint8 or float: it stands for 0\.\.1; if x"):
        take(takes(Quant((1 / 255,), (0,)), (1, 4), "uint8"), np.zeros((1, 4), np.int8))


@pytest.mark.parametrize("make", [pandas.DataFrame, polars.DataFrame])
def test_rows_of_a_dataframe_are_samples(make: Any) -> None:
    net = Net("small", (1, 3), seed=1)
    graph = net.graph(net.dense("x", 4))
    rows = np.random.default_rng(0).normal(size=(5, 3))
    frame = make({n: rows[:, k] for k, n in enumerate("abc")})
    assert (take(graph, frame).samples["x"] == take(graph, rows).samples["x"]).all()
    assert (take(graph, {"x": frame}).samples["x"] == take(graph, rows).samples["x"]).all()
    known = replace(graph, origin=Origin(features=("c", "a", "b")))
    assert (take(known, frame).samples["x"] == take(graph, rows[:, [2, 0, 1]]).samples["x"]).all()
    with pytest.raises(InputError, match="the table has 2 columns, expected 3"):
        take(graph, frame[["a", "b"]])


def test_a_row_holds_an_image_if_its_order_is_sure() -> None:
    rows = pandas.DataFrame(photo("float64").reshape(3, 64))
    assert (take(takes(BYTES), rows).samples["x"] == take(takes(BYTES), photo("float64")).samples["x"]).all()
    with pytest.raises(InputError, match=r"may hold \[4, 4, 4\] channels first or last: give an array"):
        take(takes(BYTES, (1, 4, 4, 4)), rows)


def test_the_saturated_share_is_reported_and_loud_when_large() -> None:
    x = np.full((10, 8, 8, 1), 0.5)
    x[0] = np.linspace(0, 1, 64).reshape(8, 8, 1)
    inside = take(takes(UNIT), x)
    assert inside.used[0].saturated == 0.0 and inside.warnings == ()
    x.reshape(-1)[:32] = 2.0
    beyond = take(takes(UNIT), x)
    assert beyond.used[0].saturated == 0.05
    assert beyond.warnings[0].startswith("input 'x': 5.0 % of the values are beyond its range of 0..1 and were clamped")
    result = lapel.run(takes(UNIT), "host", x)
    assert result.inputs[0].saturated == 0.05 and result.warnings == beyond.warnings
    assert result.to_json()["inputs"] == [{"name": "x", "how": "numbers, x / 0.003921569 - 128", "saturated": 0.05}]


def test_floats_of_another_scaling_are_noticed() -> None:
    (said,) = take(takes(BYTES), photo() / 255).warnings
    assert "values of 0..1 become only 2 of 256 integers, the range is 0..255: scale them as in training" in said


def test_bytes_cast_to_int8_are_noticed() -> None:
    (said,) = take(takes(UNIT, (1, 32, 32, 1)), scene().astype(np.int8)).warnings
    assert "neighbouring pixels jump between -128 and 127" in said and "(x ^ 128).view('int8')" in said
    (said,) = take(takes(UNIT), (photo() // 2).astype(np.int8)).warnings
    assert "no value is below 0, which is half of the range 0..1" in said
    assert take(takes(UNIT, (1, 32, 32, 1)), (scene() ^ 128).view(np.int8)).warnings == ()
    writing = np.where(scene() > 127, 127, -128).astype(np.int8)
    assert take(takes(UNIT, (1, 32, 32, 1)), writing).warnings == ()
    noise = np.random.default_rng(0).integers(-128, 128, (20, 8, 8, 1), np.int8)
    assert take(takes(UNIT), noise).warnings == ()


def test_labels_tell_a_wrong_preparation() -> None:
    """A digits model whose scale is that of 0..1, and images that were cast, divided twice, or not divided."""
    from sklearn.neural_network import MLPClassifier

    images, labels = load_digits(return_X_y=True)
    unit = images / 16
    model = MLPClassifier((24,), max_iter=60, random_state=0).fit(unit, labels)
    graph = replace(lapel.load(model, unit), origin=Origin())
    pixels = np.rint(unit * 255).astype(np.uint8)
    right = lapel.run(graph, "host", pixels[:200], labels=labels[:200])
    assert right.accuracy is not None and right.accuracy > 0.95 and right.warnings == ()
    cast = lapel.run(graph, "host", pixels[:200].astype(np.int8), labels=labels[:200])
    assert cast.accuracy is not None and cast.accuracy < 0.5
    assert any("as (x.view('uint8') ^ 128).view('int8') it would meet 9" in w for w in cast.warnings)
    twice = lapel.run(graph, "host", unit[:200] / 255, labels=labels[:200])
    assert any("input 'features': as x * 255 it would meet" in w for w in twice.warnings)
    never = lapel.run(graph, "host", pixels[:200].astype(float), labels=labels[:200])
    assert any("of the values are beyond its range of 0..1" in w for w in never.warnings)
