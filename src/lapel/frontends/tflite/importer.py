"""Second stage of reading: `ModelContent` -> Graph, through the `TfliteForm`s of the operator registry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.frontends.tflite.content import ModelContent, OperatorContent, OptionValue, TensorContent
from lapel.frontends.tflite.flatbuffer import default_options
from lapel.frontends.tflite.folding import Folding
from lapel.frontends.tflite.kinds import advise, describe_kinds, find_compiled, kind_of
from lapel.frontends.tflite.tensors import AGAIN
from lapel.ir import DTYPES, Graph, Instance, Node, NodeSpec, Tensor, TfliteForm, Type
from lapel.ir.attribute import with_defaults
from lapel.ir.limits import bytes_problem, count_problem
from lapel.ir.op import lowerable, well_formed
from lapel.ir.signature import over_reals
from lapel.ops import registry, verify

MISFITS = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, MemoryError)
"""What an operator's definition raises on operands of a number, rank or size that no sane model gives it."""


@cache
def forms() -> Mapping[str, tuple[TfliteForm, ...]]:
    """The import forms of all operators of the registry by BuiltinOperator name."""
    found: dict[str, tuple[TfliteForm, ...]] = {}
    for op in registry().values():
        for form in op.tflite:
            found[form.code] = (*found.get(form.code, ()), form)
    return found


def build_graph(content: ModelContent) -> Graph:
    """The graph of a decoded model; raises one UnsupportedModel that lists every problem."""
    compiled = find_compiled(content)
    problems = _size_problems(content) if compiled is None else [compiled]
    if problems:
        raise UnsupportedModel(f"{shown(content.name)}.tflite", problems)
    importer = _Importer(content)
    with np.errstate(all="ignore"):  # extreme scales of a hostile file are the operators' to refuse
        importer.run()
    problems = [*describe_kinds(importer.kinds, importer.floats, len(content.operators)), *importer.problems]
    if problems:
        raise UnsupportedModel(f"{shown(content.name)}.tflite", problems, advise(importer.kinds))
    return verify(importer.graph())


def _size_problems(content: ModelContent) -> list[str]:
    """Problems of a model that is beyond the bounds of `lapel.ir.limits`, before any operator is looked at."""
    problems = count_problem(len(content.operators))
    for t in content.tensors:
        if t.data is None and t.dtype in DTYPES:
            problems += bytes_problem(t.name, Type(t.shape, t.dtype).bytes)
    return problems


@dataclass(eq=False)
class _Operator:
    """A decoded operator as `TfliteForm.read` sees it (the TfliteOperator protocol)."""

    code: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: Mapping[str, OptionValue]

    def option(self, name: str) -> int | float:
        value = self.options[name]
        assert not isinstance(value, tuple), f"{name} is a vector"
        return value

    def option_array(self, name: str) -> tuple[int, ...]:
        value = self.options[name]
        assert isinstance(value, tuple), f"{name} is a scalar"
        return value

    def const(self, i: int) -> np.ndarray:
        t = self.inputs[i] if i < len(self.inputs) else None
        if t is None or t.data is None:
            found = "absent" if t is None else "computed by the model"
            raise UnsupportedNode(f"input {i} is {found}, expected a constant: make it one when converting")
        return t.data


