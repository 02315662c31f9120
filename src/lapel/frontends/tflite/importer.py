"""Second stage of reading: `ModelContent` -> Graph, through the `TfliteForm`s of the operator registry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.frontends.tflite.content import (
    CarryContent,
    ModelContent,
    OperatorContent,
    OptionValue,
    TensorContent,
    Variable,
)
from lapel.frontends.tflite.ends import copy_outputs
from lapel.frontends.tflite.flatbuffer import default_options
from lapel.frontends.tflite.flexbuffer import read_options
from lapel.frontends.tflite.folding import Folding
from lapel.frontends.tflite.kinds import advise, describe_kinds, find_compiled, kind_of
from lapel.frontends.tflite.tensors import AGAIN, PACKED_WEIGHTS
from lapel.frontends.tflite.variables import CHANGED, initial_value, shown_variable
from lapel.frontends.tflite.weights import widen
from lapel.ir import DTYPES, Carry, Graph, Instance, Node, Origin, Tensor, TfliteForm, Type
from lapel.ir.attribute import with_defaults
from lapel.ir.graph import rest_value
from lapel.ir.limits import bytes_problem, count_problem
from lapel.ir.op import lowerable, well_formed
from lapel.ir.signature import over_reals
from lapel.ops import registry, verify

PACKED = f"is int4, which only weights of {', '.join(PACKED_WEIGHTS)} may be: store it as int8"

MISFITS = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, MemoryError)
"""What an operator's definition raises on operands of a number, rank or size that no sane model gives it."""


INITIAL = "initial values"
"""What the subgraph of a CALL_ONCE is called in messages."""

VARIABLE = "is a variable tensor, which an operator updates, expected one that the caller alone gives: convert again"

