"""Sizes of images and windows for kernels without a multiplication to spare (runtime/portable/windowrows.h): in bytes,
nothing to multiply."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir.op import SCRATCH, Param

MOST = 255
"""Of the fields that are bytes."""


def find_windows(p: Mapping[str, Param]) -> dict[str, Param] | str:
    """The fields of `lapel_windowrows_shape` from those of a convolution of one group, or why there are none."""
    n = {name: _int(p, name) for name in p if isinstance(p[name], (int, np.integer))}
    if n["dilation_w"] != 1 and n["kernel_w"] != 1:
        return "it is dilated in width"
    extent = n["in_h"] + (n["kernel_h"] - 1) * n["dilation_h"]
    bytes_of = [extent, n["pad_top"], n["batches"], n["out_h"], n["out_w"], n["stride_h"], n["kernel_h"]]
    if max(bytes_of) > MOST or n["pad_top"] > 128:
        return f"a size of {max(bytes_of)}, expected at most {MOST}"
    line, width, step = n["in_w"] * n["in_c"], n["kernel_w"] * n["in_c"], n["stride_w"] * n["in_c"]
    down = n["stride_h"] * line
    return {
        **{name: n[name] for name in ("in_h", "kernel_h", "out_h", "out_w", "stride_h", "batches", "x_zero")},
        "scratch": SCRATCH,
        "dilation_h": n["dilation_h"] if n["kernel_h"] > 1 else 0,
        "line": line,
        "width": width,
        "tap_down": n["dilation_h"] * line - width if n["kernel_h"] > 1 else 0,
        "next": step,
        "left": -n["pad_left"] * n["in_c"],
        "down": down - n["out_w"] * step,
        "image": n["in_h"] * line - n["out_h"] * down,
        "first": -n["pad_top"] * line - n["pad_left"] * n["in_c"],
        "top": -n["pad_top"],
    }


def are_runs(p: Mapping[str, Param]) -> bool:
    """Whether the values of every window lie side by side, inside x."""
    beside = p["kernel_h"] == 1 or (p["kernel_w"] == p["in_w"] and p["dilation_h"] == 1)
    return beside and all(_inside(p, axis, before) for axis, before in (("h", "pad_top"), ("w", "pad_left")))


def _inside(p: Mapping[str, Param], axis: str, before: str) -> bool:
    reach = (_int(p, f"kernel_{axis}") - 1) * _int(p, f"dilation_{axis}")
    last = (_int(p, f"out_{axis}") - 1) * _int(p, f"stride_{axis}") - _int(p, before) + reach
    return _int(p, before) == 0 and last < _int(p, f"in_{axis}")


def _int(params: Mapping[str, Param], name: str) -> int:
    value = params[name]
    assert isinstance(value, (int, np.integer))
    return int(value)
