"""State of a file: resource variables and variable tensors become carries, and the operators of the former vanish.

    h = VAR_HANDLE("v"); a = READ_VARIABLE(h); b = op(a); ASSIGN_VARIABLE(h, b)
      -->  a is a state; b = op(a); a is b at the next call

A variable has one value at a time, so the operators are followed in their order: what is read is the tensor that was
assigned last, or the state if none was yet. So it may be read and assigned any number of times. CALL_ONCE runs a
subgraph before anything else at the first call: what that assigns is the initial value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lapel.errors import Problem, shown
from lapel.frontends.tflite.content import CarryContent, ModelContent, OperatorContent, TensorContent, Variable
from lapel.frontends.tflite.tensors import AGAIN
from lapel.ir import DTYPES, Type

OUTSIDE = (
    "its handle is not made in this subgraph, and TFLite Micro finds no variable that comes from another one: make the "
    "handle by a VAR_HANDLE here"
)
LATE = "comes after variables were read or assigned, expected before: move it to the start of the model"
SECOND = "is a second CALL_ONCE, expected one: assign all initial values in one subgraph"
INSIDE = "is reached from a CALL_ONCE itself, expected no other one there: assign all initial values in one subgraph"
UNASSIGNED = (
    "is read, but nothing assigns it, so that TFLite Micro has no memory for it: assign its first value in the "
    "subgraph of a CALL_ONCE, or its next one in the model"
)
CHANGED = "a state keeps its shape and dtype: read and assign it as the same"

Subgraph = Callable[[int], ModelContent | None]
"""A subgraph as it stands in the file, by its index; None if there is none."""


def resolve_variables(content: ModelContent, subgraph: Subgraph) -> ModelContent:
    """The main subgraph with its carries and without operators of state, and the one that assigns initial values."""
    follow = _Follow(content)
    follow.run(SECOND)
    initial = None
    if follow.once is not None:
        initial = _initial(follow, *follow.once, subgraph)
    known = {} if initial is None else initial.assigned
    unassigned = [v for v in follow.states if v not in follow.current and v not in known]
    problems = [Problem(f"variable {shown_variable(v)}", UNASSIGNED) for v in unassigned]
    return replace(follow.content(), initial=initial, problems=(*content.problems, *follow.problems, *problems))


def _initial(follow: _Follow, where: str, index: int, subgraph: Subgraph) -> ModelContent | None:
    """What the one CALL_ONCE runs; None, and a problem, if that cannot be followed."""
    content = subgraph(index) if index > 0 else None
    if content is None:
        follow.problems.append(Problem(where, f"runs subgraph {index}, expected another one of this file"))
        return None
    inside = _Follow(content, f"subgraph {index}, ")
    inside.run(INSIDE)
    if inside.once is not None:
        follow.problems.append(Problem(inside.once[0], INSIDE))
    if content.inputs:
        follow.problems.append(
            Problem(where, f"runs subgraph {index}, which has inputs, expected none: make it a NoOp")
        )
    for variable in inside.states:
        cause = "is read while initial values are assigned, expected constants: assign what it is then"
        follow.problems.append(Problem(f"subgraph {index}, variable {shown_variable(variable)}", cause))
    follow.problems += inside.problems
    return inside.content()


class _Follow:
    """Walks a subgraph's operators, with the tensor that each variable is at the time."""

    def __init__(self, content: ModelContent, prefix: str = "") -> None:
        self._content, self._prefix = content, prefix
        self.tensors = list(content.tensors)
        self.operators: list[OperatorContent] = []
        self.problems: list[Problem] = []
        self.once: tuple[str, int] | None = None
        self.states: dict[Variable, int] = {}
        self.current: dict[Variable, int] = {}
        self._handles: dict[int, Variable] = {}
        self._assigned_by: dict[Variable, OperatorContent] = {}
        self._first: dict[Variable, int] = {}
        self._kept: dict[int, int] = {}  # state by the variable tensor that is its update
        self._names = {t.name for t in content.tensors}
        self._made = {*content.inputs}
        self._later = {o for op in content.operators for o in op.outputs}

    def run(self, second: str) -> None:
        """Follow every operator; second: what is said of a CALL_ONCE that is not the first."""
        for op in self._content.operators:
            where = f"{self._prefix}op {op.index} {op.code}"
            if op.code == "CALL_ONCE":
                self._call_once(where, op, second)
            elif op.code == "VAR_HANDLE":
                self._handles.update(dict.fromkeys(op.outputs, _variable(op)))
            elif op.code in ("READ_VARIABLE", "ASSIGN_VARIABLE"):
                self._access(where, op)
            else:
                self._keep_variable_tensors(op)

    def content(self) -> ModelContent:
        """The subgraph without operators of state."""
        tensors = self.tensors
        carries = [CarryContent(("", tensors[i].name), s, i, initial_value(tensors[i])) for i, s in self._kept.items()]
        for variable, state in self.states.items():
            update = self._update(variable, state, {c.update for c in carries})
            filled = tensors[self._first.get(variable, state)]
            initial = np.broadcast_to(resource_value(filled), tensors[state].shape)
            carries.append(CarryContent(variable, state, update, initial))
        found = replace(self._content, operators=tuple(self.operators), carries=tuple(carries), assigned=self.current)
        return replace(found, tensors=tuple(self.tensors))

    def _call_once(self, where: str, op: OperatorContent, second: str) -> None:
        if self.once is not None:
            self.problems.append(Problem(where, second))
            return
        if self.states or self.current:
            self.problems.append(Problem(where, LATE))
        index = (op.options or {}).get("InitSubgraphIndex", 0)
        assert isinstance(index, int)
        self.once = where, index

    def _access(self, where: str, op: OperatorContent) -> None:
        reads = op.code == "READ_VARIABLE"
        operands = len(op.inputs), len(op.outputs)
        if operands != ((1, 1) if reads else (2, 0)) or min(op.inputs) < 0:
            expected = "a handle, and a value that it makes" if reads else "a handle and a value"
            found = f"has {operands[0]} inputs and {operands[1]} outputs"
            self._refuse(op, Problem(where, f"{found}, expected {expected}"))
        elif op.inputs[0] not in self._handles:
            self._refuse(op, Problem(where, OUTSIDE))
        elif reads:
            self._read(where, op, self._handles[op.inputs[0]])
        else:
            self._assign(where, op, self._handles[op.inputs[0]])

    def _refuse(self, op: OperatorContent, problem: Problem) -> None:
        """Note a problem, and go on as if what the operator makes were there: more may be wrong."""
        self.problems.append(problem)
        for out in op.outputs:
            variable = ("", f"{problem.where} {out}")
            self._made.add(out)
            self.states[variable] = self.current[variable] = out

    def _read(self, where: str, op: OperatorContent, variable: Variable) -> None:
        (out,) = op.outputs
        self._made.add(out)
        now = self.current.get(variable, self.states.get(variable))
        if now is None and out not in self._content.outputs:
            self.states[variable] = out
            return
        if now is None:
            now = self.states[variable] = self._add(out, f"{self.tensors[out].name}/state")
        if self._alike(where, variable, now, out):
            self._reshape(op, now, out)

    def _assign(self, where: str, op: OperatorContent, variable: Variable) -> None:
        value = op.inputs[1]
        if value in self._later and value not in self._made:
            found = f"assigns {shown(self.tensors[value].name)!r} before anything makes it"
            self.problems.append(Problem(where, f"{found}, expected operators in order: {AGAIN}"))
        before = self.current.get(variable, self.states.get(variable))
        if before is None or self._alike(where, variable, before, value):
            self.current[variable], self._assigned_by[variable] = value, op
            self._first.setdefault(variable, value)

    def _alike(self, where: str, variable: Variable, a: int, b: int) -> bool:
        """Whether two tensors can be values of one variable: TFLite Micro copies its bytes, whatever the shape."""
        x, y = self.tensors[a], self.tensors[b]
        if (x.dtype, x.size) == (y.dtype, y.size):
            return True
        found = (
            f"variable {shown_variable(variable)} is {y.dtype}{list(y.shape)} here, and {x.dtype}{list(x.shape)} before"
        )
        self.problems.append(Problem(where, f"{found}: {CHANGED}"))
        return False

    def _update(self, variable: Variable, state: int, taken: set[int | None]) -> int | None:
        """What the variable is at the end, as the state's type; each state has an update of its own."""
        end = self.current.get(variable)
        if end is None:
            return None
        s, e = self.tensors[state], self.tensors[end]
        if (s.shape, s.quant) == (e.shape, e.quant) and end not in taken:
            return end
        made = self._add(state, f"{s.name}/next")
        self._reshape(self._assigned_by[variable], end, made)
        return made

    def _keep_variable_tensors(self, op: OperatorContent) -> None:
        """A variable tensor that is read before the operator that makes it is what that made a call ago."""
        for i in op.inputs:
            if i >= 0 and self.tensors[i].variable and i in self._later and i not in self._made and i not in self._kept:
                self._kept[i] = self._add(i, f"{self.tensors[i].name}/state")
        inputs = tuple(i if i in self._made else self._kept.get(i, i) for i in op.inputs)
        self._made.update(op.outputs)
        self.operators.append(replace(op, inputs=inputs))

    def _reshape(self, op: OperatorContent, x: int, y: int) -> None:
        """The same bytes as another tensor."""
        self.operators.append(OperatorContent("RESHAPE", 1, (x,), (y,), None, None, index=op.index))

    def _add(self, like: int, name: str) -> int:
        """A new tensor of a type that is there."""
        while name in self._names:
            name += "+"
        self._names.add(name)
        self.tensors.append(replace(self.tensors[like], name=name, data=None, variable=False))
        return len(self.tensors) - 1


def _variable(op: OperatorContent) -> Variable:
    options = op.options or {}
    return str(options.get("Container", "")), str(options.get("SharedName", ""))


def initial_value(t: TensorContent | Type) -> np.ndarray:
    """What TFLite Micro sets a variable tensor to: the zero point if it is int8, else zeros.

    Without memory of its own, whatever its size.
    """
    return np.broadcast_to(resource_value(t if t.dtype == "int8" else replace(t, quant=None)), t.shape)


def resource_value(t: TensorContent | Type) -> np.ndarray:
    """What TFLite Micro fills a resource variable with, a scalar: its zero point's lowest byte, in all bytes."""
    zero = 0 if t.quant is None else t.quant.zero[0] & 255
    dtype = np.dtype(DTYPES.get(t.dtype, np.uint8))
    return np.frombuffer(bytes([zero]) * dtype.itemsize, dtype)[0]


def shown_variable(variable: Variable) -> str:
    """A variable's name as it may be printed."""
    return repr(shown("/".join(filter(None, variable))))
