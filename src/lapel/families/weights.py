"""What the weighted operators (dense, convolutions) share: their weight checks, biases and multipliers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import (
    LIMITS,
    REDUCED_BITS,
    activation_problems,
    clamp_range,
    multiplier_problems,
    quantize_multiplier,
    reduce_multiplier,
    requantize,
    wrap32,
)
from lapel.ir.graph import DTYPES, Instance
from lapel.ir.op import Param, TfliteOperator
from lapel.ir.signature import INT8, INT16, Bias, Scaled, Signature, Weights

ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")
"""Names by TFLite's ActivationFunctionType code. The last two have no effect, in TFLite Micro's kernels neither."""

CLAMPS = ACTIVATIONS[:4]
"""Those that limit the output, and none."""

ACTIVATION = Attribute("str", choices=ACTIVATIONS, default="none")
"""Fused, in every operator that has one."""
ROUNDING = Attribute("str", choices=("double", "single", "reduced"), default="double", wide="reduced")
"""Of requantization: see `lapel.ir.fixed.requantize`."""


def activation_name(code: int | float) -> str:
    """Name of a fused activation; raises UnsupportedNode if there is none."""
    if not 0 <= code < len(ACTIVATIONS):
        expected = f"expected one of {', '.join(ACTIVATIONS)}"
        raise UnsupportedNode(f"fused activation has code {code}, {expected}: make it a node of its own")
    return ACTIVATIONS[int(code)]


def activation_code(name: str) -> int:
    """ActivationFunctionType code of a name."""
    return ACTIVATIONS.index(name)


def activate(y: np.ndarray, activation: str) -> np.ndarray:
    """A fused activation over the reals."""
    return np.asarray(np.clip(y, *LIMITS[activation]))


def weighted(channel_axis: int, reads: int | None, wide_bias: Sequence[str] = ("int64",)) -> tuple[Signature, ...]:
    """The rows of an operator of int8 weights, x, weights, bias -> y: int8, and int16 with each of these biases.

    channel_axis, reads: see `Weights`.
    """

    def row(x: Scaled, bias: str) -> Signature:
        return Signature((x, Weights(("int8",), axis=channel_axis, reads=reads), Bias((bias,))), (x,))

    return (row(INT8, "int32"), *(row(INT16, bias) for bias in wide_bias))


def filters_and_bias(inst: Instance) -> tuple[tuple[int, int], ...]:
    """Weights whose axis 0 is the outputs', and the bias: an answer to `Op.emits`."""
    return tuple((k, 0) for k in (1, 2) if inst.has(k))


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
    """A problem if some input could drive an accumulator, or a folded bias, out of its bits.

    Of int8, |x - zero| is at most 255 and |zero| at most 128, so 256 * (sum of |w|) + |bias| bounds every partial sum;
    of int16, without a zero point, 2^15 * (sum of |w|) + |bias|. The 64 bits of the rounding `reduced` are left by a
    product with 15 bits, which needs 47 of them.
    """
    w = const_weights(inst)
    axes = tuple(a for a in range(w.ndim) if a != channel_axis)
    sums = np.abs(w.astype(np.int64)).sum(axis=axes)
    reach, bits = (1 << 15 if is_wide(inst) else 256), 47 if inst.attrs["rounding"] == "reduced" else 31
    worst = reach * int(sums.max()) + max(map(abs, make_bias(inst, len(sums)).tolist()))  # of any size: a bias is int64
    if worst < 2**bits:
        return []
    return [f"an accumulator could reach {worst}, expected below 2^{bits}: use smaller weights, bias or fan-in"]


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


def read_rounding(op: TfliteOperator) -> str:
    """The rounding of a weighted operator, by its activations."""
    return "reduced" if op.outputs[0].type.dtype == "int16" else "double"


def check_output(inst: Instance, float32_product: bool = False, wide: Sequence[str] = ("reduced",)) -> list[str]:
    """Problems of a weighted operator's rounding, of its multipliers and of its fused activation."""
    known = wide if is_wide(inst) else ("double", "single")
    if inst.attrs["rounding"] not in known:
        found = f"rounding of {inst.x().dtype} is {inst.attrs['rounding']}"
        return [f"{found}, expected {' or '.join(known)}: convert the model again"]
    if inst.has(2) and inst.x(2).dtype != bias_dtype(inst):
        return [f"bias is {inst.x(2).dtype}, expected {bias_dtype(inst)} for the rounding {inst.attrs['rounding']}"]
    problems = multiplier_problems(*_real_multipliers(inst, float32_product), rounding=inst.attrs["rounding"])
    return problems + activation_problems(inst.attrs["activation"], inst.y().scale)


def make_bias(inst: Instance, channels: int) -> np.ndarray:
    """The bias [channels], of its dtype, zeros if the node has none."""
    bias = inst.const(2)
    return np.zeros(channels, DTYPES[bias_dtype(inst)]) if bias is None else bias.reshape(channels)


def fold_zero(inst: Instance, channel_axis: int) -> np.ndarray:
    """The bias less x.zero * (sum of the channel's weights): with it, kernels multiply x, not x - x.zero."""
    w = const_weights(inst)
    sums = w.astype(np.int64).sum(axis=tuple(a for a in range(w.ndim) if a != channel_axis))
    return (make_bias(inst, len(sums)) - inst.x().zero * sums).astype(DTYPES[bias_dtype(inst)])


def finish(inst: Instance, acc: np.ndarray, float32_product: bool = False) -> np.ndarray:
    """Outputs from int64 accumulators [.., channel] without bias: add it, requantize, clamp."""
    y, rounding = inst.y(), inst.attrs["rounding"]
    mul, shift = channel_multipliers(inst, float32_product)
    lo, hi = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
    out = wrap32(requantize(acc + make_bias(inst, acc.shape[-1]), mul, shift, rounding) + y.zero)
    return np.clip(out, lo, hi).astype(DTYPES[y.dtype])


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


def is_wide(inst: Instance) -> bool:
    """Whether activations are int16: such layers have kernels, biases and sums of their own."""
    return inst.x().dtype == "int16"


def bias_dtype(inst: Instance) -> str:
    """That of the accumulators, which the rounding goes with: `reduced` is of 64 bits."""
    return "int64" if inst.attrs["rounding"] == "reduced" else "int32"


def wide_params(inst: Instance, channel_axis: int, float32_product: bool = False) -> dict[str, Param]:
    """The fields that begin and finish an accumulator in the params struct of every weighted kernel of int16 values."""
    mul, shift = channel_multipliers(inst, float32_product)
    shift = np.where(mul == 0, -31, shift)  # zero whatever the shift is
    lo, hi = clamp_range("int16", inst.attrs["activation"], inst.y().scale, inst.y().zero)
    reduced = inst.attrs["rounding"] == "reduced"
    return {
        "bias": make_bias(inst, inst.x(1).shape[channel_axis]).astype(np.int64),
        "mul": (reduce_multiplier(mul) if reduced else mul).astype(np.int32),
        "shift": (REDUCED_BITS - shift if reduced else shift).astype(np.int8),
        "lo": lo,
        "hi": hi,
        "per_channel": int(len(mul) > 1),
        "reduced": int(reduced),
    }
