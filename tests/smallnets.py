"""Variants of one small network, as a search draws them: widths, depth, kernels and kinds of block."""

from __future__ import annotations

import numpy as np

from lapel.families.window import Window, same_pad
from lapel.ir import Carry, Graph, Quant, Tensor, Type
from lapel.ir.graph import rest_value
from nets import Net

INPUT = (1, 25, 10, 1)
"""Frames and features, as of half a second of speech."""
SOFTMAX = Quant((1 / 256,), (-128,))


class _Variant(Net):
    """Layers that end in a rectifier, quantized by channel, whose outputs spread over the range of int8."""

    def window(self, op: str, x: str, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> str:
        _, h, w, c = self.tensors[x].type.shape
        pad = same_pad((h, w), Window(kernel, stride))
        shape = (1, *Window(kernel, stride, pad=pad).output((h, w)), outputs)
        weights = self._weights((outputs, *kernel, c) if op == "conv" else (1, *kernel, c), 0 if op == "conv" else 3)
        bias, quant = self._bias(x, weights, outputs, kernel[0] * kernel[1] * (c if op == "conv" else 1), 0)
        attrs = {"stride": stride, "dilation": (1, 1), "pad": pad, "activation": "relu", "rounding": "double"}
        return self.node(op, (x, weights, bias), shape, quant, **attrs)

    def head(self, x: str, classes: int) -> str:
        _, h, w, c = self.tensors[x].type.shape
        pooled = {"kernel": (h, w), "stride": (h, w), "pad": (0, 0, 0, 0), "activation": "none"}
        t = self.reshape(self.node("avgpool", (x,), (1, 1, 1, c), self._quant(x), **pooled), (1, c))
        self.tensors[t] = Tensor(t, Type((1, c), "int8", self._quant(x)))
        weights = self._weights((classes, c), None)
        bias, quant = self._bias(t, weights, classes, c, -10)
        t = self.node(
            "dense", (t, weights, bias), (1, classes), quant, activation="none", keep_dims=True, rounding="double"
        )
        return self.node("softmax", (t,), (1, classes), SOFTMAX, beta=1.0)

    def _quant(self, name: str) -> Quant:
        quant = self.tensors[name].type.quant
        assert quant is not None
        return quant

    def _weights(self, shape: tuple[int, ...], axis: int | None) -> str:
        count = 1 if axis is None else shape[axis]
        scales = tuple(np.exp(self.rng.uniform(-6.0, -4.5, count)).astype(np.float32).tolist())
        data = np.clip(np.rint(self.rng.normal(0.0, 40.0, shape)), -127, 127).astype(np.int8)
        return self.constant(data, Quant(scales, (0,) * count, axis))

    def _bias(self, x: str, weights: str, outputs: int, taps: int, zero: int) -> tuple[str, Quant]:
        w, x_scale = self._quant(weights), np.float32(self._quant(x).scale[0])
        scales = tuple((x_scale * np.array(w.scale, np.float32)).tolist())
        spread = float(x_scale) * float(np.mean(w.scale)) * 40.0 * 60.0 * taps**0.5 / 40.0
        data = self.rng.integers(-2000, 2000, outputs).astype(np.int32)
        bias = self.constant(data, Quant(scales, (0,) * len(scales), None if len(scales) == 1 else 0))
        return bias, Quant((float(np.float32(spread)),), (zero or -128,))


def draw_variant(seed: int) -> Graph:
    """A convolution, some blocks (convolutions, or depthwise and pointwise ones), a mean, a dense layer, softmax."""
    rng = np.random.default_rng(seed)
    net = _Variant("variant", INPUT, seed)
    width, side = int(rng.choice([6, 8, 12, 16, 24, 32])), int(rng.choice([3, 4, 5]))
    t = net.window("conv", "x", width, (int(rng.choice([3, 5, 8])), side), (2, int(rng.integers(1, 3))))
    separable = bool(rng.random() < 0.6)
    for _ in range(int(rng.integers(0, 5))):
        width = int(rng.choice([width, width, 8, 16, 24, 32]))
        side = int(rng.choice([3, 3, 5]))
        stride = int(rng.choice([1, 1, 2]))
        if separable:
            t = net.window("depthwise", t, net.tensors[t].type.shape[3], (side, 3), (stride, stride))
            t = net.window("conv", t, width, (1, 1))
        else:
            t = net.window("conv", t, width, (3, 3), (stride, stride))
    return net.graph(net.head(t, int(rng.choice([2, 4, 10, 12]))))


def draw_listener(seed: int, name: str = "listener") -> Graph:
    """A network that is given one frame a call and keeps the frames before it, of its input and of a layer."""
    net = _Variant(name, (1, 1, 1, 12), seed)
    carries: list[Carry] = []
    t = "x"
    for frames, outputs in ((5, 16), (9, 8)):
        _, _, _, c = net.tensors[t].type.shape
        state, quant = f"state{len(carries)}", net._quant(t)
        net.tensors[state] = Tensor(state, Type((1, frames - 1, 1, c), "int8", quant))
        ring = net.node("concat", (state, t), (1, frames, 1, c), quant, axis=1)
        kept = (1, frames - 1, 1, c)
        update = net.node("slice", (ring,), kept, quant, begin=(0, 1, 0, 0), step=(1, 1, 1, 1), count=kept, shape=kept)
        carries.append(Carry(state, update, rest_value(net.tensors[state].type)))
        weights = net._weights((outputs, frames, 1, c), 0)
        bias, made = net._bias(ring, weights, outputs, frames * c, 0)
        attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "relu", "rounding": "double"}
        t = net.node("conv", (ring, weights, bias), (1, 1, 1, outputs), made, **attrs)
    states, updates = [c.state for c in carries], [c.update for c in carries]
    return Graph(name, tuple(net.nodes), net.tensors, ("x", *states), (t, *updates), tuple(carries))
