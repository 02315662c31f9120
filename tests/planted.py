"""Nets with planted zero filters, hand-made and random, and what must hold when their channels are removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from batch import draw_samples
from lapel.ir import Graph, Quant
from lapel.ir.op import lowerable
from lapel.ops import evaluate, registry, verify
from lapel.planning.rewrites.channels import remove_channels
from nets import Net, Q

ZERO = Q.zero[0]
W = Quant((0.01,), (0,))
Pad = tuple[int, int, int, int]
NO_PAD, PAD = (0, 0, 0, 0), (1, 1, 1, 1)


class Planted(Net):
    """Layers of given weights, so that a test decides which filters are zero; biases are in units of the output."""

    def weights(self, *shape: int) -> np.ndarray:
        w = self.rng.integers(-9, 10, shape, np.int8)
        return np.where(w == 0, np.int8(1), w)

    def shape(self, x: str) -> tuple[int, ...]:
        return self.tensors[x].type.shape

    def parts(self, x: str, w: np.ndarray, bias: Sequence[int] | None, axis: int | None) -> tuple[str, str]:
        n = 1 if axis is None else w.shape[axis]
        scales = np.array([0.01 * (1 + k % 3) for k in range(n)], np.float32)
        products = scales * np.float32(self.tensors[x].type.scale)
        quant = Quant(tuple(map(float, scales)), (0,) * n, axis)
        b_quant = Quant(tuple(map(float, products)), (0,) * n, None if axis is None else 0)
        b = "" if bias is None else self.constant(100 * np.array(bias, np.int32), b_quant)
        return self.constant(w, quant), b

    def window(
        self, op: str, x: str, w: np.ndarray, bias: Sequence[int] | None, out: int, pad: Pad, axis: int | None
    ) -> str:
        n, h, wd, _ = self.shape(x)
        y = (n, h + pad[0] + pad[1] - w.shape[1] + 1, wd + pad[2] + pad[3] - w.shape[2] + 1, out)
        attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": pad, "activation": "none", "rounding": "double"}
        return self.node(op, (x, *self.parts(x, w, bias, axis)), y, **attrs)

    def convolve(
        self, x: str, w: np.ndarray, bias: Sequence[int] | None = None, pad: Pad = NO_PAD, axis: int | None = None
    ) -> str:
        return self.window("conv", x, w, bias, w.shape[0], pad, axis)

    def depthwise(
        self, x: str, w: np.ndarray, bias: Sequence[int] | None = None, pad: Pad = NO_PAD, axis: int | None = None
    ) -> str:
        return self.window("depthwise", x, w, bias, w.shape[3], pad, axis)

    def full(self, x: str, w: np.ndarray, bias: Sequence[int] | None = None, axis: int | None = None) -> str:
        attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
        rows = int(np.prod(self.shape(x))) // w.shape[1]
        return self.node("dense", (x, *self.parts(x, w, bias, axis)), (rows, w.shape[0]), **attrs)

    def pool(self, op: str, x: str, kernel: int = 2, pad: Pad = NO_PAD) -> str:
        n, h, w, c = self.shape(x)
        y = (n, h + pad[0] + pad[1] - kernel + 1, w + pad[2] + pad[3] - kernel + 1, c)
        return self.node(op, (x,), y, kernel=(kernel, kernel), stride=(1, 1), pad=pad, activation="none")

    def mean(self, x: str) -> str:
        n, _, _, c = self.shape(x)
        return self.node("mean", (x,), (n, c), axes=(1, 2), keep_dims=False, rounding="double")

    def two(self, op: str, a: str, b: str) -> str:
        shape = np.broadcast_shapes(self.shape(a), self.shape(b))
        return self.node(op, (a, b), tuple(shape), activation="none")


def planted(w: np.ndarray, zero: Sequence[int], axis: int = 0) -> np.ndarray:
    """The weights with some filters set to zero."""
    w = w.copy()
    np.moveaxis(w, axis, 0)[list(zero)] = 0
    return w


def check_removal(graph: Graph, seed: int = 0) -> Graph:
    """The rewritten graph, after every tensor that is left was compared with the original's."""
    after, notes = remove_channels(verify(graph))
    verify(after)
    assert bool(notes) == (after is not graph)
    assert (after.inputs, after.outputs) == (graph.inputs, graph.outputs)
    for node in after.nodes:
        assert lowerable(registry()[node.op], after.instance(node)) == [], node
    for name in (*graph.inputs, *graph.outputs):
        assert after.tensors[name].type == graph.tensors[name].type
    samples = draw_samples(graph, np.random.default_rng(seed), 5)
    for s in range(5):
        inputs = {n: x[s] for n, x in samples.items()}
        want, got = evaluate(graph, inputs), evaluate(after, inputs)
        for name in (o for n in after.nodes for o in n.outputs):
            kept = after.tensors[name].kept
            expected = want[name] if kept is None else want[name].take(kept, axis=-1)
            assert (got[name] == expected).all(), f"sample {s}, tensor {name}\n{graph}\n{after}"
    again, _ = remove_channels(after)
    assert again is after, f"a second time removes more\n{after}\n{again}"
    return after


