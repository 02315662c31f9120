"""Scales of weights at which 16 bits hold every sum of an int8 layer, and its multipliers too.

    sum over k of |w[k]| · 255 < 2^15, for weights of either sign  -->  no sum leaves int16, whatever x is

So a channel's scale grows until its weights are small enough; what that costs, the accuracy shows. The multiplier
becomes a multiple of 2^-16 by the way, which takes less than 1/256 of the scale. Source: Colbert et al., A2Q:
Accumulator-Aware Quantization with Guaranteed Overflow Avoidance, 2023, which trains such weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.ir import Graph, Type
from lapel.ir.fixed import quantize_multiplier
from lapel.ir.shortmultiplier import BITS, MOST, short_multiplier
from lapel.quantization.constants import most_of, scaled_type, weight_rows
from lapel.quantization.layers import Layer, layers

SUMS = np.iinfo(np.int16)
LEAST = 256
"""Of a multiplier in units of 2^-16: below it steps from one to the next would be coarse."""


def narrow_weights(graph: Graph, made: Graph, bits: int) -> dict[str, Type]:
    """Types of the weights of int8 layers of a float graph, by name, at scales no less than those of `made`.

    made: what the graph was converted to. bits: of weights. Raises UnsupportedModel with each layer that has no such
    scales.
    """
    placed = {n.name: n for n in made.nodes}
    found, problems = dict[str, Type](), list[Problem]()
    for layer in layers(graph):
        node = placed[layer.inst.node.name]
        x, w, y = (made.tensors[n].type for n in (*node.inputs[:2], node.outputs[0]))
        if layer.kind.axis is None or w.quant is None or {x.dtype, w.dtype, y.dtype} != {"int8"}:
            continue
        try:
            found[layer.w.name] = _narrowed(layer, x, w, y, bits)
        except UnsupportedNode as e:
            problems.append(Problem(f"node {shown(node.name)!r} ({node.op})", e.message))
    if problems:
        raise UnsupportedModel(f"{graph.name}: cannot be quantized for accumulators of int16", problems)
    return found


def _narrowed(layer: Layer, x: Type, w: Type, y: Type, bits: int) -> Type:
    assert w.quant is not None
    rows = weight_rows(layer.weights(), layer.kind.axis)
    scales = fit_scales(rows, layer.biases(), (x, y), np.array(w.quant.scale), most_of(w.dtype, bits))
    return scaled_type(w.shape, w.dtype, scales, layer.kind.axis)


def fit_scales(
    rows: np.ndarray, bias: np.ndarray, ends: tuple[Type, Type], scales: np.ndarray, most: int
) -> np.ndarray:
    """float64 [O]: the least scales, none below `scales`, at which sums and multipliers fit.

    rows: float weights [O, K]; bias: [O]; ends: the types of x and y; most: the greatest integer of a weight. Raises
    UnsupportedNode where there is none below 1 · y's scale / x's scale.
    """
    x, y = ends
    sums = _Sums(x, y, most, alone=len(scales) == 1)
    return np.array([sums.fit(*channel) for channel in zip(rows, bias, scales, strict=True)])


@dataclass(frozen=True)
class _Sums:
    """Sums of products of x that become y; most: the greatest integer of a weight; alone: there is one channel."""

    x: Type
    y: Type
    most: int
    alone: bool

    def fit(self, row: np.ndarray, bias: float, least: float) -> float:
        """The least scale of the weights of one channel, `row` [K], but for those below `least`."""
        unit = self.y.scale / (2**BITS * self.x.scale)
        m = max(LEAST, math.ceil(least / unit - 1 / 64))  # `least` may be a scale that was found before
        while m <= MOST:
            over = self._excess(row, bias, m * unit)
            scale = self._short(m, m * unit) if over <= 1 else None
            if scale is not None and self._excess(row, bias, scale) <= 1:
                return scale
            m = max(m + 1, int(0.9 * m * min(over, 4)))
        found = f"its weights reach {np.abs(row).max():.4g} and its bias is {bias:.4g}"
        raise UnsupportedNode(f"{found}, expected less for an output of scale {self.y.scale:.4g}: use int32")

    def _short(self, m: int, about: float) -> float | None:
        """The float32 scale of which the multiplier is m · 2^-16 and a little more, so that no half is rounded down.

        None if that little makes another output of some sum.
        """
        scale = np.float32(about)
        while any(mul * 2.0 ** (shift - 31 + BITS) <= m for mul, shift in self._multipliers(scale)):
            scale = np.nextafter(scale, np.float32(np.inf))
        made = [short_multiplier(*pair, SUMS.min, SUMS.max) for pair in self._multipliers(scale)]
        return float(scale) if all(f is not None and f[0] == m for f in made) else None

    def _multipliers(self, scale: np.float32) -> list[tuple[int, int]]:
        """As layers have it; a fully connected one rounds the product of two scales to float32, if these are all."""
        reals = [self.x.scale * float(scale) / self.y.scale]
        if self.alone:
            reals.append(float(np.float32(self.x.scale) * scale) / self.y.scale)
        return [quantize_multiplier(real) for real in reals]

    def _excess(self, row: np.ndarray, bias: float, scale: float) -> float:
        """How many times what int16 holds a sum can be."""
        w, b = np.clip(np.rint(row / scale), -self.most, self.most), np.rint(bias / (self.x.scale * scale))
        low, high = -128 - self.x.zero, 127 - self.x.zero
        least, greatest = (pick(w * low, w * high).sum() + b for pick in (np.minimum, np.maximum))
        return float(max(least / SUMS.min, greatest / SUMS.max))
