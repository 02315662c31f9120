"""Frames under a window in 32 bits, each as loud as a Fourier transform has room for.

    e[w] = gain · x[w] - lean · x[w - 1],   or gain · x[w] without pre-emphasis (lean = 0)
    y[w] = round(e[w] · 2^shift · window[w] / 2^bits)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [L…, W], or [L…, 1 + W] where lean > 0: the sample before the frame leads | none or any; not read |
| window | int32 constant | [W], 0..2^30 - 1, 2^30 is 1.0 | none |
| y | int32 | [L…, W], |y| <= 2^30 | none |
| shift | int32 | [L…, 1] | none: the largest 0..bits with max |e| · 2^shift < 2^bits, bits for a silent frame |

Attributes: gain (1..32), lean (0..32). bits = 15 + the bits of gain + lean - 1. Rounded to nearest, halves up.
Source: block floating point: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., §9.7; docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

X, WINDOW = range(2)
ONE = 1 << 30
"""1.0 of a window."""
MOST = 32
"""Greatest gain and lean: with them a sum has 21 bits, and its product with the window 51."""
PLAIN = Plain(("int32",), unscaled=True)


class Taper(Op):
    name = "taper"
    attributes = {
        "gain": Attribute("int", choices=tuple(range(1, MOST + 1))),
        "lean": Attribute("int", choices=tuple(range(MOST + 1))),
    }
    signatures = (
        Signature(
            (Plain(("int16",), "input"), Plain(("int32",), "window", constant=True, unscaled=True)), (PLAIN,) * 2
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, window, lead = inst.x(X).shape, inst.x(WINDOW).shape, leading(inst)
        if len(window) != 1 or not x or x[-1] != window[0] + lead:
            expected = f"{window[0] + lead if window else '?'} samples a frame"
            why = ", the one before it first, for its pre-emphasis" if lead else ""
            return [f"input is {list(x)}, window {list(window)}, expected {expected}{why}: cut frames of that length"]
        return []

    def check(self, inst: Instance) -> list[str]:
        window = inst.const(WINDOW)
        assert window is not None
        if window.min() < 0 or window.max() >= ONE:
            return [f"window has {window.min()}..{window.max()}, expected 0..2^30 - 1, where 2^30 is 1: scale it"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        lead = inst.x(X).shape[:-1]
        return ((*lead, inst.x(WINDOW).size), "int32"), ((*lead, 1), "int32")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, window = arrays
        assert x is not None and window is not None
        e = emphasized(inst, x)
        bits = bits_of(inst.attrs["gain"], inst.attrs["lean"])
        loudest = np.abs(e).max(axis=-1, keepdims=True)
        shift = np.maximum(bits - np.frexp(loudest.astype(np.float64))[1], 0)
        y = ((e << shift) * window.astype(np.int64) + (1 << (bits - 1))) >> bits
        return y.astype(np.int32), shift.astype(np.int32)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        window = inst.const(WINDOW)
        assert window is not None
        gain, lean = inst.attrs["gain"], inst.attrs["lean"]
        params = {
            "window": 2 * window,
            "frames": inst.x(X).size // inst.x(X).shape[-1],
            "length": len(window),
            "gain": gain,
            "lean": lean,
            "bits": bits_of(gain, lean),
        }
        return (Call("taper", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.y().size

    def cases(self) -> Sequence[Case]:
        return [Case("plain", partial(draw_taper, lean=0)), Case("emphasis", partial(draw_taper, lean=31))]


def leading(inst: Instance) -> int:
    """Samples before a frame that it needs."""
    return int(inst.attrs["lean"] > 0)


def bits_of(gain: int, lean: int) -> int:
    """Of gain · x - lean · x', without a sign: |x| <= 2^15."""
    return 15 + (gain + lean - 1).bit_length()


def emphasized(inst: Instance, x: np.ndarray) -> np.ndarray:
    """int64 [L…, W]: the samples under the window, before it."""
    wide, lead = x.astype(np.int64), leading(inst)
    e = inst.attrs["gain"] * wide[..., lead:]
    return np.asarray(e - inst.attrs["lean"] * wide[..., :-1]) if lead else np.asarray(e)


def draw_taper(rng: np.random.Generator, *, lean: int) -> Graph:
    """A few short frames, by any gain, or by those of a pre-emphasis."""
    length = int(rng.integers(1, 12))
    lead = draw_shape(rng, int(rng.integers(0, 3)), 3)
    attrs = {
        "gain": 32 if lean else int(rng.choice([1, 1, 3, 32])),
        "lean": lean if rng.random() < 0.5 else min(lean, 1),
    }
    x = Tensor("x", Type((*lead, length + (lean > 0)), "int16"))
    values = rng.integers(0, ONE, length, np.int32)
    values[rng.random(length) < 0.2] = ONE - 1
    window = Tensor("window", Type((length,), "int32"), values)
    return single("taper", [x, window], [Type((*lead, length), "int32"), Type((*lead, 1), "int32")], attrs)


OP = Taper()
