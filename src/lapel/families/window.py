"""Sliding windows over NHWC images: explicit padding, output sizes, and the patches that a window sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir.graph import Instance

Pair = tuple[int, int]
PADDING_SAME, PADDING_VALID = 0, 1
"""TFLite's Padding codes."""
MOST = 2**15 - 1
"""Kernel, stride, dilation and padding have 16 bits in the kernels' params."""
MOST_TAPS, MOST_POSITIONS = 2**16, 2**24
"""Of a kernel, and of a padded image: beyond any model for a microcontroller, and the reference's work is bounded."""


@dataclass(frozen=True)
class Window:
    """Height and width of the kernel, its stride and dilation, and pad = (top, bottom, left, right)."""

    kernel: Pair
    stride: Pair
    dilation: Pair = (1, 1)
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def extent(self) -> Pair:
        """Height and width that the dilated kernel covers."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return (kh - 1) * dh + 1, (kw - 1) * dw + 1

    @property
    def transposed(self) -> Window:
        """The window with height and width exchanged."""
        t, b, le, r = self.pad
        return Window(self.kernel[::-1], self.stride[::-1], self.dilation[::-1], (le, r, t, b))

    def output(self, size: Sequence[int]) -> Pair:
        """Height and width of the output for an input of `size`; raises UnsupportedNode if it is empty."""
        t, b, le, r = self.pad
        padded = size[0] + t + b, size[1] + le + r
        spare = padded[0] - self.extent[0], padded[1] - self.extent[1]
        if min(spare) < 0:
            raise UnsupportedNode(
                f"the kernel covers {self.extent} cells, expected at most the padded input's {padded}: "
                "the output would be empty"
            )
        return spare[0] // self.stride[0] + 1, spare[1] // self.stride[1] + 1

    def interior(self, size: Sequence[int]) -> Pair:
        """Output columns first..end-1 whose taps are all inside the width of an input of `size`."""
        out, left, step = self.output(size)[1], self.pad[2], self.stride[1]
        first = min(-(-left // step), out)
        end = (size[1] + left - self.extent[1]) // step + 1
        return first, max(first, min(end, out))


def make_window(attrs: Mapping[str, Any], kernel: Sequence[int]) -> Window:
    """The window of a node's attributes stride, pad and (if it has one) dilation."""
    return Window((kernel[0], kernel[1]), attrs["stride"], attrs.get("dilation", (1, 1)), attrs["pad"])