class Drawn(Planted):
    """Random layers with random quantizations; some filters are zero, and some biases make zero points."""

    def quantized(self) -> Quant:
        return Quant((float(np.float32(self.rng.choice([0.03, 0.05, 0.08]))),), (int(self.rng.choice([-128, -3, 20])),))

    def node(self, op: str, inputs: tuple[str, ...], out: tuple[int, ...], quant: Quant = Q, **attrs: object) -> str:
        kept = op in ("avgpool", "maxpool", "relu", "reshape", "pad")
        drawn = Quant((1 / 256,), (-128,)) if op == "logistic" else self.quantized()
        quant = self.tensors[inputs[0]].type.quant or Q if kept else drawn
        if "activation" in attrs and op not in ("avgpool", "maxpool", "relu"):
            attrs["activation"] = str(self.rng.choice(["none", "relu", "relu6"]))
        return super().node(op, inputs, out, quant, **attrs)

    def drawn_weights(self, *shape: int, axes: Sequence[int]) -> np.ndarray:
        w = self.weights(*shape)
        for axis in axes:
            w = planted(w, np.flatnonzero(self.rng.random(shape[axis]) < self.rng.choice([0.1, 0.4, 0.95])), axis)
        return w

    def biases(self, n: int) -> list[int] | None:
        if self.rng.random() < 0.2:
            return None
        return list(self.rng.integers(-9, 10, n) * (self.rng.random(n) < 0.5))

    def axis(self, axis: int) -> int | None:
        return axis if self.rng.random() < 0.5 else None

    def grow(self, x: str) -> str:
        """One more layer on x: any that its shape allows."""
        shape, c = self.shape(x), int(self.rng.integers(1, 7))
        if len(shape) == 2:
            if self.rng.random() < 0.3 and shape[0] == 1:
                k = max(d for d in range(1, 4) if shape[1] % (4 * d) == 0 or d == 1)
                return self.reshape(x, (1, 2, 2, shape[1] // 4) if shape[1] % 4 == 0 else (1, 1, k, shape[1] // k))
            w = self.drawn_weights(c, shape[1], axes=(0, 1))
            return self.full(x, w, self.biases(c), self.axis(0))
        op = str(self.rng.choice(["conv", "conv", "point", "depthwise", "depthwise", "pool", "relu", "logistic",
                                  "mean", "flat", "twice", "constant", "pad", "scale"]))  # fmt: skip
        size = 3 if min(shape[1:3]) >= 3 else 1
        pad = PAD if size == 3 and self.rng.random() < 0.6 else NO_PAD
        if op in ("conv", "point"):
            k = size if op == "conv" else 1
            w = self.drawn_weights(c, k, k, shape[3], axes=(0, 3))
            return self.convolve(x, w, self.biases(c), pad if k == 3 else NO_PAD, self.axis(0))
        if op == "depthwise":
            outs = shape[3] * int(self.rng.choice([1, 1, 1, 2]))
            w = self.drawn_weights(1, size, size, outs, axes=(3,))
            return self.depthwise(x, w, self.biases(outs), pad, self.axis(3))
        if op == "pool":
            return self.pool(str(self.rng.choice(["avgpool", "maxpool"])), x, size, pad)
        if op == "relu":
            return self.relu(x)
        if op == "logistic":
            return self.node("logistic", (x,), shape)
        if op == "mean":
            return self.mean(x)
        if op == "flat":
            return self.reshape(x, (1, int(np.prod(shape))))
        if op == "pad":
            value = int(self.rng.choice([0, self.tensors[x].type.zero]))
            return self.node("pad", (x,), (1, shape[1] + 1, shape[2], shape[3]), before=(0, 1, 0, 0),
                             after=(0, 0, 0, 0), value=value)  # fmt: skip
        if op == "scale":
            s = self.reshape(self.mean(x), (1, 1, 1, shape[3]))
            return self.two("mul", x, s)
        other = self.constant(self.rng.integers(-99, 99, shape[3:], np.int8), Q)
        if op == "twice":
            w = self.drawn_weights(shape[3], 1, 1, shape[3], axes=(0, 3))
            other = self.convolve(x, w, self.biases(shape[3]), NO_PAD, self.axis(0))
        return self.two(str(self.rng.choice(["add", "sub", "mul"])), x, other)


def draw_net(seed: int) -> Graph:
    """Two to eight layers, some of them on a tensor that has a reader already; whatever nobody reads is an output."""
    net = Drawn(f"drawn{seed}", (1, 4, 4, int(np.random.default_rng(seed).integers(1, 4))), seed)
    made = ["x"]
    for _ in range(int(net.rng.integers(2, 9))):
        x = made[-1] if net.rng.random() < 0.8 else str(net.rng.choice(made))
        made.append(net.grow(x))
    read = {i for n in net.nodes for i in n.inputs}
    ends = [n.outputs[0] for n in net.nodes if n.outputs[0] not in read]
    ends = [net.convolve(e, net.drawn_weights(3, 1, 1, net.shape(e)[3], axes=(3,))) if len(net.shape(e)) == 4 else
            net.full(e, net.drawn_weights(3, net.shape(e)[1], axes=(1,))) for e in ends]  # fmt: skip
    if net.rng.random() < 0.1:
        ends.append(made[-1])
    return net.graph(*ends)
