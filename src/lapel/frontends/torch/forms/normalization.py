"""Normalizations: over batches (in evaluation), over features, over groups of channels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import reshaped
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def batch_norm(op: Operation) -> list[Tensor | None]:
    if op.get("running_mean") is None or op.get("running_var") is None:
        raise UnsupportedNode("batch normalization keeps no running statistics, expected track_running_stats=True")
    if op.get("training", False):
        raise UnsupportedNode("batch normalization is in training mode: call .eval() before torch.export")
    mean, variance = op.constant("running_mean"), op.constant("running_var")
    scale = op.constant("weight") if op.get("weight") is not None else np.ones_like(mean)
    shift = op.constant("bias") if op.get("bias") is not None else np.zeros_like(mean)
    return [layers.batch_norm(op.b, op.x, scale, shift, mean, variance, float(op["eps"]), op.name), None, None]


def layer_norm(op: Operation) -> list[Tensor | None]:
    axes = range(op.rank - len(op["normalized_shape"]), op.rank)
    return [_normalized(op, op.x, axes, op.optional("weight"), op.optional("bias")), None, None]


def group_norm(op: Operation) -> list[Tensor | None]:
    x, groups = op.x, int(op["num_groups"] if "num_groups" in op.arguments else op["group"])
    n, c, *spatial = x.type.shape
    parted = reshaped(op.b, x, (n, groups, c // groups, *spatial))
    normal = _normalized(op, parted, range(2, len(parted.type.shape)), None, None)
    return [_affine(op, reshaped(op.b, normal, x.type.shape)), None, None]


def instance_norm(op: Operation) -> Tensor | list[Tensor | None]:
    if not op["use_input_stats"]:
        return batch_norm(op)[:1]
    return _affine(op, _normalized(op, op.x, range(2, op.rank), None, None))


def _normalized(op: Operation, x: Tensor, axes: range, scale: Tensor | None, shift: Tensor | None) -> Tensor:
    return layers.layer_norm(op.b, x, axes, scale, shift, float(op["eps"]), op.name)


def _affine(op: Operation, x: Tensor) -> Tensor:
    """Times weight and plus bias, channel by channel."""
    for name, kind in (("weight", "mul"), ("bias", "add")):
        if op.get(name) is not None:
            x = layers.per_channel(op.b, kind, x, op.constant(name), f"{op.name}/{name}")
    return x


FORMS: Mapping[str, Form] = {
    "batch_norm": batch_norm,
    "_native_batch_norm_legit_no_training": batch_norm,
    "layer_norm": layer_norm,
    "native_layer_norm": layer_norm,
    "group_norm": group_norm,
    "native_group_norm": group_norm,
    "instance_norm": instance_norm,
}
