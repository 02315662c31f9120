"""What the weighted operators (dense, convolutions) share: their weight checks, biases and multipliers."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import (
    LIMITS,
    activation_problems,
    clamp_range,
    multiplier_problems,
    quantize_multiplier,
    requantize,
    wrap32,
)
from lapel.ir.graph import Instance
from lapel.ir.op import Param
from lapel.ir.signature import INT8, Bias, Signature, Weights

ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")
"""Names by TFLite's ActivationFunctionType code."""

SUPPORTED_ACTIVATIONS = ACTIVATIONS[:4]

ACTIVATION = Attribute("str", choices=SUPPORTED_ACTIVATIONS, default="none")
"""Fused, in every operator that has one."""
ROUNDING = Attribute("str", choices=("double", "single"), default="double")
"""Of requantization: see `lapel.ir.fixed.requantize`."""


def activation_name(code: int | float) -> str:
    """Name of a fused activation; raises UnsupportedNode for those the kernels do not have."""
    if not 0 <= code < len(SUPPORTED_ACTIVATIONS):
        name = ACTIVATIONS[int(code)] if 0 <= code < len(ACTIVATIONS) else f"code {code}"
        raise UnsupportedNode(
            f"fused activation {name} is not supported, expected one of {', '.join(SUPPORTED_ACTIVATIONS)}: "
            "make it a node of its own"
        )
    return ACTIVATIONS[int(code)]


def activation_code(name: str) -> int:
    """ActivationFunctionType code of a name."""
    return ACTIVATIONS.index(name)


def activate(y: np.ndarray, activation: str) -> np.ndarray:
    """A fused activation over the reals."""
    return np.asarray(np.clip(y, *LIMITS[activation]))


def weighted_int8(channel_axis: int) -> Signature:
    """The row of an operator of int8 activations and weights: x, weights, bias -> y."""
    return Signature((INT8, Weights(("int8",), axis=channel_axis), Bias(("int32",))), (INT8,))


def check_weight_shapes(inst: Instance, channel_axis: int) -> list[str]:
    """Problems of the shapes of weights (input 1) and bias (input 2): an axis of channels, a number for each."""
    shape = inst.x(1).shape
    if len(shape) <= channel_axis:
        return [f"weights have shape {shape}, expected an axis {channel_axis} of output channels"]
    if inst.has(2) and inst.x(2).size != shape[channel_axis]:
        return [f"bias has {inst.x(2).size} values, expected one for each of {shape[channel_axis]} channels"]
    return []


def const_weights(inst: Instance) -> np.ndarray:
    """The content of input 1, which is a constant in every legal node."""
    w = inst.const(1)
    assert w is not None, f"{inst.node.name}: weights are not a constant"
    return w


def check_accumulator(inst: Instance, channel_axis: int) -> list[str]:
    """A problem if some input could drive an accumulator, or a folded bias, out of 32 bits.

    |x - zero| is at most 255 and |zero| at most 128, so 256 * (sum of |w|) + |bias| bounds every partial sum.
    """
    w = const_weights(inst)
    axes = tuple(a for a in range(w.ndim) if a != channel_axis)
    sums = np.abs(w.astype(np.int64)).sum(axis=axes)
    worst = int((256 * sums + np.abs(make_bias(inst, len(sums)).astype(np.int64))).max())
    if worst < 2**31:
        return []
    return [f"an accumulator could reach {worst}, expected below 2^31: use smaller weights, bias or fan-in"]


def channel_multipliers(inst: Instance, float32_product: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(mul, shift), int64, of x.scale * w.scale[c] / y.scale: one entry per tensor, or one per channel.

    float32_product: TFLite's fully connected layer rounds the product of two per-tensor scales to float32
    first; its convolutions do not.
    """
    mul, shift = zip(*map(quantize_multiplier, _real_multipliers(inst, float32_product)), strict=True)
    return np.array(mul, np.int64), np.array(shift, np.int64)


def _real_multipliers(inst: Instance, float32_product: bool) -> list[float]:
    w = inst.x(1).quant
    assert w is not None
    x_scale, y_scale = inst.x().scale, inst.y().scale
    if float32_product and len(w.scale) == 1:
        with np.errstate(over="ignore", under="ignore"):  # infinite, and then no legal multiplier
            return [float(np.float32(x_scale) * np.float32(w.scale[0])) / y_scale]
    return [x_scale * s / y_scale for s in w.scale]


def check_output(inst: Instance, float32_product: bool = False) -> list[str]:
    """Problems of a weighted operator's multipliers and of its fused activation."""
    problems = multiplier_problems(*_real_multipliers(inst, float32_product))
    return problems + activation_problems(inst.attrs["activation"], inst.y().scale)


def make_bias(inst: Instance, channels: int) -> np.ndarray:
    """The bias as int32 [channels], zeros if the node has none."""
    bias = inst.const(2)
    return np.zeros(channels, np.int32) if bias is None else bias.reshape(channels)


def fold_zero(inst: Instance, channel_axis: int) -> np.ndarray:
    """The bias less x.zero * (sum of the channel's weights): with it, kernels multiply x, not x - x.zero."""
    w = const_weights(inst)
    sums = w.astype(np.int64).sum(axis=tuple(a for a in range(w.ndim) if a != channel_axis))
    return (make_bias(inst, len(sums)) - inst.x().zero * sums).astype(np.int32)


def finish(inst: Instance, acc: np.ndarray, float32_product: bool = False) -> np.ndarray:
    """int8 outputs from int64 accumulators [.., channel] without bias: add it, requantize, clamp."""
    y, rounding = inst.y(), inst.attrs["rounding"]
    mul, shift = channel_multipliers(inst, float32_product)
    lo, hi = clamp_range("int8", inst.attrs["activation"], y.scale, y.zero)
    out = wrap32(requantize(acc + make_bias(inst, acc.shape[-1]), mul, shift, rounding) + y.zero)
    return np.clip(out, lo, hi).astype(np.int8)


def finish_real(inst: Instance, sums: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Outputs over the reals from sums [.., channel] without bias."""
    return activate(sums if bias is None else sums + bias.reshape(-1), inst.attrs["activation"])


def output_params(inst: Instance, float32_product: bool = False) -> dict[str, Param]:
    """The fields that finish an accumulator in the params struct of every weighted kernel."""
    mul, shift = channel_multipliers(inst, float32_product)
    shift = np.where(mul == 0, -31, shift)  # zero whatever the shift is, and this one keeps the layer plain
    lo, hi = clamp_range("int8", inst.attrs["activation"], inst.y().scale, inst.y().zero)
    return {
        "mul": mul.astype(np.int32),
        "shift": shift.astype(np.int8),
        "y_zero": inst.y().zero,
        "lo": lo,
        "hi": hi,
        "per_channel": int(len(mul) > 1),
        "plain": int(shift.max() <= -2 and (lo, hi) == (-128, 127)),
    }
