"""Float32 forms of operators: what float nodes are on a device. docs/SPEC.md §8 fixes the arithmetic.

Every operation is rounded to float32 once, in the order that is written; numpy's own sums and products of matrices have
no defined order, so none of them is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from lapel.families.broadcast import check_loops, loop_params
from lapel.families.product import Matrix, product_loops
from lapel.ir.fixed import LIMITS
from lapel.ir.graph import Graph, Instance, Tensor, Type
from lapel.ir.op import Call, Case, Op, Param, single
from lapel.ir.signature import Plain, Signature, binary, unary

ADVICE = "quantize the model to int8 (lapel quantize)"
F32 = Plain(("float32",), unscaled=True, advice=ADVICE)
WEIGHTS_F32 = Plain(("float32",), name="weights", constant=True, unscaled=True, advice=ADVICE)
BIAS_F32 = Plain(("float32",), name="bias", optional=True, constant=True, unscaled=True, advice=ADVICE)
WEIGHTED_F32 = (Signature((F32, WEIGHTS_F32, BIAS_F32), (F32,)),)
"""The row of an operator of constant weights: x, weights, bias -> y."""
FREE_F32 = (Signature((F32, replace(WEIGHTS_F32, constant=False), BIAS_F32), (F32,)),)
"""The row of weights that the model may compute."""

BLOCK = 1 << 16
"""Products that a reference makes at a time: they stay in a cache."""


class Float32(Op):
    """First base of an operator's float32 form; the second is the operator, with shapes, attributes and bands.

    drawn: which of that one's cases are drawn as floats. signatures: by default one input and one output.
    """

    tflite: ClassVar[Any] = ()  # no file has it; Any, since the second base has forms
    signatures: ClassVar[Any] = (unary(F32),)
    drawn: ClassVar[tuple[str, ...]] = ()

    def check(self, inst: Instance) -> list[str]:
        return finite_problems(inst)

    def filters(self, inst: Instance) -> None:
        return None

    def together(self, inst: Instance) -> tuple[()]:
        return ()  # weights take part, and it does not say which of their elements

    def cases(self) -> Sequence[Case]:
        known = {c.name: c.draw for c in super().cases()}
        return [Case(name, float_case(known[name], self.name)) for name in self.drawn]


class UnaryF32(Float32):
    """y[i] = f(x[i]); subclasses say what `curve` is. kernel: takes a count, and what `fields` says."""

    kernel: ClassVar[str]
    drawn: ClassVar[tuple[str, ...]] = ("random",)

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        """The definition, float32 of float32."""
        raise NotImplementedError

    def fields(self, inst: Instance) -> dict[str, Param]:
        """Fields of the params beside the count."""
        return {}

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        assert arrays[0] is not None
        with np.errstate(all="ignore"):
            return (self.curve(inst, arrays[0]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {"count": inst.x().size, **self.fields(inst)}
        return (Call(self.kernel, inst.node.outputs, inst.node.inputs[:1], params),)


class BinaryF32(Float32):
    """Two operands with broadcasting; subclasses say what `combine` is. The kernel is called as the operator."""

    signatures: ClassVar[Any] = (binary(F32),)
    drawn: ClassVar[tuple[str, ...]] = ("mixed", "constant")

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The definition, float32 of float32."""
        raise NotImplementedError

    def check(self, inst: Instance) -> list[str]:
        return check_loops(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        with np.errstate(all="ignore"):
            return (limited(self.combine(a, b), inst.attrs.get("activation", "none")),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params: dict[str, Param] = {**loop_params(inst.x(0).shape, inst.x(1).shape)}
        if "activation" in inst.attrs:
            params |= limit_params(inst.attrs["activation"])
        return (Call(self.name, inst.node.outputs, inst.node.inputs, params),)


def finite_problems(inst: Instance) -> list[str]:
    """Problems of constants that hold an infinity or NaN: a tap outside x would no longer contribute nothing."""
    named = zip(inst.node.inputs, inst.inputs, strict=True)
    bad = [name for name, t in named if t is not None and t.data is not None and not np.isfinite(t.data).all()]
    return [f"constant {name!r} has an infinity or NaN, expected finite numbers: train it again" for name in bad]


def limited(y: np.ndarray, activation: str) -> np.ndarray:
    """A fused activation: the lower limit first, a NaN stays one, and a zero keeps its sign."""
    lo, hi = (np.float32(v) for v in LIMITS[activation])
    y = np.where(y < lo, lo, y)
    return np.where(y > hi, hi, y)


def limit_params(activation: str) -> dict[str, Param]:
    """The fields of a kernel's params that limit its outputs."""
    lo, hi = LIMITS[activation]
    return {"lo": lo, "hi": hi}


def starts(inst: Instance, channels: int) -> np.ndarray:
    """float32 [channels]: what sums begin with, the bias or 0, and never -0."""
    bias = inst.const(2)
    return np.zeros(channels, np.float32) if bias is None else bias.reshape(channels) + np.float32(0)


def ordered_sums(start: np.ndarray, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """start[o] + x[m, 0]·w[o, 0] + x[m, 1]·w[o, 1] + …, each product and each sum rounded: float32 [M, O]."""
    (m, k), (o, _) = x.shape, w.shape
    made, rows = np.empty((m, o), np.float32), max(1, BLOCK // (k * o))
    columns, filters = x.T, w.T[:, None, :]
    with np.errstate(all="ignore"):
        for first in range(0, m, rows):
            products = columns[:, first : first + rows, None] * filters
            products[0] += start
            made[first : first + rows] = np.add.accumulate(products, axis=0, out=products)[-1]
    return made


def product_sums(start: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """start[o] + a[…, n, 0]·b[…, 0, o] + … of [..., N, K] and [..., K, O], which broadcast: float32 [..., N, O]."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    left, right = (np.broadcast_to(v, (*batch, *v.shape[-2:])).reshape(-1, *v.shape[-2:]) for v in (a, b))
    made = np.stack([ordered_sums(start, x, w.T) for x, w in zip(left, right, strict=True)])
    return made.reshape(*batch, a.shape[-2], b.shape[-1])


def product_call(inst: Instance, x: Matrix, w: Matrix, rows: int, columns: int, depth: int, activation: str) -> Call:
    """The call of `matmulf32` for matrices [rows, depth] and [depth, columns]."""
    has_bias = len(inst.inputs) > 2 and inst.has(2)
    params: dict[str, Param] = {"bias": starts(inst, columns) if has_bias else np.zeros(1, np.float32)}
    params |= {"bias_step": int(has_bias), **product_loops(x, w, rows, columns, depth), **limit_params(activation)}
    return Call("matmulf32", inst.node.outputs, inst.node.inputs[:2], params)


def draw_float(rng: np.random.Generator, name: str, shape: tuple[int, ...], *, constant: bool = False) -> Tensor:
    """A float32 tensor; constants over four decades, with zeros of both signs and denormal numbers among them."""
    t = Type(shape, "float32")
    if not constant:
        return Tensor(name, t)
    data = rng.normal(0, 1, shape) * 10.0 ** rng.uniform(-2, 2, shape)
    odd = rng.choice([0.0, -0.0, 1e-40, -3e-42, 1.0], shape)
    return Tensor(name, t, np.where(rng.random(shape) < 0.1, odd, data).astype(np.float32))


def float_case(draw: Callable[[np.random.Generator], Graph], name: str) -> Callable[[np.random.Generator], Graph]:
    """Draws of a quantized case as float nodes of operator `name`: shapes and attributes are the same."""

    def drawn(rng: np.random.Generator) -> Graph:
        graph = draw(rng)
        (node,) = graph.nodes
        known: dict[str, Tensor] = {}
        for i in node.inputs:
            if i and i not in known:
                t = graph.tensors[i]
                known[i] = draw_float(rng, i, t.type.shape, constant=t.data is not None)
        made = [graph.tensors[o].type for o in node.outputs]
        outputs = [Type(t.shape, "float32") if t.quant is not None else t for t in made]  # an index stays one
        return single(name, [known.get(i) for i in node.inputs], outputs, node.attrs)

    return drawn
