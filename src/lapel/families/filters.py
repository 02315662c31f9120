"""What convolutions say of their filters to rewrites, and padding that becomes theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.families.weights import const_weights, finish
from lapel.families.window import make_window
from lapel.ir import Instance
from lapel.ir.filters import Border, Filters


def window_filters(inst: Instance, *, axis: int, inputs: int | None, mixed: bool) -> Filters:
    """The filters of a convolution over an image; for the arguments see `Filters`."""

    def taps() -> Any:
        w = const_weights(inst)
        if inputs is not None:
            return w.reshape(w.shape[0], -1, w.shape[inputs])
        return w.reshape(-1, w.shape[axis]).T[:, :, None]

    return Filters(axis, inputs, mixed, taps, _reaches_border(inst), lambda acc: finish(inst, acc))


def _reaches_border(inst: Instance) -> bool:
    """Whether the first or last window of an axis has a tap outside the image."""
    window, size = make_window(inst.attrs, inst.x(1).shape[1:3]), inst.x().shape[1:3]
    for axis, out in enumerate(window.output(size)):
        before = window.pad[2 * axis]
        if before or (out - 1) * window.stride[axis] + window.extent[axis] - before > size[axis]:
            return True
    return False


def wider_pad(inst: Instance, border: Border) -> Mapping[str, Any]:
    """The attributes of a node with `pad`, if its input loses a border of zero points."""
    pad = tuple(a + b for a, b in zip(inst.attrs["pad"], border, strict=True))
    return {**inst.attrs, "pad": pad}
