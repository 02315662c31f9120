"""Dense layers of which 16 bits hold sums and multipliers, as quantization for such accumulators makes them."""

from __future__ import annotations

import numpy as np

from lapel.families.draw import draw_type
from lapel.ir import Case, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.quantization.accumulators import fit_scales
from lapel.quantization.constants import quantize_bias, scaled_type
from lapel.quantization.scales import stored

LENGTHS = (1, 2, 7, 64, 255, 256, 257, 511, 600)
"""About those at which the loops over one input, pairs of them, and turns of 256 end."""


def draw_fitted(rng: np.random.Generator) -> Graph:
    """One row; outputs that follow the sums and leave their range on either side, with each clamp and zero point."""
    k, o = int(rng.choice(LENGTHS)), int(rng.integers(1, 20))
    activation = str(rng.choice(["none", "none", "relu", "relu6"]))
    zero = int(rng.choice([-128, 3, 90])) if activation == "none" else -128
    return fitted_layer(rng, k, o, activation, zero=zero)


def fitted_layer(rng: np.random.Generator, k: int, o: int, activation: str, *, zero: int = -128) -> Graph:
    """A layer of k inputs and o outputs; zero: the zero point of these."""
    x = Tensor("x", draw_type(rng, "x", (1, k)).type)
    y = Type((1, o), "int8", Quant((0.0625,), (zero,)))
    spread = float(rng.uniform(0.5, 2)) * 128 * y.scale
    rows = rng.normal(0, spread / (x.type.scale * 100 * k**0.5), (o, k))
    bias = rng.normal(0, spread / 4, o)
    scales = fit_scales(rows, bias, (x.type, y), np.abs(rows).max(axis=1) / 127, 127)
    w_type = scaled_type(rows.shape, "int8", scales, 0)
    b_type, b = quantize_bias(bias, "int32", x.type.scale, w_type)
    operands = [x, Tensor("w", w_type, stored(w_type, rows, 127)), Tensor("bias", b_type, b)]
    return single("dense", operands, [y], {"activation": activation, "keep_dims": False, "rounding": "double"})


FITTED_CASES = [Case("fitted", draw_fitted)]
