"""`lapel.quantize`: what it says of a model, what it does where much is lost, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lapel
from floatnets import Net, images, small_net, unequal
from lapel import Quantization
from lapel.errors import InputError, UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.quantization.comparison import results


@pytest.fixture(scope="module")
def net() -> Graph:
    return small_net()


@pytest.fixture(scope="module")
def x(net: Graph) -> np.ndarray:
    return images(net, 30)


@pytest.fixture(scope="module")
def apart() -> Graph:
    """Channels of unlike ranges, which int8 does not bear."""
    b = Net("apart")
    y = b.conv(b.input("image", (1, 8, 8, 3)), "expand", 16, 1)
    y = b.conv(b.depthwise(y, "filter", 3), "project", 8, 1, "none")
    y = b.node("mean", y, axes=(1, 2), keep_dims=False, name="mean")
    return unequal(b.graph(b.dense(y, "scores", 6)), 7.0)


def test_what_is_said_of_a_model(net: Graph, x: np.ndarray) -> None:
    labels = results(net, {"image": x[:, None]})["softmax"].argmax(axis=1)
    found = lapel.quantize(net, x, labels=labels)
    assert (found.samples, found.held_back, found.float_score.accuracy) == (30, 6, 1.0)
    assert found.score.accuracy == found.agreement.accuracy and found.score.accuracy > 0.9
    assert [layer.name for layer in found.layers] == [n.name for n in net.nodes]
    assert all(layer.alone.accuracy is not None and layer.alone_sqnr_db > 20 for layer in found.layers)
    assert found.sqnr_db == pytest.approx(found.layers[-1].sqnr_db)
    right = next(layer for layer in found.layers if layer.name == "right")
    assert 1.1 * right.lo < right.least < right.lo / 2 < 0 < right.hi / 2 < right.most < 1.1 * right.hi
    assert found.integer_bytes < found.float_bytes / 2
    assert (lapel.predict(found.graph, x) == lapel.predict(found.graph, x)).all()
    assert "30 samples" in repr(found) and "score" in repr(found)


def test_few_samples_are_said_and_none_is_held_back(net: Graph, x: np.ndarray) -> None:
    found = lapel.quantize(net, x[:7])
    assert found.held_back == 0 and found.score is None
    assert found.warnings[0] == (
        "7 calibration samples, expected at least 8: ranges are what these happen to hold, give more"
    )
    assert not lapel.quantize(net, x[:8]).warnings


def test_remedies_are_tried_where_much_is_lost(apart: Graph) -> None:
    x = images(apart, 40)
    x[::2] = x[::2] ** 3  # more than one class
    labels = results(apart, {"image": x[:, None]})["scores"].argmax(axis=1)
    found = lapel.quantize(apart, x, labels=labels)
    assert found.loss > 0.2
    best = found.remedies[0]
    assert best.option.startswith("--equalize") and best.score.accuracy > found.score.accuracy + 0.15
    loud, hint = found.warnings
    assert "points below the float model's: " in loud and "expected at most 1 point: layer 'filter' alone" in loud
    assert best.name in hint and best.option in hint
    again = lapel.quantize(apart, x, Quantization(equalize=True), labels=labels)
    assert again.score == best.score and len(again.notes) == 2


def test_the_worst_layers_get_int16() -> None:
    """One layer has outliers that ruin it: it is named, and it alone gets int16."""
    b = Net("ruined")
    x = b.input("x", (1, 8))
    y = b.dense(x, "one", 16, "relu")
    wild = b.constant("wild/w", np.diag([1.0] * 15 + [300.0]).astype(np.float32))
    y = b.node("dense", y, wild, activation="none", keep_dims=False, name="wild")
    calm = b.constant("calm/w", np.diag([1.0] * 15 + [1e-3]).astype(np.float32))
    y = b.node("dense", y, calm, activation="relu", keep_dims=False, name="calm")
    net = b.graph(b.node("softmax", b.dense(y, "scores", 4), beta=1.0, name="softmax"))
    data = b.rng.normal(0, 1, (60, 8)).astype(np.float32)
    plain = lapel.quantize(net, data)
    assert plain.loss > 0.1 and "layer 'wild' alone loses" in plain.warnings[0] and not plain.wide
    found = lapel.quantize(net, data, Quantization(accuracy_loss=2.0))
    assert found.loss <= 0.02 and "wild" in found.wide and len(found.wide) < 5
    assert found.graph.tensors["wild"].type.dtype == "int16"
    assert not any("cannot be met" in w for w in found.warnings)


def test_a_target_that_cannot_be_met_is_said(net: Graph, x: np.ndarray) -> None:
    labels = (results(net, {"image": x[:16, None]})["softmax"].argmax(axis=1) + 1) % 5
    with_luck = Quantization(weights="int4", search_weights=False, correct_bias=False)
    found = lapel.quantize(net, x[:16], with_luck)
    assert found.loss > 0.05
    least = lapel.quantize(net, x[:16], replace(with_luck, accuracy_loss=0.0))
    assert 0 < least.loss <= found.loss and any("the target cannot be met so" in w for w in least.warnings)
    wrong = lapel.quantize(net, x[:16], replace(with_luck, accuracy_loss=0.0), labels=labels)
    assert not wrong.wide and wrong.loss <= 0  # the float model meets no label


def several() -> tuple[Graph, np.ndarray]:
    """Of two outputs; one is negated as LiteRT does it: beyond the range, in what is held back, signs are wrong."""
    b = Net("several")
    x = b.input("x", (1, 8))
    data = np.clip(b.rng.normal(0, 1, (20, 8)), -1, 1).astype(np.float32)
    data[4::5] = -2
    return b.graph(b.node("relu", x, activation="relu", name="relu"), b.node("neg", x, name="neg")), data


def test_noise_alone_is_loud_where_no_accuracy_is_known() -> None:
    net, x = several()
    found = lapel.quantize(net, x)
    assert found.loss is None and found.meets is None and found.sqnr_db < 10
    (said,) = found.warnings
    assert "noise of the results is" in said and "expected at least 10" in said and "'neg' alone in integers" in said


def test_a_loss_that_is_not_known_cannot_be_bounded(net: Graph, x: np.ndarray) -> None:
    two, data = several()
    with pytest.raises(UsageError, match="accuracy_loss is 1, but accuracy is that of one output, found 2"):
        lapel.quantize(two, data, Quantization(accuracy_loss=1.0))


def test_an_index_alone() -> None:
    """No layer has integers of its own that could be blamed."""
    b = Net("index")
    net = b.graph(b.node("argmax", b.input("x", (1, 8)), axis=1, name="index"))
    data = 1 + b.rng.normal(0, 1e-4, (40, 8)).astype(np.float32)
    said, _ = lapel.quantize(net, data).warnings
    assert "of the samples get another class" in said and said.endswith("expected at most 1 %")


def test_int4_and_int16(net: Graph, x: np.ndarray) -> None:
    four = lapel.quantize(net, x[:16], Quantization(weights="int4"))
    assert max(int(np.abs(four.graph.tensors[n].data).max()) for n in ("first/w", "right/w", "scores/w")) == 7
    plain, wide = (lapel.quantize(net, x[:16], Quantization(activations=a)) for a in ("int8", "int16"))
    assert four.sqnr_db < plain.sqnr_db < wide.sqnr_db
    assert wide.graph.tensors["image"].type.dtype == "int16"


def test_regression_is_scored_by_r2() -> None:
    b = Net("line")
    x = b.input("x", (1, 4))
    net = b.graph(b.dense(b.dense(x, "one", 8, "relu"), "two", 2))
    data = b.rng.normal(0, 1, (40, 4)).astype(np.float32)
    found = lapel.quantize(net, data)
    assert found.score is None and found.agreement.r2 > 0.98 and found.agreement.accuracy is None


def test_state() -> None:
    """A model with state: the samples are one sequence, none of which is held back."""
    from lapel.ir import Carry, Node, Tensor, Type

    names = ("x", "s", "both", "y")
    t = {n: Tensor(n, Type((1, 4 if n != "both" else 8), "float32")) for n in names}
    rng = np.random.default_rng(0)
    t["w"] = Tensor("w", Type((4, 8), "float32"), rng.normal(0, 0.4, (4, 8)).astype(np.float32))
    nodes = (
        Node("concat", "both", ("x", "s"), ("both",), {"axis": 1}),
        Node("dense", "y", ("both", "w"), ("y",), {"activation": "relu", "keep_dims": False, "rounding": "double"}),
        Node("reshape", "out", ("y",), ("z",), {"shape": (4,)}),
    )
    t["z"] = Tensor("z", Type((4,), "float32"))
    carry = Carry("s", "y", np.full((1, 4), 0.5, np.float32))
    net = Graph("loop", nodes, t, ("x", "s"), ("z", "y"), (carry,))
    found = lapel.quantize(net, rng.random((30, 4)).astype(np.float32))
    made = found.graph
    assert found.held_back == 0 and found.sqnr_db > 20
    assert made.tensors["s"].type == made.tensors["y"].type == replace(made.tensors["both"].type, shape=(1, 4))
    s = made.tensors["s"].type
    assert abs((made.carries[0].initial.astype(float) - s.zero) * s.scale - 0.5).max() <= s.scale


def with_weights(value: float) -> Graph:
    b = Net("weights")
    x = b.input("x", (1, 2))
    w = b.constant("w", np.array([[1, value], [1, 2]], np.float32))
    return b.graph(b.node("dense", x, w, activation="none", keep_dims=False))


@pytest.mark.parametrize(
    ("data", "labels", "error", "said"),
    [
        (None, None, InputError, "small: no calibration data was given, expected samples"),
        (np.zeros((0, 10, 10, 3), np.float32), None, InputError, "no samples"),
        (np.zeros((9, 5, 5, 3), np.float32), None, InputError, "has shape [9, 5, 5, 3], expected [10, 10, 3]"),
        (np.full((9, 10, 10, 3), np.nan, np.float32), None, InputError, "NaN or infin"),
        (np.zeros((9, 10, 10, 3), np.float32), [0, 1], InputError, "labels are int64[2], expected [9]"),
        (np.zeros((9, 10, 10, 3), np.float32), [7] * 9, InputError, "labels are in 7..7, the model has 5 classes"),
    ],
)  # fmt: skip
def test_bad_data_is_said(net: Graph, data: Any, labels: Any, error: type, said: str) -> None:
    with pytest.raises(error) as e:
        lapel.quantize(net, data, labels=labels)
    assert said in e.value.message and "\n" not in e.value.message


def test_bad_models_are_said(net: Graph, x: np.ndarray) -> None:
    with pytest.raises(UnsupportedModel, match=r"constant 'w' has NaN or infinite values"):
        lapel.quantize(with_weights(np.nan), np.ones((8, 2), np.float32))
    huge = with_weights(3e38)
    said = "result 'dense' of sample 0 is NaN or infinite, and of 8 of 8 samples"
    with np.errstate(all="ignore"), pytest.raises(InputError, match=said):
        lapel.quantize(huge, np.full((8, 2), 1e5, np.float32))
    with pytest.raises(UsageError, match=r"tensors are quantized already .* expected a float model"):
        lapel.quantize(lapel.quantize(net, x[:8]).graph, x)


def test_dead_and_gigantic_ranges() -> None:
    b = Net("ends")
    x = b.input("x", (1, 4))
    dead = b.node("dense", x, b.constant("w", np.zeros((3, 4), np.float32)), activation="relu", keep_dims=False)
    far = b.node("dense", dead, b.constant("v", np.full((2, 3), 1e20, np.float32)), activation="none", keep_dims=False)
    loud = b.node("dense", x, b.constant("u", np.full((2, 4), 1e20, np.float32)), activation="none", keep_dims=False)
    net = b.graph(b.node("add", far, loud, activation="none"))
    found = lapel.quantize(net, b.rng.normal(0, 1, (20, 4)).astype(np.float32))
    assert found.sqnr_db > 25 and found.graph.tensors[dead.name].type.scale == 1.0
    zeros = lapel.quantize(net, np.zeros((8, 4), np.float32))
    assert zeros.sqnr_db == np.inf


def test_samples_that_cannot_be_used_are_named_wherever_they_are(net: Graph, x: np.ndarray) -> None:
    """The number is that of the user's sample, held back or not."""
    for at in (4, 7):  # every fifth is held back
        bad = x.copy()
        bad[at, 0, 0, 0] = np.inf
        with pytest.raises(InputError, match=f"sample {at} of input 'image' holds NaN or infinity, and 1 of 30"):
            lapel.quantize(net, bad)
    large = x.copy()
    large[9] = 3e38
    with np.errstate(all="ignore"), pytest.raises(InputError, match="of sample 9 is NaN or infinite, and of 1 of 30"):
        lapel.quantize(net, large)


