"""Random networks on one image that keep it an image: windows, elementwise layers, residual sums."""

from __future__ import annotations

import numpy as np

from lapel.families.draw import symmetric_weights, weighted_bias
from lapel.families.window import Window, same_pad
from lapel.ir import Graph, Quant
from nets import Net

WINDOWS = ("conv", "depthwise", "avgpool", "maxpool")


class Image(Net):
    """Layers whose kernel, stride, dilation and padding are drawn."""

    def window(self, op: str, x: str) -> str:
        """A window, if it fits the image; pools have no cell wholly outside."""
        rng, t = self.rng, self.tensors[x]
        (_, h, w, c), dilated = t.type.shape, op in ("conv", "depthwise")
        bare = Window(*((int(rng.integers(1, most + 1)), int(rng.integers(1, 3))) for most in (4, 2)))
        dilation = (int(rng.integers(1, 3)), 1) if dilated else (1, 1)
        window = Window(bare.kernel, bare.stride, dilation)
        pad = same_pad((h, w), window) if not dilated or rng.random() < 0.6 else tuple(map(int, rng.integers(0, 2, 4)))
        window = Window(bare.kernel, bare.stride, dilation, pad)  # type: ignore[arg-type]
        if h + pad[0] + pad[1] < window.extent[0] or w + pad[2] + pad[3] < window.extent[1]:
            return x
        attrs = {"stride": window.stride, "pad": window.pad, "activation": "none"}
        if not dilated:
            shape = (1, *window.output((h, w)), c)
            return self.node(op, (x,), shape, t.type.quant or Quant((1.0,), (0,)), kernel=window.kernel, **attrs)
        out = int(rng.integers(1, 9)) if op == "conv" else c
        w_shape = (out, *window.kernel, c) if op == "conv" else (1, *window.kernel, c)
        weights = symmetric_weights(rng, f"w{len(self.tensors)}", w_shape, 0 if op == "conv" else 3)
        shape = (1, *window.output((h, w)), out)
        bias, y = weighted_bias(rng, t, weights, out, shape, window.kernel[0] * window.kernel[1] * c)
        self.tensors[weights.name] = weights
        b = "" if bias is None else self.constant(bias.data, bias.type.quant)
        inputs = (x, weights.name, b)
        quant = y.quant or Quant((1.0,), (0,))
        return self.node(op, inputs, shape, quant, dilation=dilation, rounding="double", **attrs)


def draw_image_net(seed: int, layers: int = 8) -> Graph:
    """Windows one after the other, sometimes with a rectifier or a sum of both ends of a layer."""
    rng = np.random.default_rng(seed)
    shape = (1, int(rng.integers(9, 30)), int(rng.integers(1, 9)), int(rng.integers(1, 6)))
    net = Image(f"image_{seed}", shape, seed)
    t = "x"
    for _ in range(layers):
        before = t
        t = net.window(str(rng.choice(WINDOWS)), t)
        if rng.random() < 0.3:
            t = net.relu(t) if net.tensors[t].type.quant == net.tensors[before].type.quant else t
        if before != "x" and net.tensors[t].type.shape == net.tensors[before].type.shape and t != before:
            t = net.add(before, t) if rng.random() < 0.7 else t
    return net.graph(t if t != "x" else net.add("x", "x"))
