"""What the weighted operators (dense, convolutions) share: their weight checks, biases and multipliers."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir.fixed import quantize_multiplier
from lapel.ir.graph import Instance

ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")
"""Names by TFLite's ActivationFunctionType code."""

SUPPORTED_ACTIVATIONS = ACTIVATIONS[:4]


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


def check_weights(inst: Instance, channel_axis: int) -> list[str]:
    """Problems of weights (input 1) and bias (input 2): constants, int8 symmetric, int32, scales on the right axis."""
    w, problems = inst.inputs[1], []
    if w is None or w.data is None:
        return ["weights are not a constant: only constant weights are supported"]
    q = w.type.quant
    if w.type.dtype != "int8" or q is None:
        return [f"weights are {w.type.dtype}, expected quantized int8: quantize the model to int8"]
    if any(q.zero):
        problems.append(f"weights have zero points {sorted(set(q.zero))[:4]}, expected 0 (symmetric weights)")
    if q.axis is not None and q.axis != channel_axis:
        problems.append(f"weights are quantized along axis {q.axis}, expected {channel_axis}")
    if inst.has(2):
        problems += _check_bias(inst, w.type.shape[channel_axis])
    return problems


def _check_bias(inst: Instance, channels: int) -> list[str]:
    bias = inst.inputs[2]
    assert bias is not None
    if bias.data is None:
        return ["bias is not a constant: only a constant bias is supported"]
    if bias.type.dtype != "int32":
        return [f"bias is {bias.type.dtype}, expected int32"]
    if bias.type.size != channels:
        return [f"bias has {bias.type.size} values, expected one for each of {channels} channels"]
    return []


def channel_multipliers(inst: Instance) -> tuple[np.ndarray, np.ndarray]:
    """(mul, shift), int64, of x.scale * w.scale[c] / y.scale: one entry per tensor, or one per output channel.

    The per-tensor product of scales is rounded to float32 first, per-channel ones are not: so does TFLite.
    """
    w = inst.x(1).quant
    assert w is not None
    x_scale, y_scale = inst.x().scale, inst.y().scale
    if w.axis is None:
        reals = [float(np.float32(x_scale) * np.float32(w.scale[0])) / y_scale]
    else:
        reals = [x_scale * s / y_scale for s in w.scale]
    mul, shift = zip(*map(quantize_multiplier, reals), strict=True)
    return np.array(mul, np.int64), np.array(shift, np.int64)


def make_bias(inst: Instance, channels: int) -> np.ndarray:
    """The bias as int32 [channels], zeros if the node has none."""
    bias = inst.const(2)
    return np.zeros(channels, np.int32) if bias is None else bias.reshape(channels)
