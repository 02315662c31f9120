"""FastGRNN, one step: a gate and an update that share their two matrices.

    s[i] = clip8((h[i] + 64) >> 7)
    a[i] = (sum_k w[i][k] * x[k] << x_left) + (sum_k u[i][k] * s[k] << s_left)
    z = table[clip8((a + gate) >> drop) + 128];   c = 2 * table[clip8((a + update) >> (drop - 1)) + 128] - 256
    h' = clip16((z * h >> 8) + ((((zeta * (256 - z)) >> 8) + nu) * c >> 2));   y = clip8((h' + 64) >> 7)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [1, K] | any; its zero point is in the biases |
| h | int16: state, 2^14 is 1 | [1, H] | any; no part of the arithmetic |
| w | int8 constant | [H, K] | any; no part of the arithmetic |
| u | int8 constant | [H, H] | any; no part of the arithmetic |
| gate | int32 constant | [H] | none |
| update | int32 constant | [H] | none |
| table | uint8 constant: of a sigmoid, 256 is 1 | [256] | none |
| y | int8: the new state, 128 is 1 | [1, H] | any; no part of the arithmetic |
| h' | int16: the new state | [1, H] | any; no part of the arithmetic |

Attributes: x_left, s_left (ints, 0..7), drop (int, 1..24), zeta, nu (ints, 0..256; 256 is 1). A node whose sums could
leave 31 bits is refused. Source: Kusupati et al., FastGRNN, NeurIPS 2018, section 3.1, without factors of low rank.
docs/SPEC.md, classical models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.nibbles import are_nibbles, packed
from lapel.ir import SCRATCH, Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import Param, single
from lapel.ir.signature import Plain, Signature

X, STATE, W, U, GATE, UPDATE, TABLE = range(7)
LEFT = tuple(range(8))
MOST_DROP, ONE = 24, 256
INT32 = Plain(("int32",), constant=True)
INT8 = Plain(("int8",), constant=True)


class FastGRNN(Op):
    name = "fastgrnn"
    attributes = {
        "x_left": Attribute("int", choices=LEFT),
        "s_left": Attribute("int", choices=LEFT),
        "drop": Attribute("int"),
        "zeta": Attribute("int"),
        "nu": Attribute("int"),
    }
    signatures = (
        Signature(
            (
                Plain(("int8",), "input"),
                Plain(("int16",), "state"),
                *(INT8, INT8, INT32, INT32),
                Plain(("uint8",), "table", constant=True),
            ),
            (Plain(("int8",)), Plain(("int16",), "next")),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        shapes = [inst.x(i).shape for i in range(7)]
        h = shapes[STATE][-1] if len(shapes[STATE]) == 2 else 0
        k = shapes[X][-1] if len(shapes[X]) == 2 else 0
        expected = [(1, k), (1, h), (h, k), (h, h), (h,), (h,), (256,)]
        if not h or not k or shapes != expected:
            found = f"its inputs have shapes {', '.join(map(str, shapes))}"
            return [f"{found}, expected (1, K), (1, H), (H, K), (H, H), (H,), (H,), (256,): make the model again"]
        bounds = {"drop": (1, MOST_DROP), "zeta": (0, ONE), "nu": (0, ONE)}
        return [
            f"{name} is {inst.attrs[name]}, expected {low} to {high}: make the model again"
            for name, (low, high) in bounds.items()
            if not low <= inst.attrs[name] <= high
        ]

    def check(self, inst: Instance) -> list[str]:
        w, u, gate, update = (np.abs(_constant(inst, i).astype(np.int64)) for i in range(W, TABLE))
        attrs = inst.attrs
        sums = 128 * ((w.sum(axis=1) << attrs["x_left"]) + (u.sum(axis=1) << attrs["s_left"]))
        worst = int((sums + np.maximum(gate, update)).max())
        return [] if worst < 2**31 else [f"a sum could reach {worst}, expected below 2^31: use smaller weights"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (inst.x(STATE).shape, "int8"), (inst.x(STATE).shape, "int16")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, h = arrays[X], arrays[STATE]
        assert x is not None and h is not None
        y, new = step(x, h, [_constant(inst, i) for i in range(W, TABLE + 1)], inst.attrs)
        return y, new

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        w, u, gate, update, table = (_constant(inst, i) for i in range(W, TABLE + 1))
        narrow = are_nibbles(w) and are_nibbles(u)
        units, inputs = w.shape
        params: dict[str, Param] = {
            "w": packed(w) if narrow else w,
            "u": packed(u) if narrow else u,
            "gate": gate,
            "update": update,
            "table": table,
            "scratch": SCRATCH,
            "inputs": inputs,
            "units": units,
            **inst.attrs,
        }
        kernel = "fastgrnn4" if narrow else "fastgrnn"
        return (Call(kernel, inst.node.outputs, inst.node.inputs[:W], params, scratch_bytes=units),)

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return ((STATE, 1),)

    def macs(self, inst: Instance) -> int:
        return inst.x(W).size + inst.x(U).size

    def cases(self) -> Sequence[Case]:
        return [Case(name, partial(draw_fastgrnn, most=m), "none") for name, m in (("bytes", 127), ("nibbles", 7))]


def step(
    x: np.ndarray, h: np.ndarray, constants: Sequence[np.ndarray], attrs: dict[str, int] | object
) -> tuple[np.ndarray, np.ndarray]:
    """(y int8, h' int16) of x int8 [N, K] and h int16 [N, H]; constants: w, u, gate, update, table."""
    assert hasattr(attrs, "__getitem__")
    w, u, gate, update, table = constants
    before, s = h.astype(np.int64), seen(h).astype(np.float64)
    # float64 is exact here: every partial sum stays below 2^31.
    sums = (x.astype(np.float64) @ w.astype(np.float64).T).astype(np.int64) << attrs["x_left"]
    sums = sums + ((s @ u.astype(np.float64).T).astype(np.int64) << attrs["s_left"])
    z = table[np.clip((sums + gate) >> attrs["drop"], -128, 127) + 128].astype(np.int64)
    c = 2 * table[np.clip((sums + update) >> (attrs["drop"] - 1), -128, 127) + 128].astype(np.int64) - ONE
    share = ((attrs["zeta"] * (ONE - z)) >> 8) + attrs["nu"]
    new = np.clip(((z * before) >> 8) + ((share * c) >> 2), -(2**15), 2**15 - 1).astype(np.int16)
    return seen(new), new


def seen(h: np.ndarray) -> np.ndarray:
    """int8: a state as it is multiplied with weights."""
    return np.clip((h.astype(np.int64) + 64) >> 7, -128, 127).astype(np.int8)


def _constant(inst: Instance, i: int) -> np.ndarray:
    found = inst.const(i)
    assert found is not None
    return found


def draw_fastgrnn(rng: np.random.Generator, *, most: int) -> Graph:
    """Gates of which some are wide open, and states of which some saturate."""
    k, h = int(rng.integers(1, 20)), int(rng.integers(1, 20))
    constants = {
        "w": rng.integers(-most - 1, most, (h, k), np.int8, endpoint=True),
        "u": rng.integers(-most - 1, most, (h, h), np.int8, endpoint=True),
        "gate": rng.integers(-3000, 3000, h, np.int32),
        "update": rng.integers(-3000, 3000, h, np.int32),
        "table": np.sort(rng.integers(0, 255, 256, np.uint8, endpoint=True)),
    }
    inputs = [Tensor(name, Type(c.shape, str(c.dtype)), c) for name, c in constants.items()]
    x, state = Tensor("x", Type((1, k), "int8")), Tensor("state", Type((1, h), "int16"))
    attrs = {
        "x_left": int(rng.integers(0, 3)),
        "s_left": int(rng.integers(0, 3)),
        "drop": int(rng.integers(1, 3 + int(np.log2(most * (k + h))))),
        "zeta": int(rng.choice([0, 187, ONE])),
        "nu": int(rng.choice([0, 5, ONE])),
    }
    return single("fastgrnn", [x, state, *inputs], [Type((1, h), "int8"), state.type], attrs)


OP = FastGRNN()
