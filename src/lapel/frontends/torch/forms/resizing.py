"""Images at another size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _moves as moves
from lapel.frontends._moves import permuted, reshaped
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def nearest(exact: bool, op: Operation) -> Tensor:
    _require_whole(op)
    return moves.resize(op.b, op.x, op.shape[2:], False, False, exact, op.name)


def linear(op: Operation) -> Tensor:
    corners = bool(op["align_corners"])
    if not corners:
        _require_whole(op)
    return moves.resize(op.b, op.x, op.shape[2:], True, corners, not corners, op.name)


def _require_whole(op: Operation) -> None:
    """PyTorch goes by a given factor, even where the size that it gives is rounded."""
    given = op.get("scale_factors") or [op.get(n) for n in ("scales_h", "scales_w", "scales") if n in op.arguments]
    for f, n, d in zip(given, op.shape[2:], op.x.type.shape[2:], strict=False):
        if f is not None and not np.isclose(f * d, n):
            raise UnsupportedNode(f"resizes {d} by {f:g} to {n}, expected a whole number: give `size` instead")


def pixel_shuffle(op: Operation) -> Tensor:
    return moves.depth_to_space(op.b, op.x, int(op["upscale_factor"]), True, op.name)


def pixel_unshuffle(op: Operation) -> Tensor:
    return moves.space_to_depth(op.b, op.x, int(op["downscale_factor"]), True, op.name)


def channel_shuffle(op: Operation) -> Tensor:
    """The channels, taken as a grid of a row for each group, column by column."""
    n, c, *spatial = op.x.type.shape
    groups = int(op["groups"])
    x = reshaped(op.b, op.x, (n, groups, c // groups, *spatial))
    x = permuted(op.b, x, (0, 2, 1, *range(3, 3 + len(spatial))), op.name)
    return reshaped(op.b, x, (n, c, *spatial))


FORMS: Mapping[str, Form] = {
    **{f"upsample_nearest{n}d": partial(nearest, False) for n in (1, 2)},
    **{f"_upsample_nearest_exact{n}d": partial(nearest, True) for n in (1, 2)},
    "upsample_bilinear2d": linear,
    "upsample_linear1d": linear,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
    "native_channel_shuffle": channel_shuffle,
}
