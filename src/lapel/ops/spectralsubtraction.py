"""Spectral subtraction: a smoothed estimate of each channel's noise, and the signal without it.

    s = x · 2^smoothing_bits mod 2^32;   n = (s · smoothing + n' · kept) >> bits;   e = min(n, s)
    y = max((s - e) >> smoothing_bits, x · floor >> bits);   the next n' is n, or e if clamping

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | uint32 | [..., C] | none |
| state | uint32 | [1, ..., 1, C]: the noise before the first row | none |
| y | uint32 | [..., C] | none |
| noise | uint32 | [..., C]: the estimate after each row; of the last one it is the next state | none |

Attributes: smoothing, kept (pairs of ints: of the even and of the odd channels), floor (int; the part of a signal that
is never subtracted), bits (int; of the fractions of the former), smoothing_bits (int; of the estimates), clamping
(bool). Rows are one after the other in time. Source: TFLite Micro SignalFilterBankSpectralSubtraction; docs/SPEC.md
§10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import FLAG, PAIR, Attribute
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

X, STATE = range(2)
UINT32 = Plain(("uint32",))
OPTIONS = {
    "smoothing": ("smoothing", "alternate_smoothing"),
    "kept": ("one_minus_smoothing", "alternate_one_minus_smoothing"),
}
"""Pairs of the file's options by attribute."""
NUMBERS = {"floor": "min_signal_remaining", "smoothing_bits": "smoothing_bits", "bits": "spectral_subtraction_bits"}
CUSTOM = sorted([*OPTIONS["smoothing"], *OPTIONS["kept"], *NUMBERS.values(), "clamping", "num_channels"])


def read_tflite(op: TfliteOperator) -> NodeSpec:
    (x,), channels = op.inputs, op.option("num_channels")
    if x is None or x.type.shape != (channels,):
        found = "none" if x is None else x.type.shape
        raise UnsupportedNode(f"its input has shape {found}, expected ({channels:g},): convert the model again")
    attrs: dict[str, object] = {k: tuple(int(op.option(n)) for n in names) for k, names in OPTIONS.items()}
    attrs |= {k: int(op.option(n)) for k, n in NUMBERS.items()} | {"clamping": bool(op.option("clamping"))}
    return NodeSpec("spectralsubtraction", (x, Tensor("noise", Type(x.type.shape, "uint32"))), attrs)


def write_tflite(inst: Instance) -> TfliteNode | None:
    if len(inst.x().shape) != 1:
        return None
    attrs = inst.attrs
    options = {n: v for k, names in OPTIONS.items() for n, v in zip(names, attrs[k], strict=True)}
    options |= {n: attrs[k] for k, n in NUMBERS.items()}
    options |= {"clamping": attrs["clamping"], "num_channels": inst.x().size}
    return TfliteNode(inst.inputs[:1], options)


class SpectralSubtraction(Op):
    name = "spectralsubtraction"
    tflite = (
        TfliteForm(
            custom_code("SignalFilterBankSpectralSubtraction"),
            None,
            range(1, 2),
            read_tflite,
            write_tflite,
            custom=tuple(CUSTOM),
            hidden=((STATE, 1),),
        ),
    )

    attributes = {
        "smoothing": PAIR,
        "kept": PAIR,
        "floor": Attribute("int"),
        "bits": Attribute("int", choices=tuple(range(32))),
        "smoothing_bits": Attribute("int", choices=tuple(range(32))),
        "clamping": FLAG,
    }
    signatures = (Signature((UINT32, Plain(("uint32",), "state")), (UINT32, Plain(("uint32",), "noise"))),)

    def check_shapes(self, inst: Instance) -> list[str]:
        x, state = inst.x(X).shape, inst.x(STATE).shape
        expected = (*(1 for _ in x[:-1]), *x[-1:])
        if not x or state != expected:
            return [f"its state has shape {state}, expected {expected} for an input {x}: convert the model again"]
        values = (*inst.attrs["smoothing"], *inst.attrs["kept"], inst.attrs["floor"])
        if min(values) < 0 or max(values) >= 2**31:
            found = f"smoothing, kept and floor go from {min(values)} to {max(values)}"
            return [f"{found}, expected 0 to 2^31 - 1: convert the model again"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "uint32"),) * 2

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, state = arrays
        assert x is not None and state is not None
        attrs, channels = inst.attrs, x.shape[-1]
        odd = np.arange(channels) % 2
        smoothing, kept = (np.array(attrs[k], np.uint64)[odd] for k in ("smoothing", "kept"))
        bits, up = np.uint64(attrs["bits"]), np.uint64(attrs["smoothing_bits"])
        low = np.uint64(0xFFFFFFFF)
        rows = x.reshape(-1, channels).astype(np.uint64)
        noise, made, estimates = state.reshape(-1).astype(np.uint64), [], []
        for row in rows:
            scaled = (row << up) & low
            noise = ((scaled * smoothing + noise * kept) >> bits) & low
            estimate = np.minimum(noise, scaled)
            noise = estimate if attrs["clamping"] else noise
            floor = (row * np.uint64(attrs["floor"]) >> bits) & low
            made.append(np.maximum((scaled - estimate) >> up, floor))
            estimates.append(noise)
        y, noises = (np.array(rows, np.uint32).reshape(x.shape) for rows in (made, estimates))
        return y, noises

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        channels = inst.x().shape[-1]
        params = {**inst.attrs, "rows": inst.x().size // channels, "channels": channels}
        params["clamping"] = int(inst.attrs["clamping"])
        return (Call("spectralsubtraction", inst.node.outputs, inst.node.inputs, params),)

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return ((STATE, 1),) if inst.x().shape == inst.x(STATE).shape else ()

    def cases(self) -> Sequence[Case]:
        return [
            Case("state", partial(draw_spectral_subtraction, rows=())),
            Case("rows", partial(draw_spectral_subtraction, rows=(4,)), "none"),
        ]


def draw_spectral_subtraction(rng: np.random.Generator, *, rows: tuple[int, ...]) -> Graph:
    """Fractions that add up to one, as a rule, and any; some signals lose their highest bits."""
    channels, bits = int(rng.integers(1, 10)), int(rng.integers(0, 17))
    smoothing = tuple(int(s) for s in rng.integers(0, (1 << bits) + 1, 2))
    kept = tuple((1 << bits) - s for s in smoothing)
    if rng.random() < 0.2:
        kept = tuple(int(s) for s in rng.integers(0, 2**31, 2))
    attrs = {
        "smoothing": smoothing,
        "kept": kept,
        "floor": int(rng.integers(0, (1 << bits) + 1)),
        "bits": bits,
        "smoothing_bits": int(rng.choice([0, 3, 10, 31])),
        "clamping": bool(rng.integers(0, 2)),
    }
    x = Tensor("x", Type((*rows, channels), "uint32"))
    state = Tensor("state", Type((*(1 for _ in rows), channels), "uint32"))
    return single("spectralsubtraction", [x, state], [x.type, x.type], attrs)


OP = SpectralSubtraction()
