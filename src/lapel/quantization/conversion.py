"""Float graph and types --> integer graph.

x: float, w: float, y = op(x, w)  -->  x: int8, w: int8, y: int8 = op(x, w)
y = op(x), of no integer row      -->  d = dequantize(x), e = op(d), y = quantize(e)
y = op(a, b) of unlike a, b       -->  c = quantize(b), y = op(a, c)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.ir import Carry, Graph, Instance, Node, Tensor, Type
from lapel.ir.op import lowerable
from lapel.ir.signature import Bias, Operand, Plain, Signature, Weights, is_float
from lapel.ops import registry, verify
from lapel.quantization.constants import quantize_bias, quantize_weights, scale_limits, weight_type
from lapel.quantization.copies import Copies
from lapel.quantization.operands import Types, constant_type, fitting, products, settle
from lapel.quantization.rows import alike_groups, choose_row, float_activations
from lapel.quantization.scales import stored

Bits = int | Mapping[str, int] | None
"""Bits of symmetric weights, of all or by name of the constant; None: those of their dtype."""


def convert(graph: Graph, types: Types, *, weight_bits: Bits = None) -> Graph:
    """The integer graph of a float one; its tensors and nodes keep their names.

    types: of each float tensor that is no constant; one that is float32 there, or not there, stays one, and with it the
    nodes that read or make it. Constants are quantized by what they hold, but those that `types` has: weights that one
    node reads, say. A copy of a tensor in another dtype has the tensor's range, and is called `<name>/<dtype>`; under
    that name `types` may say otherwise.

    How each tensor is quantized is asked of the operators' tables: a node gets the row that takes the most of its
    tensors as they are, and what it does not take is requantized beside it. Raises UnsupportedModel with all nodes that
    kernels cannot compute with these types.
    """
    found = _Conversion(graph, types, weight_bits)
    for node in graph.nodes:
        found.add(node)
    return found.finish()


def lowering_problems(graph: Graph) -> list[Problem]:
    """Every reason why kernels cannot compute the integer nodes of a graph."""
    found = []
    for node in graph.nodes:
        inst = graph.instance(node)
        if any(t is not None and t.type.quant is not None for t in (*inst.inputs, *inst.outputs)):
            where = f"node {shown(node.name)!r} ({node.op})"
            found += [Problem(where, p) for p in lowerable(registry()[node.op], inst)]
    return found


class _Conversion:
    """State of one conversion."""

    def __init__(self, graph: Graph, types: Types, weight_bits: Bits) -> None:
        self.graph, self.types, self.weight_bits = graph, types, weight_bits
        self.copies = Copies(graph.tensors)
        self.problems: list[Problem] = []
        for name in graph.inputs:
            self.copies.put(self._typed(graph.tensors[name]))

    def add(self, node: Node) -> None:
        """The node, with all that it needs."""
        inst = self.graph.instance(node)
        floats = float_activations(inst)
        integer = floats and all(self._typed(t).type.quant is not None for t in floats)
        row = choose_row(inst, self.types) if integer else None
        if row is None:
            self._add_float(inst)
        else:
            self._add_integer(inst, row)

    def finish(self) -> Graph:
        """The whole graph, checked."""
        g, tensors = self.graph, self.copies.tensors
        for name in g.outputs:
            tensors.setdefault(name, g.tensors[name])
        carries = tuple(_carry(c, tensors[c.state].type) for c in g.carries)
        made = replace(g, nodes=tuple(self.copies.nodes), tensors=tensors, carries=carries)
        problems = self.problems + lowering_problems(made)
        if problems:
            raise UnsupportedModel(f"{g.name}: cannot be quantized", problems)
        return verify(made)

    def _typed(self, t: Tensor) -> Tensor:
        """An activation in the type that it shall have."""
        return replace(t, type=self.types.get(t.name, t.type)) if is_float(t.type) else t

    def _add_float(self, inst: Instance) -> None:
        """The node as it is, between changes of number format."""
        inputs = tuple("" if t is None else self._as_it_is(t) for t in inst.inputs)
        self._append(inst, inputs, {t.name: t.type for t in inst.outputs}, dict(inst.attrs))

    def _as_it_is(self, t: Tensor) -> str:
        return self.copies.wanted(t, t.type) if t.data is None else self.copies.constant(t, t.type, t.data)

    def _add_integer(self, inst: Instance, row: Signature) -> None:
        kinds = settle(inst, row, alike_groups(self.graph, inst.node), self.types)
        outputs = {t.name: fitting(inst, t, kinds[t.name], self.types) for t in inst.outputs}
        making = _Making(inst, kinds, outputs)
        for i in sorted(range(len(inst.inputs)), key=making.order):
            t = inst.inputs[i]
            making.names[i] = "" if t is None else self._input(making, i, t)
        inputs = tuple(making.names[i] for i in range(len(inst.inputs)))
        self._append(inst, inputs, outputs, integer_attrs(inst, outputs[inst.outputs[0].name]))

    def _append(self, inst: Instance, inputs: tuple[str, ...], outputs: Types, attrs: Mapping[str, Any]) -> None:
        """The node, and beside it what makes the tensors themselves where it makes them in other types."""
        made = []
        for t in inst.outputs:
            as_made = replace(t, type=outputs[t.name])
            same = as_made.type == self._typed(t).type
            made.append(self.copies.put(as_made) if same else self.copies.beside(t, as_made.type))
        self.copies.nodes.append(replace(inst.node, inputs=inputs, outputs=tuple(made), attrs=attrs))
        for t, name in zip(inst.outputs, made, strict=True):
            if name != t.name:
                self.copies.restore(name, self._typed(t))

    def _input(self, making: _Making, i: int, t: Tensor) -> str:
        """The name of an input as its operand takes it."""
        kind = making.kinds[t.name]
        if not is_float(t.type) or isinstance(kind, Plain):
            return self._as_it_is(t)
        if t.data is None:
            return self.copies.wanted(t, fitting(making.inst, t, kind, self.types))
        if isinstance(kind, Bias):
            return self._bias(making, t, kind)
        if isinstance(kind, Weights):
            return self._weights(making, i, t, kind)
        type_ = constant_type(t, kind, self.types)
        return self.copies.constant(t, type_, stored(type_, t.data))

    def _bias(self, making: _Making, t: Tensor, kind: Bias) -> str:
        """A bias at the scale of the products. One too large for scales that `types` gives weights is a problem."""
        assert t.data is not None
        x, w = (self.copies.tensors[making.names[k]].type for k in kind.products)
        weights = making.inst.inputs[kind.products[1]]
        given = weights is not None and weights.name in self.types
        try:
            made = quantize_bias(t.data, kind.dtypes[0], x.scale, w, given=given)
        except UnsupportedNode as e:
            node = making.inst.node
            self.problems.append(Problem(f"node {shown(node.name)!r} ({node.op})", e.message))
            made = quantize_bias(t.data, kind.dtypes[0], x.scale, w)
        return self.copies.constant(t, *made)

    def _weights(self, making: _Making, i: int, t: Tensor, kind: Weights) -> str:
        """Weights, at scales that `types` gives them, or such that the bias and the multiplier of the sums fit."""
        assert t.data is not None
        inst, type_ = making.inst, self.types.get(t.name)
        bits = self.weight_bits.get(t.name) if isinstance(self.weight_bits, Mapping) else self.weight_bits
        if type_ is not None and bits is None:
            return self.copies.constant(t, type_, stored(type_, t.data))  # which may well have the least integer
        if type_ is None:
            x, bias = products(inst, making.kinds, i)
            x_type = self.copies.tensors[making.names[x]].type if x in making.names else None
            y_type = making.outputs[inst.outputs[0].name] if len(inst.outputs) == 1 else None
            type_ = weight_type(t.data, kind, bits, scale_limits(x_type, y_type, bias))
        return self.copies.constant(t, type_, quantize_weights(t, type_, bits))


@dataclass(frozen=True, eq=False)
class _Making:
    """An integer node in the making: operands by tensor, types of outputs, and the names of the inputs so far."""

    inst: Instance
    kinds: Mapping[str, Operand]
    outputs: Types
    names: dict[int, str] = field(default_factory=dict)

    def order(self, i: int) -> int:
        """Activations come first, weights next, for biases depend on both."""
        t = self.inst.inputs[i]
        kind = None if t is None else self.kinds[t.name]
        return 2 if isinstance(kind, Bias) else int(isinstance(kind, Weights))


def _carry(c: Carry, t: Type) -> Carry:
    return c if t.quant is None else replace(c, initial=stored(t, np.asarray(c.initial)))


def integer_attrs(inst: Instance, y: Type) -> dict[str, Any]:
    """Attributes of the integer node: stored numbers as the output stores them, and what goes with its dtype."""
    declared, attrs = registry()[inst.node.op].attributes, dict(inst.attrs)
    for name, a in declared.items():
        if a.stored and y.quant is not None:
            attrs[name] = int(stored(replace(y, shape=()), np.array(attrs[name])))
        if a.wide is not None and (y.dtype == "int16") != (attrs[name] == a.wide):
            attrs[name] = a.wide if y.dtype == "int16" else a.default
    return attrs