def same_pad(size: Sequence[int], window: Window) -> tuple[int, int, int, int]:
    """TFLite's SAME padding: output = ceil(size / stride), the odd cell at the bottom and right."""
    before, after = [], []
    for n, step, extent in zip(size, window.stride, window.extent, strict=True):
        total = max((-(-n // step) - 1) * step + extent - n, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before[0], after[0], before[1], after[1]


def resolve_pad(code: int | float, size: Sequence[int], window: Window) -> tuple[int, int, int, int]:
    """Explicit padding for a TFLite Padding code."""
    if min(*window.kernel, *window.stride, *window.dilation) < 1 or len(size) != 2:
        raise UnsupportedNode(
            f"kernel {window.kernel}, stride {window.stride}, dilation {window.dilation} over an input of {size}: "
            "expected 1 or more everywhere and a 4-dimensional input: convert the model again"
        )
    if code == PADDING_SAME:
        return same_pad(size, window)
    if code == PADDING_VALID:
        return 0, 0, 0, 0
    raise UnsupportedNode(f"padding code is {code}, expected 0 (SAME) or 1 (VALID)")


def padding_code(size: Sequence[int], window: Window) -> int | None:
    """The TFLite Padding code that resolves to the window's pad; None if neither does."""
    if window.pad == (0, 0, 0, 0):
        return PADDING_VALID
    return PADDING_SAME if window.pad == same_pad(size, window) else None


def check_window(inst: Instance) -> list[str]:
    """Problems of attributes stride, pad and dilation, and of an input that is not NHWC.

    Each must fit the 16 bits that the kernels' params have for it; that also bounds the reference's work.
    """
    problems = []
    if len(inst.x().shape) != 4:
        problems.append(f"input has shape {inst.x().shape}, expected 4 dimensions [N, H, W, C]")
    for name in ("stride", "dilation", "kernel"):
        if name in inst.attrs and min(inst.attrs[name]) < 1:
            problems.append(f"{name} is {inst.attrs[name]}, expected 1 or more in both directions")
        if name in inst.attrs and max(inst.attrs[name]) > MOST:
            problems.append(f"{name} is {inst.attrs[name]}, expected at most {MOST} in both directions")
    if min(inst.attrs["pad"]) < 0:
        problems.append(f"pad is {inst.attrs['pad']}, expected none below 0")
    if max(inst.attrs["pad"]) > MOST:
        problems.append(f"pad is {inst.attrs['pad']}, expected none above {MOST}")
    return problems or _check_work(inst)


def _check_work(inst: Instance) -> list[str]:
    (_, h, w, _), (t, b, le, r) = inst.x().shape, inst.attrs["pad"]
    kh, kw = inst.attrs.get("kernel", (1, 1))
    problems = []
    if kh * kw > MOST_TAPS:
        problems.append(f"kernel {(kh, kw)} has {kh * kw} taps, expected at most {MOST_TAPS}")
    if (h + t + b) * (w + le + r) > MOST_POSITIONS:
        problems.append(f"input {(h, w)} padded by {inst.attrs['pad']} has more than {MOST_POSITIONS} positions")
    return problems


def pad_image(x: np.ndarray, window: Window, fill: int | float) -> np.ndarray:
    """[N, H, W, C] with the window's padding added."""
    t, b, le, r = window.pad
    return np.pad(x, ((0, 0), (t, b), (le, r), (0, 0)), constant_values=fill)


def tap(padded: np.ndarray, window: Window, out: Pair, u: int, v: int) -> np.ndarray:
    """What tap (u, v) sees at every output position: a view [N, out_h, out_w, C] of a padded image."""
    (sh, sw), (dh, dw) = window.stride, window.dilation
    rows = slice(u * dh, u * dh + (out[0] - 1) * sh + 1, sh)
    return padded[:, rows, slice(v * dw, v * dw + (out[1] - 1) * sw + 1, sw)]


def patches(padded: np.ndarray, window: Window, rows: Pair, width: int) -> np.ndarray:
    """im2col of some output rows of a padded image: [N, rows, width, kernel_h, kernel_w, C]."""
    part = padded[:, rows[0] * window.stride[0] :]
    (kh, kw), out = window.kernel, (rows[1] - rows[0], width)
    cols = np.empty((padded.shape[0], *out, kh, kw, padded.shape[3]), padded.dtype)
    for u in range(kh):
        for v in range(kw):
            cols[:, :, :, u, v] = tap(part, window, out, u, v)
    return cols


def window_values(inst: Instance, x: np.ndarray, w: np.ndarray, at: tuple[int, ...]) -> np.ndarray:
    """[kernel_h, kernel_w, C]: what output `at` sees of an image, 0 outside. w: weights [_, kernel_h, kernel_w, _]."""
    window = make_window(inst.attrs, w.shape[1:3])
    padded = pad_image(x[at[0] : at[0] + 1], window, 0)
    return patches(padded, window, (at[1], at[1] + 1), at[2] + 1)[0, 0, at[2]]


def draw_window(
    rng: np.random.Generator, kernel: int, stride: int, dilation: int = 1, explicit: bool = False
) -> tuple[Window, Pair]:
    """A random window with SAME or no padding, or any `explicit` padding, and an image size that it fits."""

    def pair(high: int) -> Pair:
        return int(rng.integers(1, high + 1)), int(rng.integers(1, high + 1))

    bare = Window(pair(kernel), pair(stride), pair(dilation))
    size = pair(9)
    pad = resolve_pad(int(rng.integers(0, 2)), size, bare)
    if explicit:
        pad = tuple(int(p) for p in rng.integers(0, 4, 4))  # type: ignore[assignment]
    fits = [n + before + after for n, before, after in ((size[0], *pad[:2]), (size[1], *pad[2:]))]
    grown = tuple(n + max(0, e - f) for n, e, f in zip(size, bare.extent, fits, strict=True))
    return Window(bare.kernel, bare.stride, bare.dilation, pad), (grown[0], grown[1])
