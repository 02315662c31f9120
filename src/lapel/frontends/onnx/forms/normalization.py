"""Normalizations by stored statistics (BatchNormalization), or by those of the values themselves."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted, reshaped
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor


def batch_norm(view: View) -> Tensor:
    if view.attr("training_mode", 0) or any(view.node.outputs[1:]):
        raise UnsupportedNode("is in training mode, expected inference: export the model after model.eval()")
    names = ("scale", "shift", "mean", "variance")
    scale, shift, mean, variance = (view.constant(i, name) for i, name in enumerate(names, start=1))
    for i, name in enumerate(names, start=1):
        view.weights(i, name)
    epsilon = float(view.attr("epsilon", 1e-5))
    return layers.batch_norm(view.b, view.tensor(), scale, shift, mean, variance, epsilon, view.name)


def instance_norm(view: View) -> Tensor:
    x, (scale, shift) = view.tensor(), (_by_channel(view, i) for i in (1, 2))
    axes = range(2, len(x.type.shape))
    return layers.layer_norm(view.b, x, axes, scale, shift, float(view.attr("epsilon", 1e-5)), view.name)


def _by_channel(view: View, i: int) -> Tensor:
    """Input `i` [C] as it broadcasts to input 0 [N, C, …]."""
    t = view.weights(i, "scale or shift")
    return reshaped(view.b, t, _channel_shape(view, t))


def _channel_shape(view: View, t: Tensor) -> tuple[int, ...]:
    return (t.type.size, *[1] * (len(view.shape()) - 2))


def group_norm(view: View) -> Tensor:
    x, b, groups = view.tensor(), view.b, int(view.attr("num_groups", 1))
    n, c, *spatial = x.type.shape
    scale, shift = (view.weights(i, "scale or shift") for i in (1, 2))
    grouped = reshaped(b, x, (n, groups, c // groups * int(np.prod(spatial))), f"{view.name}/groups")
    epsilon = float(view.attr("epsilon", 1e-5))
    y = reshaped(b, layers.layer_norm(b, grouped, (2,), None, None, epsilon, view.name), x.type.shape)
    if scale.type.size == groups != c:  # operator sets 18 to 20 have one for each group
        raise UnsupportedNode("has a scale for each group, expected one for each channel: export with opset 21")
    y = b.node("mul", y, reshaped(b, scale, _channel_shape(view, scale)), name=f"{view.name}/scaled")
    return b.node("add", y, reshaped(b, shift, _channel_shape(view, shift)), name=f"{view.name}/shifted")


def layer_norm(view: View) -> tuple[Tensor, Tensor, Tensor]:
    """The values, and the mean and the reciprocal deviation, which few models read."""
    b, name, axes = view.b, view.name, range(view.axis(-1), len(view.shape()))
    y, mean, factor = layers.normal(b, view.tensor(), axes, float(view.attr("epsilon", 1e-5)), name)
    y = b.node("mul", y, view.weights(1, "scale"), name=f"{name}/scaled" if view.has(2) else name)
    return b.node("add", y, view.weights(2, "shift"), name=name) if view.has(2) else y, mean, factor


def by_variance(view: View) -> Tensor:
    """MeanVarianceNormalization, which adds its epsilon to the deviation: to the variance it adds less."""
    axes = [int(a) for a in view.attr("axes", [0, 2, 3])]
    return layers.normal(view.b, view.tensor(), axes, 1e-18, view.name)[0]


def lp_norm(view: View) -> Tensor:
    b, x, axis, name = view.b, view.tensor(), view.axis(-1), view.name
    if view.only("p", 2, 1) == 1:
        size = b.node("abs", x, name=f"{name}/abs")
        return b.node("div", x, b.node("sum", size, axes=(axis,), keep_dims=True, name=f"{name}/sum"), name=name)
    rank = len(x.type.shape)
    perm = [a for a in range(rank) if a != axis] + [axis]
    y = b.node("l2norm", permuted(b, x, perm), name=name)
    return permuted(b, y, [perm.index(a) for a in range(rank)])


def rms_norm(view: View) -> Tensor:
    b, x, name, rank = view.b, view.tensor(), view.name, len(view.shape())
    axes = tuple(range(view.axis(-1), rank))
    squares = b.node("mul", x, x, name=f"{name}/squares")
    mean = b.node("mean", squares, axes=axes, keep_dims=True, name=f"{name}/mean")
    epsilon = b.constant(f"{name}/epsilon", np.float32(view.attr("epsilon", 1e-5)))
    root = b.node("rsqrt", b.node("add", mean, epsilon, name=f"{name}/steady"), name=f"{name}/rsqrt")
    return b.node("mul", b.node("mul", x, root, name=f"{name}/normal"), view.weights(1, "scale"), name=name)


FORMS = (
    Form(("BatchNormalization",), batch_norm),
    Form(("InstanceNormalization",), instance_norm),
    Form(("GroupNormalization",), group_norm),
    Form(("LayerNormalization",), layer_norm),
    Form(("MeanVarianceNormalization",), by_variance),
    Form(("LpNormalization",), lp_norm),
    Form(("RMSNormalization",), rms_norm),
)