@dataclass
class _Importer:
    """State of one import: tensors so far (folding makes constants of some), nodes, problems.

    kinds: what is refused. floats: the operators, by code, that were taken as they are, over the reals.
    """

    content: ModelContent
    tensors: list[Tensor] = field(init=False)
    names: frozenset[str] = field(init=False)
    extra: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    kinds: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    floats: dict[str, list[int]] = field(default_factory=dict)
    folding: Folding = field(init=False)

    def __post_init__(self) -> None:
        constants = (t.data.size for t in self.content.tensors if t.data is not None)
        self.folding = Folding.for_constants(constants)
        self.tensors = [_make_tensor(t) for t in self.content.tensors]
        self.names = frozenset(t.name for t in self.tensors)

    def run(self) -> None:
        """Import every operator."""
        self.problems += self.content.problems
        for i, op in enumerate(self.content.operators):
            self._import_operator(i, op)
        self._check_ends()

    def graph(self) -> Graph:
        """The graph of all imported nodes, with the tensors that they and the graph's ends name."""
        names = [t.name for t in self.tensors]
        inputs = tuple(names[i] for i in self.content.inputs)
        outputs = tuple(names[i] for i in self.content.outputs)
        used = {*inputs, *outputs}
        for node in self.nodes:
            used.update(node.inputs, node.outputs)
        tensors = {t.name: t for t in (*self.tensors, *self.extra.values()) if t.name in used}
        return Graph(self.content.name, tuple(self.nodes), tensors, inputs, outputs)

    def _import_operator(self, index: int, op: OperatorContent) -> None:
        known = op.code in forms()
        made = f" {shown(self.tensors[op.outputs[0]].name)!r}" if op.outputs else ""
        where = f"op {index} {op.code}{made}"
        problems = self._operand_problems(where, op) if known else [Problem(where, "")]
        if not problems:
            problems = [Problem(where, p) for p in self._add_node(index, op)]
        kind = kind_of(op, self.content.tensors, known) if problems else None
        if kind is not None:
            self.kinds.setdefault(kind, {}).setdefault(op.code, []).append(index)
        else:
            self.problems += problems

    def _operand_problems(self, where: str, op: OperatorContent) -> list[Problem]:
        """Problems of the operator itself and of its tensors, before any form is asked."""
        found = forms()[op.code]
        if op.options_name not in (None, *(form.options for form in found)):
            expected = f"expected {found[0].options}: options and operator code do not belong together"
            return [Problem(where, f"its options are {op.options_name}, {expected}")]
        if op.unknown_fields:
            numbers = f"of number {', '.join(map(str, op.unknown_fields))}, in version {op.version} of the operator"
            highest = max(form.versions[-1] for form in found)
            expected = f"expected those of versions up to {highest}: convert with an older converter"
            return [Problem(where, f"its options have fields {numbers}, {expected}")]
        used = dict.fromkeys(i for i in (*op.inputs, *op.outputs) if i >= 0)
        contents = [self.content.tensors[i] for i in used]
        return [Problem(f"{where}, tensor {shown(t.name)!r}", oddity) for t in contents for oddity in t.oddities]

    def _add_node(self, index: int, op: OperatorContent) -> list[str]:
        """Append the operator's node, or fold it; or return why no form gives one that is lowerable, or of floats."""
        problems: list[str] = []
        of_floats: Instance | None = None
        for form in forms()[op.code]:
            try:
                view = self._operand_view(op, form)
                inst = self._make_instance(index, view, form.read(view))
                definition = registry()[inst.node.op]
                problems = _empty_operands(inst) or lowerable(definition, inst)
                if not problems:
                    self._append(op, inst)
                    return []
                if over_reals(definition.signatures, inst):
                    problems = _empty_operands(inst) or well_formed(definition, inst)
                    of_floats = of_floats if problems else inst
            except UnsupportedNode as e:
                problems = [e.message]
            except MISFITS as e:
                problems = [f"its operands do not fit together ({type(e).__name__}): {AGAIN}"]
        if of_floats is not None:
            self.floats.setdefault(op.code, []).append(index)
            self._append(op, of_floats)
            return []
        return problems

    def _operand_view(self, op: OperatorContent, form: TfliteForm) -> _Operator:
        options = op.options
        if options is None:
            options = default_options(form.options) if form.options else {}
        inputs = tuple(self.tensors[i] if i >= 0 else None for i in op.inputs)
        outputs = tuple(self.tensors[i] for i in op.outputs)
        return _Operator(op.code, op.version, inputs, outputs, options)

    def _make_instance(self, index: int, view: _Operator, spec: NodeSpec) -> Instance:
        name, attrs = f"{spec.op}_{index}", with_defaults(registry()[spec.op].attributes, spec.attrs)
        inputs = tuple(self._own_input(name, view, t) for t in spec.inputs)
        names = tuple("" if t is None else t.name for t in inputs)
        node = Node(spec.op, name, names, tuple(t.name for t in view.outputs), attrs)
        return Instance(node, inputs, view.outputs)

    def _own_input(self, node: str, view: _Operator, t: Tensor | None) -> Tensor | None:
        """A tensor of the file as it is; a constant that the form made, under a name of its own."""
        if t is None or any(t is given for given in view.inputs):
            return t
        return Tensor(f"{node}/{t.name}", t.type, t.data)

    def _append(self, op: OperatorContent, inst: Instance) -> None:
        values = self.folding.fold(registry()[inst.node.op], inst)
        if values is None:
            self.nodes.append(inst.node)
            new = [t for t in inst.inputs if t is not None and t.name not in self.names]
            self.extra.update({t.name: t for t in new})
            return
        for i, value in zip(op.outputs, values, strict=True):
            self.tensors[i] = Tensor(self.tensors[i].name, self.tensors[i].type, value)

    def _check_ends(self) -> None:
        content, seen = self.content, set()
        if not content.inputs or not content.outputs:
            self.problems.append(Problem("", "the model has no inputs or no outputs, expected at least one of each"))
        for i in content.outputs:
            t, where = self.tensors[i], f"output {shown(self.tensors[i].name)!r}"
            if i in seen:
                self.problems.append(Problem(where, "is listed twice: return each tensor once"))
            elif t.data is not None:
                self.problems.append(Problem(where, "is a constant: leave it out of the outputs"))
            elif i in content.inputs:
                self.problems.append(Problem(where, "is an input, unchanged: leave it out of the outputs"))
            seen.add(i)
        for i in content.inputs:
            t = self.tensors[i]
            reasons = content.tensors[i].oddities or _empty_shape(t)
            self.problems += [Problem(f"input {shown(t.name)!r}", r) for r in reasons]


def _make_tensor(t: TensorContent) -> Tensor:
    """The tensor as operators see it; a constant without elements has no buffer in the file."""
    data = t.data
    if data is None and 0 in t.shape and t.dtype in DTYPES:
        data = np.empty(t.shape, DTYPES[t.dtype])
    return Tensor(t.name, Type(t.shape, t.dtype, t.quant), data)


def _empty_operands(inst: Instance) -> list[str]:
    """Problems of operands without elements."""
    operands = [t for t in (*inst.inputs, *inst.outputs) if t is not None]
    return [f"tensor {shown(t.name)!r} {r}" for t in operands for r in _empty_shape(t)]


def _empty_shape(t: Tensor) -> list[str]:
    if math.prod(t.type.shape):
        return []
    return [f"has shape {t.type.shape}, expected dimensions from 1: convert with static shapes"]
