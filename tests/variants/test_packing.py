"""The packing of the DSP variants: its two sums, its limits, and channels that are constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lapel
from lapel.ir import Call, Graph, Node, Quant, Tensor, Type
from lapel.ir.op import Param
from lapel.ops import registry
from lapel.targets import load_target
from lapel.variants import variants
from lapel.variants.packing import accumulator_range, pack_layer

WRAP = 2**32


def layer(w: np.ndarray, bias: np.ndarray | None = None, shift: int = -9, mul: int = 2**30 + 12345) -> dict[str, Param]:
    return {
        "w": w.astype(np.int8),
        "bias": (np.zeros(len(w)) if bias is None else bias).astype(np.int32),
        "mul": np.full(len(w), mul, np.int32),
        "shift": np.full(len(w), shift, np.int8),
        "y_zero": 3,
        "lo": -128,
        "hi": 127,
    }


def packed(params: dict[str, Param]) -> dict[str, np.ndarray]:
    found = pack_layer(params)
    assert not isinstance(found, str), found
    return {k: v for k, v in found.items() if isinstance(v, np.ndarray)}


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("fan_in", [1, 3, 10, 12])
def test_both_sums_come_back(channels: int, fan_in: int) -> None:
    rng = np.random.default_rng((channels, fan_in))
    w, bias = rng.integers(-127, 128, (channels, fan_in)), rng.integers(-9999, 9999, channels)
    groups, blocks = -(-channels // 4), -(-fan_in // 4)
    found = packed(layer(w, bias))["w"]
    assert found.shape == (groups, 4 + 4 * blocks) and found.dtype == np.int32
    x = np.pad(rng.integers(-128, 128, fan_in), (0, 4 * blocks - fan_in)).reshape(-1, 4)
    want = np.pad(w @ x.ravel()[:fan_in] + bias, (0, 4 * groups - channels))
    words = found[:, 4:].view(np.uint32).astype(np.int64).reshape(groups, blocks, 2, 2)
    for pair in range(2 * groups):
        group, second = divmod(pair, 2)
        a, both = found[group, 2 * second : 2 * second + 2].tolist()
        for odd in range(2):
            for half in range(2):
                weights = words[group, :, odd, second] >> 16 * half
                a += int((((weights & 0xFF ^ 0x80) - 0x80) * x[:, odd + 2 * half]).sum())
                both += int((((weights & 0xFFFF ^ 0x8000) - 0x8000) * x[:, odd + 2 * half]).sum())
        assert a == want[2 * pair]
        assert ((both - a + WRAP // 2) % WRAP - WRAP // 2) == 256 * want[2 * pair + 1]


def test_drops_are_bytes_of_a_word() -> None:
    params = layer(np.full((6, 40), 127))
    mul = 2**30 + np.arange(6, dtype=np.int32)
    shift = np.array([-1, -3, -8, -17, -2, -5], np.int8)
    found = packed({**params, "mul": mul, "shift": shift})["scale"]
    assert found[0].tolist() == [*mul[:4], 0x10070200]
    assert found[1, :2].tolist() == [*mul[4:]] and found[1, 4] & 0xFFFF == 0x0401
    found = packed({**params, "mul": mul[:1], "shift": shift[1:2]})["scale"]
    assert found.tolist() == [[2**30] * 4 + [0x02020202]]


def test_limits_are_where_the_arithmetic_has_them() -> None:
    most = np.full((2, 516), 127)
    assert not isinstance(pack_layer(layer(most)), str)
    assert pack_layer(layer(np.full((2, 517), 127))) == "an accumulator could reach 2^23"
    wide = np.full((2, 400), 127)
    far = np.array([2**30 - 400 * 127 * 127, 0])
    assert pack_layer({**layer(wide, far, shift=-22), "y_zero": -128}) == "an accumulator could reach 2^30"
    assert not isinstance(pack_layer({**layer(wide, far - 1, shift=-22), "y_zero": -128}), str)
    assert pack_layer(layer(np.full((2, 1), -128))) == "a pair of weights does not fit 16 bits"
    assert "multipliers" in str(pack_layer(layer(np.ones((2, 4)), shift=0)))
    assert "multipliers" in str(pack_layer(layer(wide, np.array([63 * 2**23, 0]), shift=-23)))


def test_a_constant_channel_is_packed_as_a_small_one() -> None:
    params = layer(np.ones((2, 4)), np.array([2**30 + 77, -(2**30)]))
    params["shift"] = np.array([-25, -31], np.int8)
    found = packed(params)
    assert not found["w"][:, 4:].any()
    assert found["scale"].tolist() == [[2**30] * 4 + [0]]
    value = (2**30 + 77) * (2**30 + 12345) / 2**31 / 2**25
    assert found["w"][0, 0] == 4 * round(value)


def dense_graph(w: np.ndarray, scale: float) -> Graph:
    outputs, inputs = w.shape
    tensors = {
        "x": Tensor("x", Type((1, inputs), "int8", Quant((1.0,), (0,)))),
        "w": Tensor("w", Type(w.shape, "int8", Quant((1.0,), (0,))), w.astype(np.int8)),
        "y": Tensor("y", Type((1, outputs), "int8", Quant((scale,), (0,)))),
    }
    node = Node("dense", "n", ("x", "w", ""), ("y",), {"activation": "none", "keep_dims": False, "rounding": "double"})
    return Graph("bounds", (node,), tensors, ("x",), ("y",))


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
def test_sums_at_their_bounds(core: str) -> None:
    """516 products of -127 and -128: the greatest |B| there is, whose 256-fold nearly fills 32 bits."""
    graph = dense_graph(np.tile([[127], [-127], [-127], [127], [-126]], (1, 516)), 70000.0)
    call: Call = registry()["dense"].lower(graph.instance(graph.nodes[0]))[0]
    assert isinstance(variants()["dense_dsp"].specialize(call), Call)
    x = np.stack([np.full((1, 516), v, np.int8) for v in (-128, 127, 0)])
    target = replace(load_target(core), kernels=("dsp", "portable"))
    assert lapel.run(graph, target, x).bit_exact


def conv_graph(w: np.ndarray, bias: np.ndarray, scale: float) -> Graph:
    """Three pixels of one row, of which the last has no neighbour."""
    outputs, inputs = w.shape
    one = Quant((1.0,), (0,))
    tensors = {
        "x": Tensor("x", Type((1, 1, 3, inputs), "int8", one)),
        "w": Tensor("w", Type((outputs, 1, 1, inputs), "int8", one), w.astype(np.int8).reshape(outputs, 1, 1, inputs)),
        "b": Tensor("b", Type((outputs,), "int32", one), bias.astype(np.int32)),
        "y": Tensor("y", Type((1, 1, 3, outputs), "int8", Quant((scale,), (0,)))),
    }
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none", "rounding": "double"}
    return Graph("bounds", (Node("conv", "n", ("x", "w", "b"), ("y",), attrs),), tensors, ("x",), ("y",))


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
@pytest.mark.parametrize(("inputs", "as_bytes"), [(144, 0), (288, 1)])
def test_sums_of_two_pixels_at_their_bounds(core: str, inputs: int, as_bytes: int) -> None:
    """Biases move the sums of channels a to the ends of 31 bits, those of b to the ends of 24, for extreme x."""
    w = np.tile([[127], [-127], [-127], [127], [-126], [99]], (1, inputs))
    low, high = accumulator_range(w, np.zeros(6, np.int64))
    ends = [2**30 - 1 - high[0], 2**23 - 1 - high[1], -(2**30) - low[2], -(2**23) - low[3], -low[4], 0]
    graph = conv_graph(w, np.array(ends), 70000.0)
    (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
    found = variants()["conv_dsp"].specialize(call)
    assert isinstance(found, Call) and (found.params["pairs"], found.params["bytes"]) == (1, as_bytes)
    pixels = np.array([[-128, 127, 0], [127, -128, -128], [0, 1, 127]], np.int8)
    x = np.repeat(pixels.reshape(3, 1, 1, 3, 1), inputs, axis=4)
    target = replace(load_target(core), kernels=("dsp", "portable"))
    assert lapel.run(graph, target, x).bit_exact


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
@pytest.mark.parametrize("shift", [-1, -2, -8, -15])
def test_every_rounding_of_a_sum(core: str, shift: int) -> None:
    """Accumulators around every step and half step: one input, weights of both signs, three multipliers a power."""
    scale = 2.0**-shift
    for factor in (1.0, 1.37, 1.999):
        graph = dense_graph(np.arange(-127, 128).reshape(-1, 1), float(np.float32(scale * factor)))
        x = np.arange(-128, 128, dtype=np.int8).reshape(-1, 1, 1)
        target = replace(load_target(core), kernels=("dsp", "portable"))
        assert lapel.run(graph, target, x).bit_exact


def test_accumulator_range_is_met_by_the_extreme_inputs() -> None:
    w = np.array([[3, -5, 0], [-7, -7, 1]])
    low, high = accumulator_range(w, np.array([10, -20]))
    worst = np.where(w > 0, -128, 127)
    best = np.where(w > 0, 127, -128)
    assert (low == (w * worst).sum(axis=1) + np.array([10, -20])).all()
    assert (high == (w * best).sum(axis=1) + np.array([10, -20])).all()
