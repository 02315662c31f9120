"""Logarithms of normal densities: y[n][c] = bias[c] - d, d the squared distance of x from mean c, in deviations.

    r[k] = clip(2^fine * x[n][k] - mean[c][k], -reach, reach)
    z[i] = clip((sum_{k <= i} w[c][i][k] * r[k] + half_i) >> shift[c][i], -32767, 32767);  half_i = 2^shift[c][i] / 2
    d = min(d + z[i]^2, 2^30) for each i in turn, beginning with d = 0

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, K] | any; no part of the arithmetic |
| mean | int16 constant | [C, K] | any; no part of the arithmetic |
| w | int16 constant | [C, K]: of each feature by itself; [C, K, K]: lower triangles; 1 for C: those of all | none |
| shift | uint8 constant, 0..30 | [C, K], or 1 for C as w has | none |
| bias | int32 constant, -2^30..2^30 | [C] | none |
| y | int32 | [N, C] | any; no part of the arithmetic |

Attributes: fine (int, 0..8), reach (int, 1..32767). half_i is rounded down. A node whose sums could leave 32 bits is
refused. With w the lower triangle L^T of a precision matrix L L^T, d is a squared Mahalanobis distance. docs/SPEC.md,
classical models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import Param, single
from lapel.ir.signature import Plain, Signature

X, MEAN, W, SHIFT, BIAS = range(5)
MOST_FINE, MOST_REACH, MOST_SHIFT = 8, 32767, 30
MOST_Z = 32767
FARTHEST = 2**30
"""What distances end at, and biases: their difference is an int32."""


class Gaussian(Op):
    name = "gaussian"
    attributes = {"fine": Attribute("int", choices=tuple(range(MOST_FINE + 1))), "reach": Attribute("int")}
    signatures = tuple(
        Signature(
            (
                Plain((x,), "input"),
                Plain(("int16",), "means", constant=True),
                Plain(("int16",), "weights", constant=True),
                Plain(("uint8",), "shifts", constant=True),
                Plain(("int32",), "bias", constant=True),
            ),
            (Plain(("int32",)),),
        )
        for x in ("int8", "int16")
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, mean, w, shift, bias = (inst.x(i).shape for i in range(5))
        square = len(w) == 2 or (len(w) == 3 and w[1:] == (*w[1:2], *w[1:2]))
        fits = len(x) == 2 and len(mean) == 2 and mean[1] == x[1] and square and bias == mean[:1]
        if not fits or w[0] not in (1, mean[0]) or w[1] != x[1] or shift != w[:2]:
            found = f"its input, means, weights, shifts and bias have shapes {x}, {mean}, {w}, {shift}, {bias}"
            return [f"{found}, expected (N, K), (C, K), (C, K) or (C, K, K), (C, K), (C,): make the model again"]
        if not 1 <= inst.attrs["reach"] <= MOST_REACH:
            return [f"reach is {inst.attrs['reach']}, expected 1 to {MOST_REACH}: make the model again"]
        return []

    def check(self, inst: Instance) -> list[str]:
        w, shift, bias = inst.const(W), inst.const(SHIFT), inst.const(BIAS)
        assert w is not None and shift is not None and bias is not None
        if shift.max() > MOST_SHIFT or np.abs(bias.astype(np.int64)).max() > FARTHEST:
            found = f"shifts reach {shift.max()}, biases {np.abs(bias.astype(np.int64)).max()}"
            return [f"{found}, expected at most {MOST_SHIFT} and {FARTHEST}: make the model again"]
        if w.ndim == 3 and np.triu(w, 1).any():
            return ["its weights are not 0 above the diagonal, expected a lower triangle: make the model again"]
        sums = np.abs(w.astype(np.int64)) if w.ndim == 2 else np.abs(w.astype(np.int64)).sum(axis=2)
        worst = int((sums * inst.attrs["reach"] + (1 << shift.astype(np.int64) >> 1)).max())
        return [] if worst < 2**31 else [f"a sum could reach {worst}, expected below 2^31: use smaller weights"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x(X).shape[0], inst.x(MEAN).shape[0]), "int32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, mean, w, shift, bias = arrays
        assert x is not None and mean is not None and w is not None and shift is not None and bias is not None
        reach = inst.attrs["reach"]
        scaled = x.astype(np.int64)[:, None] << inst.attrs["fine"]
        r = np.clip(scaled - mean.astype(np.int64), -reach, reach)
        weights = w.astype(np.int64)
        # float64 is exact in products of matrices here: every partial sum stays below 2^31.
        sums = r * weights if w.ndim == 2 else (r[:, :, None].astype(float) @ _turned(w))[:, :, 0].astype(np.int64)
        drop = shift.astype(np.int64)
        z = np.clip((sums + (1 << drop >> 1)) >> drop, -MOST_Z, MOST_Z)
        return ((bias - np.minimum((z**2).sum(axis=2), FARTHEST)).astype(np.int32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        mean, w, shift, bias = (inst.const(i) for i in range(MEAN, BIAS + 1))
        assert mean is not None and w is not None and shift is not None and bias is not None
        full = w.ndim == 3
        params: dict[str, Param] = {
            "w": w[:, *np.tril_indices(w.shape[1])] if full else w,
            "mean": mean,
            "shift": shift,
            "bias": bias,
            "batches": inst.x(X).shape[0],
            "features": mean.shape[1],
            "outputs": mean.shape[0],
            "unit": 1 << inst.attrs["fine"],
            "reach": inst.attrs["reach"],
            "full": int(full),
            "shared": int(len(w) == 1),
        }
        kernel = "gaussian16" if inst.x(X).dtype == "int16" else "gaussian"
        return (Call(kernel, inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        k = inst.x(X).shape[1]
        each = k * (k + 1) // 2 if len(inst.x(W).shape) == 3 else k
        return int(inst.x(X).shape[0]) * int(inst.x(MEAN).shape[0]) * each

    def cases(self) -> Sequence[Case]:
        drawn = {
            "apart": ("int8", False, False),
            "full": ("int8", True, False),
            "tied": ("int8", True, True),
            "int16_apart": ("int16", False, True),
            "int16_full": ("int16", True, False),
        }
        return [
            Case(name, partial(draw_gaussian, x=x, full=full, tied=tied), "none")
            for name, (x, full, tied) in drawn.items()
        ]


def _turned(w: np.ndarray) -> np.ndarray:
    """float64 [C, K, K], to multiply rows from the left by."""
    return np.asarray(w.astype(np.float64).transpose(0, 2, 1))


def draw_gaussian(rng: np.random.Generator, *, x: str, full: bool, tied: bool) -> Graph:
    """Sums of which some saturate, distances of which some end at the farthest, weights up to what 32 bits hold."""
    n, c, k = (int(rng.integers(1, end)) for end in (4, 5, 9))
    most = 127 if x == "int8" else 2**15 - 1
    fine = int(rng.choice([0, 4])) if x == "int8" else 0
    reach = int(rng.choice([255 << fine, 100, 32767]))
    sets = 1 if tied else c
    # Fewer than 2^30 in all, so that a half may be added.
    limit = min(2**30 // (reach * (k if full else 1)), 2**15 - 1)
    w = rng.integers(-limit, limit, (sets, k, k) if full else (sets, k), endpoint=True)
    drop = rng.integers(0, 12, (sets, k)) + (rng.random((sets, k)) < 0.2) * 18
    constants: dict[str, np.ndarray] = {
        "mean": rng.integers(-most << fine, most << fine, (c, k), endpoint=True).astype(np.int16),
        "w": (np.tril(w) if full else w).astype(np.int16),
        "shift": drop.astype(np.uint8),
        "bias": rng.integers(-FARTHEST, FARTHEST, c, np.int32, endpoint=True),
    }
    inputs = [Tensor(name, Type(v.shape, str(v.dtype)), v) for name, v in constants.items()]
    y = Type((n, c), "int32")
    return single("gaussian", [Tensor("x", Type((n, k), x)), *inputs], [y], {"fine": fine, "reach": reach})


OP = Gaussian()
