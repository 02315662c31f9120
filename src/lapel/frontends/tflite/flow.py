"""Which tensors of a file are constants and which are made, and in what order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from lapel.errors import FormatError, Problem, shown
from lapel.frontends.tflite.content import ModelContent
from lapel.frontends.tflite.tensors import AGAIN
from lapel.frontends.tflite.variables import initial_value
from lapel.ir import Type

TWICE = "is listed twice among the inputs, expected each input once"
MAX_VARIABLES = 1 << 22
"""Bytes of all variables that are constants: they cost the file nothing, so that it could ask for any number."""
BEYOND = f"is a variable, and all of them have more than {MAX_VARIABLES:,} bytes: make them smaller"

SHARED = "has content in a buffer of other tensors too, which TFLite Micro would write over: give it an empty buffer"


def resolve_flow(content: ModelContent) -> ModelContent:
    """The content with what is made no longer a constant, and variables that nothing makes as the constants they are.

    Raises FormatError where an operator reads, or the model returns, what nothing has made, or makes a tensor twice.
    """
    flow = _Flow(content)
    flow.run()
    return replace(content, tensors=tuple(flow.tensors), problems=(*content.problems, *flow.problems))


@dataclass(eq=False)
class _Flow:
    content: ModelContent

    def __post_init__(self) -> None:
        self.tensors = list(self.content.tensors)
        self.problems: list[Problem] = []
        self.later = {o for op in self.content.operators for o in op.outputs}
        self.states = [c.state for c in self.content.carries]

    def run(self) -> None:
        self._drop_contents()
        self._fill_variables()
        made = {i for i, t in enumerate(self.tensors) if t.data is not None or (0 in t.shape and i not in self.later)}
        for i, times in Counter(self.content.inputs).items():
            if times > 1:
                self.problems.append(Problem(self._name("input", i), TWICE))
            made.add(i)
        made.update(self.states)
        for op in self.content.operators:
            self._run_operator(f"op {op.index} {op.code}", op.inputs, op.outputs, made)
        for o in self.content.outputs:
            if o not in made:
                raise self._error(self._name("output", o), "nothing makes it", "an operator that does")
        for v, i in self.content.assigned.items():
            if i not in made:
                found = f"is assigned {shown(self.tensors[i].name)!r}, which nothing makes"
                raise self._error(f"variable {shown(v[1])!r}", found, "operators in order")

    def _run_operator(self, where: str, inputs: tuple[int, ...], outputs: tuple[int, ...], made: set[int]) -> None:
        for i in inputs:
            if i < 0 or i in made:
                continue
            if not self.tensors[i].variable:
                found = f"reads {shown(self.tensors[i].name)!r} before anything makes it"
                raise self._error(where, found, "operators in order")
            self.problems.append(Problem(self._name("tensor", i), BEYOND))
        for o in outputs:
            if o in made:
                found = f"makes {shown(self.tensors[o].name)!r} a second time"
                raise self._error(where, found, "each tensor made once")
            made.add(o)

    def _drop_contents(self) -> None:
        """What is made or given keeps nothing of the content that some writers store for it."""
        used = {i for op in self.content.operators for i in (*op.inputs, *op.outputs) if i >= 0}
        used.update(self.content.inputs, self.content.outputs)
        users = Counter(self.tensors[i].buffer for i in used)
        for i in sorted({*self.content.inputs, *self.later, *self.states}):
            t = self.tensors[i]
            if t.data is None:
                continue
            if users[t.buffer] > 1:
                self.problems.append(Problem(self._name("tensor", i), SHARED))
            self.tensors[i] = replace(t, data=None)

    def _fill_variables(self) -> None:
        """A variable that nothing makes stays what TFLite Micro sets it to before the first call: the zero point."""
        made, left_bytes = {*self.later, *self.content.inputs, *self.states}, MAX_VARIABLES
        for i, t in enumerate(self.tensors):
            if t.variable and i not in made and not t.oddities:
                left_bytes -= Type(t.shape, t.dtype).bytes
                self.tensors[i] = replace(t, data=initial_value(t) if left_bytes >= 0 else None)

    def _name(self, what: str, i: int) -> str:
        return f"{what} {shown(self.tensors[i].name)!r}"

    def _error(self, where: str, found: str, expected: str) -> FormatError:
        return FormatError(f"{shown(self.content.name)}.tflite, {where}: {found}, expected {expected}: {AGAIN}")