def test_what_looks_like_a_mistake_is_said(net: Graph, x: np.ndarray) -> None:
    same = lapel.quantize(net, np.repeat(x[:1], 9, axis=0)).warnings
    assert same[0].startswith("9 calibration samples, all the same, expected different ones")
    right = results(net, {"image": x[:, None]})["softmax"].argmax(axis=1)
    (said,) = (w for w in lapel.quantize(net, x, labels=(right + 1) % 5).warnings if "labels" in w)
    assert said.startswith("the float model is right for 0.00 % of the samples, always the same class for ")
    (said,) = (w for w in lapel.quantize(net, x, labels=np.full(30, right[0])).warnings if "labels" in w)
    assert said.startswith("the labels are all the same, expected different ones")


@pytest.mark.parametrize("wish", [lapel.Wish("flash"), "int8", None])
def test_a_wish_of_another_kind_is_refused(net: Graph, x: np.ndarray, wish: Any) -> None:
    with pytest.raises(UsageError, match=r"expected a lapel\.Quantization"):
        lapel.quantize(net, x, wish)


def test_an_observer_that_there_is_not_is_refused(net: Graph, x: np.ndarray) -> None:
    with pytest.raises(UsageError, match="observer is 'best', expected one of minmax, mse, percentile"):
        lapel.quantize(net, x, Quantization(observer="best"))
