"""QuantizeLinear and DequantizeLinear, by which models with operators on floats say how they are quantized (QDQ)."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.onnx.form import MICROSOFT, Form, View
from lapel.frontends.onnx.stored import STORED_DTYPES, Stored, make_quant
from lapel.ir import Tensor


def scales_of(view: View, scale: int, zero: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """The scales and zero points that are inputs `scale` and `zero`; without the latter 0 of this dtype."""
    scales = view.constant(scale, "scale")
    return scales, view.constant(zero, "zero point") if view.has(zero) else np.zeros(scales.shape, dtype)


def quantize(view: View) -> Stored | np.ndarray:
    """Of a constant the integers: some quantizers keep weights as floats, and round them in the model."""
    kind = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16"}.get(int(view.attr("output_dtype", 0)), "uint8")
    scales, zeros = scales_of(view, 1, 2, kind)
    if zeros.dtype.name not in STORED_DTYPES:
        raise UnsupportedNode(f"quantizes to {zeros.dtype.name}, expected one of {', '.join(STORED_DTYPES)}")
    if isinstance(view.value(0), np.ndarray):
        return _integers(view, view.constant(0, "weights"), scales, zeros)
    return view.b.rounded(view.tensor(), zeros.dtype.name, make_quant(scales, zeros), view.node.outputs[0])


def _integers(view: View, x: np.ndarray, scales: np.ndarray, zeros: np.ndarray) -> np.ndarray:
    """A constant rounded as ONNX does it: in float32, halves to even."""
    shape = [1] * x.ndim
    if scales.size > 1:
        shape[int(view.attr("axis", 1)) % x.ndim] = -1
    steps = np.rint(x / scales.astype(np.float32).reshape(shape)) + zeros.astype(np.float64).reshape(shape)
    info = np.iinfo(zeros.dtype)
    return np.asarray(np.clip(steps, info.min, info.max)).astype(zeros.dtype)


def dequantize(view: View) -> Tensor:
    value = view.value(0)
    if isinstance(value, np.ndarray):
        return dequantized_constant(view, 0, 1, 2)
    return view.numbers(0, make_quant(*scales_of(view, 1, 2, view.integers_dtype(0))))


def dequantized_constant(view: View, i: int, scale: int, zero: int) -> Tensor:
    """The float tensor of a constant input `i`, whose scale and zero point are these inputs."""
    data = view.constant(i, "integers")
    scales, zeros = scales_of(view, scale, zero, data.dtype.name)
    if view.attr("block_size", 0) or scales.ndim > 1:
        raise UnsupportedNode("has a scale for each block of values, expected one for each channel or for all")
    axis = int(view.attr("axis", 1)) % max(1, data.ndim)
    return view.b.stored_constant(view.node.inputs[i] or view.name, data, make_quant(scales, zeros, axis))


FORMS = tuple(
    Form((name,), read, domain)
    for domain in ("", MICROSOFT)
    for name, read in (("QuantizeLinear", quantize), ("DequantizeLinear", dequantize))
)
