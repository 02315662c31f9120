"""Overlapping frames of a signal: y[…, t, w] = x[…, t · hop + w].

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [L…, S], S = window + (T - 1) · hop | any |
| y | as x | [L…, T, window] | any; the stored values do not change |

Attributes: window, hop (ints >= 1). TFLite Micro has an operator that keeps the overlap itself (SignalFramer); here
that is a state of the graph.
Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., §10.3; docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, move
from lapel.ir import Call, Case, Graph, Instance, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single


class Frames(MovingOp):
    name = "frames"
    attributes = {"window": Attribute("int"), "hop": Attribute("int")}

    def check_shapes(self, inst: Instance) -> list[str]:
        window, hop = inst.attrs["window"], inst.attrs["hop"]
        if window < 1 or hop < 1:
            return [f"frames of {window} samples, {hop} apart, expected 1 or more of both: set window and hop"]
        shape = inst.x().shape
        if not shape:
            return ["its input is one number, expected an axis of samples: give it a shape [samples]"]
        if shape[-1] < window or (shape[-1] - window) % hop:
            least, count = window, max(0, shape[-1] - window) // hop + 1
            found = f"{shape[-1]} samples, expected {least} and a multiple of {hop} more"
            return [f"{found}: give it {window + (count - 1) * hop} or {window + count * hop}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x().shape[:-1], count(inst), inst.attrs["window"]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        every = np.lib.stride_tricks.sliding_window_view(x, inst.attrs["window"], axis=-1)
        return (np.ascontiguousarray(every[..., :: inst.attrs["hop"], :]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        window, hop, frames, samples = inst.attrs["window"], inst.attrs["hop"], count(inst), inst.x().shape[-1]
        rows = inst.x().size // samples
        loops = [(rows, samples, frames * window), (frames, hop, window), (window, 1, 1)]
        return (move(inst.node.outputs[0], inst.node.inputs[0], inst.x().dtype, loops),)

    def alias(self, inst: Instance) -> bool:
        return count(inst) == 1 or inst.attrs["hop"] == inst.attrs["window"]

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_frames, dtype=dtype)) for dtype in ("int16", "int8", "int32")]


def count(inst: Instance) -> int:
    """Frames of a signal."""
    return int((inst.x().shape[-1] - inst.attrs["window"]) // inst.attrs["hop"] + 1)


def draw_frames(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Frames that overlap, touch or leave gaps, of signals side by side or one alone; sometimes one frame."""
    window, hop, frames = (int(n) for n in rng.integers(1, (12, 9, 6)))
    lead = draw_shape(rng, int(rng.integers(0, 2)), 3)
    x = draw_plain(rng, "x", (*lead, window + (frames - 1) * hop), dtype)
    return single("frames", [x], [Type((*lead, frames, window), dtype, x.type.quant)], {"window": window, "hop": hop})


OP = Frames()
