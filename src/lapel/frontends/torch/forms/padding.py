"""Borders: zeros or another constant, mirrored, repeated, wrapped around."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from lapel.errors import UnsupportedNode
from lapel.frontends._moves import padded
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Of PyTorch, and what they are called elsewhere."""


def pad(op: Operation) -> Tensor:
    mode = op.get("mode", "constant")
    if mode not in MODES:
        raise UnsupportedNode(f"pads in mode {mode!r}, expected one of {', '.join(MODES)}")
    return _padded(op, op["pad"], MODES[mode], float(op.get("value", 0.0)))


def border(mode: str, op: Operation) -> Tensor:
    return _padded(op, op["padding"], mode, 0.0)


def _padded(op: Operation, counts: list[int], mode: str, value: float) -> Tensor:
    """Pairs before and after each axis, from the last axis on."""
    missing = [0] * (op.rank - len(counts) // 2)
    before, after = ([*missing, *(int(n) for n in counts[k::2][::-1])] for k in (0, 1))
    return padded(op.b, op.x, before, after, mode, value, op.name)


FORMS: Mapping[str, Form] = {
    "pad": pad,
    "constant_pad_nd": pad,
    **{f"reflection_pad{n}d": partial(border, "reflect") for n in (1, 2)},
    **{f"replication_pad{n}d": partial(border, "edge") for n in (1, 2)},
}
