"""Random tensors for operator test cases: shapes, quantization, weights, from one numpy generator."""

from __future__ import annotations

import numpy as np

from lapel.families.weights import CLAMPS
from lapel.ir.graph import DTYPES, Quant, Tensor, Type


def draw_scale(rng: np.random.Generator, low: float = 1e-3, high: float = 0.5) -> float:
    """A float32 scale, log-uniform; one in three a short decimal, whose ratios tell float32 from float64 division."""
    if rng.random() < 1 / 3:
        return float(np.float32(max(1, round(float(np.exp(rng.uniform(np.log(low), np.log(high)))) * 1000)) / 1000))
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def draw_zero(rng: np.random.Generator) -> int:
    """An int8 zero point; the extremes come up often, because that is where clamps and offsets break."""
    return int(rng.choice([-128, -1, 0, 127, int(rng.integers(-128, 128))]))


def draw_shape(rng: np.random.Generator, rank: int, high: int) -> tuple[int, ...]:
    """`rank` dimensions in 1..high."""
    return tuple(int(d) for d in rng.integers(1, high + 1, rank))


def draw_type(rng: np.random.Generator, name: str, shape: tuple[int, ...], dtype: str = "int8") -> Tensor:
    """A per-tensor quantized activation: int8, or int16 with finer steps and zero point 0."""
    if dtype == "int16":
        return Tensor(name, Type(shape, dtype, Quant((draw_scale(rng, 1e-5, 2e-3),), (0,))))
    return Tensor(name, Type(shape, "int8", Quant((draw_scale(rng),), (draw_zero(rng),))))


def draw_activation(rng: np.random.Generator) -> str:
    """Any fused activation that has an effect, or none."""
    return str(rng.choice(CLAMPS))


def draw_const(rng: np.random.Generator, t: Tensor) -> Tensor:
    """The same tensor as a constant with random content over the full range of its dtype."""
    info = np.iinfo(DTYPES[t.type.dtype])
    data = rng.integers(info.min, info.max, t.type.shape, DTYPES[t.type.dtype], endpoint=True)
    return Tensor(t.name, t.type, data)


def symmetric_weights(rng: np.random.Generator, name: str, shape: tuple[int, ...], axis: int | None) -> Tensor:
    """int8 weights in -127..127, zero point 0, scales per tensor (axis None) or along `axis`."""
    n = 1 if axis is None else shape[axis]
    quant = Quant(tuple(draw_scale(rng, 1e-3, 0.1) for _ in range(n)), (0,) * n, axis)
    return Tensor(name, Type(shape, "int8", quant), rng.integers(-127, 128, shape, np.int8))


def default_rounding(dtype: str) -> str:
    """That of most weighted operators whose activations have this dtype."""
    return "reduced" if dtype == "int16" else "double"


def weighted_bias(
    rng: np.random.Generator,
    x: Tensor,
    w: Tensor,
    channels: int,
    y_shape: tuple[int, ...],
    fan_in: int,
    rounding: str = "",
) -> tuple[Tensor | None, Type]:
    """A bias (sometimes absent) and an output type whose scale makes the outputs spread over the range of x's dtype.

    One draw in eight has an output scale so small that outputs saturate and the multiplier exceeds one.
    """
    assert w.type.quant is not None
    x_scale, w_scales = np.float32(x.type.scale), np.array(w.type.quant.scale, np.float32)
    spread = float(x_scale) * float(w_scales.mean()) * 74.0 * 74.0 * max(1.0, fan_in**0.5) / 64.0
    wide = x.type.dtype == "int16"
    y_scale = float(np.float32(spread / ((1000.0 if wide else 5000.0) if rng.random() < 0.125 else 1.0)))
    y = Type(y_shape, x.type.dtype, Quant((y_scale,), (0 if wide else draw_zero(rng),)))
    reduced = (rounding or default_rounding(x.type.dtype)) == "reduced"
    if rng.random() < 0.2 and reduced == wide:  # of int16 values, an int32 bias alone makes sums of 32 bits
        return None, y
    scales = tuple(float(s) for s in (x_scale * w_scales).astype(np.float32))
    axis = None if w.type.quant.axis is None else 0
    most, dtype = 5_000_000 if wide else 20000, "int64" if reduced else "int32"
    values = rng.integers(-most, most + 1, channels, DTYPES[dtype])
    return Tensor("bias", Type((channels,), dtype, Quant(scales, (0,) * len(scales), axis)), values), y


def long_sums(
    rng: np.random.Generator, x: Tensor, w_shape: tuple[int, ...], axis: int, y_shape: tuple[int, ...]
) -> tuple[Tensor, Type]:
    """Weights of one sign for each index of `axis`, and an output type: with int16 inputs, sums that leave 32 bits."""
    w = symmetric_weights(rng, "w", w_shape, axis)
    assert w.data is not None and w.type.quant is not None
    signs = rng.choice([-1, 1], [n if a == axis else 1 for a, n in enumerate(w_shape)])
    data = (np.maximum(np.abs(w.data), 90) * signs).astype(np.int8)
    most = x.type.scale * max(w.type.quant.scale) * 127 * data.size / w_shape[axis]
    return Tensor("w", w.type, data), Type(y_shape, "int16", Quant((float(np.float32(most)),), (0,)))