COMPUTED = "its initial value is computed from what is no constant: assign a constant"


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
    total = len(content.operators)
    content = widen(content)
    importer = _Importer(content)
    with np.errstate(all="ignore"):  # extreme scales of a hostile file are the operators' to refuse
        initial = None if content.initial is None else _Importer(content.initial, f"{INITIAL}, ")
        importer.run(initial)
    problems = [*describe_kinds(importer.kinds, total), *importer.problems]
    if initial is not None:
        described = describe_kinds(initial.kinds, len(initial.content.operators))
        problems += [*described, *initial.problems]
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
        assert isinstance(value, (int, float)), f"{name} is no number"
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
    """State of one import: tensors so far (folding makes constants of some), nodes, problems, kinds of refusals."""

    content: ModelContent
    prefix: str = ""
    tensors: list[Tensor] = field(init=False)
    names: frozenset[str] = field(init=False)
    extra: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    kinds: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    folding: Folding = field(init=False)
    updated: frozenset[int] = field(init=False)
    carries: list[Carry] = field(default_factory=list)

    def __post_init__(self) -> None:
        constants = (t.data.size for t in self.content.tensors if t.data is not None)
        self.folding = Folding.for_constants(constants)
        self.tensors = [_make_tensor(t) for t in self.content.tensors]
        self.names = frozenset(t.name for t in self.tensors)
        self.updated = frozenset(i for op in self.content.operators for i in self._variables(op))
        for i in self.updated:
            self.tensors[i] = Tensor(self.tensors[i].name, self.tensors[i].type)

    def run(self, initial: _Importer | None) -> None:
        """Import every operator; initial: the importer of the subgraph that assigns the initial values."""
        assigned = {} if initial is None else initial.assigned()
        carries = [(c, self._initial(c, assigned)) for c in self.content.carries]
        for c, value in carries:
            if c.update is None:  # it never changes
                self.tensors[c.state] = Tensor(self.tensors[c.state].name, self.tensors[c.state].type, value)
        self._import_operators()
        self._check_ends()
        for c, value in carries:
            if c.update is not None:
                self.carries.append(Carry(self.tensors[c.state].name, self.tensors[c.update].name, value))
        for i in sorted(self.updated):
            content = self.content.tensors[i]
            self.carries.append(Carry(content.name, self.tensors[i].name, initial_value(content)))

    def assigned(self) -> dict[Variable, Tensor]:
        """What the subgraph of a CALL_ONCE assigns to each variable."""
        self._import_operators()
        found = {variable: self.tensors[i] for variable, i in self.content.assigned.items()}
        if not self.problems and not self.kinds:
            computed = [shown_variable(v) for v, t in found.items() if t.data is None]
            self.problems += [Problem(f"variable {v}", COMPUTED) for v in computed]
        return found

    def graph(self) -> Graph:
        """The graph of all imported nodes, with the tensors that they and the graph's ends name."""
        names = [t.name for t in self.tensors]
        inputs = (*(names[i] for i in self.content.inputs), *(c.state for c in self.carries))
        taken = (*inputs, *(c.update for c in self.carries))
        results, copies, copied = copy_outputs([self.tensors[i] for i in self.content.outputs], taken, self.names)
        outputs, nodes = (*results, *(c.update for c in self.carries)), (*self.nodes, *copies)
        used = {*inputs, *outputs}
        for node in nodes:
            used.update(node.inputs, node.outputs)
        pool = (*map(_make_tensor, self.content.tensors), *self.tensors, *self.extra.values(), *copied)
        tensors = {t.name: t for t in pool if t.name in used}
        tensors |= {c.state: replace(tensors[c.state], data=None) for c in self.carries}
        origin = Origin(warnings=self.content.warnings)
        return Graph(self.content.name, nodes, tensors, inputs, outputs, tuple(self.carries), origin=origin)

    def _import_operators(self) -> None:
        self.problems += self.content.problems
        for op in self.content.operators:
            self._import_operator(op)

    def _initial(self, carry: CarryContent, assigned: Mapping[Variable, Tensor]) -> np.ndarray:
        """The value of a state at the first call."""
        state, given = self.content.tensors[carry.state], assigned.get(carry.variable)
        if given is None or given.data is None:
            return carry.initial
        if (given.type.dtype, given.type.size) == (state.dtype, state.size):
            return given.data.reshape(state.shape)
        found = f"is {given.type.dtype}{list(given.type.shape)} at first, and {state.dtype}{list(state.shape)} later"
        self.problems.append(Problem(f"variable {shown_variable(carry.variable)}", f"{found}: {CHANGED}"))
        return carry.initial

    def _variables(self, op: OperatorContent) -> list[int]:
        """The variable tensors that the operator updates."""
        places = {k for form in forms().get(op.code, ()) for k in form.variables if k < len(op.inputs)}
        return [i for k in sorted(places) if (i := op.inputs[k]) >= 0 and self.content.tensors[i].variable]

    def _import_operator(self, op: OperatorContent) -> None:
        known = op.code in forms()
        made = f" {shown(self.tensors[op.outputs[0]].name)!r}" if op.outputs else ""
        where = f"{self.prefix}op {op.index} {op.code}{made}"
        problems = self._operand_problems(where, op) if known else [Problem(where, "")]
        if not problems:
            problems = [Problem(where, p) for p in self._add_node(op)]
        kind = kind_of(op, self.content.tensors, known) if problems else None
        if kind is not None:
            self.kinds.setdefault(kind, {}).setdefault(op.code, []).append(op.index)
        else:
            self.problems += problems

    def _operand_problems(self, where: str, op: OperatorContent) -> list[Problem]:
        """Problems of the operator itself and of its tensors, before any form is asked."""
        found = forms()[op.code]
        named = {form.options for form in found if form.custom is None}  # of a custom operator they are ignored
        if named and op.options_name not in (None, *named):
            expected = f"expected {found[0].options}: options and operator code do not belong together"
            return [Problem(where, f"its options are {op.options_name}, {expected}")]
        if op.unknown_fields:
            numbers = f"of number {', '.join(map(str, op.unknown_fields))}, in version {op.version} of the operator"
            highest = max(form.versions[-1] for form in found)
            expected = f"expected those of versions up to {highest}: convert with an older converter"
            return [Problem(where, f"its options have fields {numbers}, {expected}")]
        used = dict.fromkeys(i for i in (*op.inputs, *op.outputs) if i >= 0)
        contents = [self.content.tensors[i] for i in used]
        found_odd = [(t, oddity) for t in contents for oddity in t.oddities]
        found_odd += [(t, PACKED) for t in contents if t.stored == "int4" and op.code not in PACKED_WEIGHTS]
        return [Problem(f"{where}, tensor {shown(t.name)!r}", oddity) for t, oddity in found_odd]

    def _add_node(self, op: OperatorContent) -> list[str]:
        """Append the operator's node, or fold it; or return why no form gives one that is lowerable, or of floats."""
        problems: list[str] = []
        of_floats: tuple[TfliteForm, Instance] | None = None
        for form in forms()[op.code]:
            try:
                view = self._operand_view(op, form)
                inst = self._make_instance(op, view, form)
                definition = registry()[inst.node.op]
                problems = _empty_operands(inst) or lowerable(definition, inst)
                if not problems:
                    self._append(op, form, inst)
                    return []
                if over_reals(definition.signatures, inst):
                    problems = _empty_operands(inst) or well_formed(definition, inst)
                    of_floats = of_floats if problems else (form, inst)
            except UnsupportedNode as e:
                problems = [e.message]
            except MISFITS as e:
                problems = [f"its operands do not fit together ({type(e).__name__}): {AGAIN}"]
        if of_floats is not None:
            self._append(op, *of_floats)
            return []
        return problems

    def _operand_view(self, op: OperatorContent, form: TfliteForm) -> _Operator:
        options = op.options if form.custom is None else read_options(op.custom, form.custom)
        if options is None:
            options = default_options(form.options) if form.options else {}
        inputs = tuple(self.tensors[i] if i >= 0 else None for i in op.inputs)
        outputs = tuple(self.tensors[i] for i in op.outputs)
        return _Operator(op.code, op.version, inputs, outputs, options)

    def _make_instance(self, op: OperatorContent, view: _Operator, form: TfliteForm) -> Instance:
        spec = form.read(view)
        name, attrs = f"{spec.op}_{op.index}", with_defaults(registry()[spec.op].attributes, spec.attrs)
        inputs = tuple(self._own_input(name, view, t) for t in spec.inputs)
        names = tuple("" if t is None else t.name for t in inputs)
        outputs = (*view.outputs, *(self._next_state(view, k) for k in form.variables))
        node = Node(spec.op, name, names, tuple(t.name for t in outputs), attrs)
        return Instance(node, inputs, outputs)

    def _next_state(self, view: _Operator, k: int) -> Tensor:
        """The output by which an operator replaces its input k, a variable tensor."""
        t = view.inputs[k] if k < len(view.inputs) else None
        if t is None or t.data is not None or not any(t is self.tensors[i] for i in self.updated):
            found = "absent" if t is None else "no variable tensor"
            raise UnsupportedNode(f"input {k} is {found}, expected one that keeps the state: convert the model again")
        name = f"{t.name}/next"
        while name in self.names or name in self.extra:
            name += "+"
        return Tensor(name, t.type)

    def _own_input(self, node: str, view: _Operator, t: Tensor | None) -> Tensor | None:
        """A tensor of the file as it is; a constant that the form made, under a name of its own."""
        if t is None or any(t is given for given in view.inputs):
            return t
        return Tensor(f"{node}/{t.name}", t.type, t.data)

    def _append(self, op: OperatorContent, form: TfliteForm, inst: Instance) -> None:
        values = self.folding.fold(registry()[inst.node.op], inst)
        if values is None:
            self.nodes.append(inst.node)
            new = [t for t in (*inst.inputs, *inst.outputs) if t is not None and t.name not in self.names]
            self.extra.update({t.name: t for t in new})
            for k, state in zip(form.variables, inst.outputs[len(op.outputs) :], strict=True):
                self.tensors[op.inputs[k]] = state
            for k, j in form.hidden:
                self.carries.append(Carry(inst.node.inputs[k], inst.outputs[j].name, rest_value(inst.outputs[j].type)))
            return
        for i, value in zip(op.outputs, values, strict=True):
            self.tensors[i] = Tensor(self.tensors[i].name, self.tensors[i].type, value)

    def _check_ends(self) -> None:
        content = self.content
        if not content.inputs or not content.outputs:
            self.problems.append(Problem("", "the model has no inputs or no outputs, expected at least one of each"))
        ends = [("input", i) for i in content.inputs] + [("state", c.state) for c in content.carries]
        ends += [("output", i) for i in dict.fromkeys(content.outputs) if self.tensors[i].data is not None]
        for what, i in ends:
            t = self.tensors[i]
            reasons = content.tensors[i].oddities or _empty_shape(t)
            self.problems += [Problem(f"{what} {shown(t.name)!r}", r) for r in reasons]
        kept = (content.tensors[i].name for i in dict.fromkeys(content.inputs) if i in self.updated)
        self.problems += [Problem(f"input {shown(name)!r}", VARIABLE) for name in kept]


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
