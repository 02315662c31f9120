"""What a kernel's params have to keep so that it stays within its operands, tables and scratch: read from its header.

The comments of a params struct, and the one before the kernel's type, state it. A comment is clauses with `;` between
them. A clause is a fact if it has one of these forms, up to a comma, colon or full stop, or behind a colon; all else is
prose.

| form | of | says |
|---|---|---|
| `A..B`, `>= A`, `A or B` | a number | what it may be; of a member that is an array, each of its numbers |
| `[A][B]`, `[A] if C, else [B]`, `as NAME` | a pointer | how many elements there are |
| `each A..B`, `if C: each A..B` | a pointer | what every element may be |
| `each K of N: A..B`, `each byte K..L of N: A..B` | a pointer | the same of those with these numbers, of every N |
| `A <= B`, `if C: A == B` | any | a relation of numbers |
| `w: [A][B]` | a pointer, before params of several kernels | the same where each packs it in its own way |
| `y, x: [A][B]` | operands, before the type | how many elements of them the kernel reads and writes |
| `y: [A] of M` | operands, before the type | the same of aligned elements of M bytes, a member that is `A or B` |
| `y is x, or apart from it` | operands, before the type | they are the same bytes, or share none |
| `A is apart from B, C and D` | scratch and operands, before the type | they share no bytes: what A has is relied on |
| `counts of NAME` | a pointer | how many codes there are of 1, 2, .. bits, a complete code; NAME: what they stand for |
| `Total.` | first before the type | these facts are all that it takes: whoever wrote that has read the kernel for it |

A, B and C are expressions of members and whole numbers with `+ - * /` (rounded down), comparisons, `and`, `or`,
parentheses, and functions:

| function | is |
|---|---|
| `up(A, B)` | A rounded up to a multiple of B |
| `all(N)` | the product of a member that is an array |
| `strided(N, S)` | elements from the first to the last of loops with counts N and strides S, none of which goes back |
| `forward(N, S)`, `back(N, S)` | how far such loops go from where they start, either way: strides may have any sign |
| `walked(N, J, A)` | the same of the walk of broadcast.h, with counts N, jumps J and rows of A elements |
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lapel.runtime.source import (
    Field,
    define,
    member_comments,
    operands_comment,
    parameters,
    params_comment,
    params_fields,
)

Kind = Literal["number", "relation", "operand", "apart", "table", "book", "aside", "elements"]
_ORDER: tuple[Kind, ...] = ("number", "relation", "operand", "apart", "table", "book", "aside", "elements")
_EXTENT = r"((?:\[[^\]]+\])+)"
_ALLOWED = (
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.UnaryOp, ast.USub, ast.Not, ast.Compare, ast.LtE, ast.Lt,
    ast.GtE, ast.Gt, ast.Eq, ast.NotEq, ast.BoolOp, ast.And, ast.Or, ast.Constant, ast.Name, ast.Load, ast.Call,
    ast.IfExp, ast.Subscript,
)  # fmt: skip
FUNCTIONS = {"up": 2, "all": 1, "walked": 3, "strided": 2, "forward": 2, "back": 2}
"""Functions of expressions, and how many arguments they take."""
IT = "it"
"""In the tests of numbers and elements: the number."""


@dataclass(frozen=True)
class Part:
    """Of every `of` elements of a table, or bytes of it: the one with this number."""

    number: int
    of: int
    bytes: bool


@dataclass(frozen=True)
class Fact:
    """A condition. subject: the member or operand that it is of; of a relation the member beside which it stands.

    test: the condition; of a table or an operand how many elements it has, and so of one that is another, or apart
    from it. other: that one, and of counts of codes what these stand for. part: the elements that a fact is of; None:
    all of them. size: the member that has the bytes of an element; "": the operand's type says them.
    """

    kind: Kind
    subject: str
    test: ast.expr
    other: str = ""
    part: Part | None = None
    size: str = ""


@dataclass(frozen=True)
class Contract:
    """All facts of a kernel, numbers first: what is tested later may lean on what was tested before."""

    kernel: str
    facts: tuple[Fact, ...]
    total: bool

    def missing(self) -> tuple[str, ...]:
        """Pointers and operands of whose elements nothing is said, so that the facts are no proof."""
        said = {f.subject for f in self.facts if f.kind in ("table", "operand", "book")}
        said |= {f.other for f in self.facts if f.kind == "book"}
        pointers = (name for name, field in params_fields(self.kernel).items() if field.pointer)
        return tuple(name for name in (*pointers, *operands(self.kernel)) if name not in said)


def operands(kernel: str) -> tuple[str, ...]:
    """Names of the kernel's operands in the order of its parameters, those that it writes first."""
    return tuple(re.findall(r"\w+", part)[-1] for part in parameters(kernel)[:-1])


@cache
def contract(kernel: str) -> Contract:
    """What the kernel's header states."""
    fields, said = params_fields(kernel), member_comments(kernel)
    found = [fact for name, field in fields.items() for fact in _member(kernel, field, said.get(name, ""))]
    for clause in map(str.strip, params_comment(kernel).split(";")):
        found += [fact for fact in (_packed(kernel, clause) or _relation(kernel, "", clause),) if fact]
    found += _operands(kernel)
    total = operands_comment(kernel).startswith("Total. ")
    return Contract(kernel, tuple(sorted(found, key=lambda f: _ORDER.index(f.kind))), total)


def _member(kernel: str, field: Field, text: str) -> Iterator[Fact]:
    for clause in map(str.strip, text.split(";")):
        form = _of_pointer if field.pointer else _of_number
        some = list(_of_some(kernel, field, clause)) if field.pointer else []
        fact = None if some else next((f for part in _parts(clause) if (f := form(kernel, field, part))), None)
        fact = fact or (None if some else _relation(kernel, field.name, clause))
        yield from some if fact is None else (fact,)


def _parts(clause: str) -> Iterator[str]:
    """The clause, then what stands before or behind prose of it, the longest first."""
    yield clause
    cuts = list(re.finditer(r"[,:.] ", clause))
    yield from (clause[: m.start()] for m in reversed(cuts))
    yield from (clause[m.end() :] for m in cuts if m[0] == ": ")


def _of_number(kernel: str, field: Field, text: str) -> Fact | None:
    test = _range(kernel, text)
    return None if test is None else Fact("number", field.name, test)


def _of_pointer(kernel: str, field: Field, text: str) -> Fact | None:
    if m := re.fullmatch(r"(?:if ([^:]+): )?each (.+)", text):
        test = _range(kernel, m[2])
        if test is not None and m[1]:
            test = _expression(kernel, f"not ({m[1]}) or ({ast.unparse(test)})")
        return None if test is None else Fact("elements", field.name, test)
    if m := re.fullmatch(r"counts of (\w+)", text):
        assert params_fields(kernel)[m[1]].rom and field.rom, f"{kernel}.h: {text}"
        return Fact("book", field.name, ast.Constant(1), m[1])
    if m := re.fullmatch(r"as (\w+)", text):
        said = member_comments(kernel).get(m[1], "").split(";")[0]
        extent = next((e for part in _parts(said) if (e := _extent(kernel, part)) is not None), None)
    else:
        extent = _extent(kernel, text)
    return None if extent is None else Fact("table", field.name, extent)


def _of_some(kernel: str, field: Field, text: str) -> Iterator[Fact]:
    """Facts of some elements, or bytes, of a table."""
    m = re.fullmatch(r"each (byte )?(\d+)(?:\.\.(\d+))? of (\d+): (.+?)(?:, .*)?", text)
    test = _range(kernel, m[5]) if m else None
    if m and test is not None:
        for number in range(int(m[2]), int(m[3] or m[2]) + 1):
            yield Fact("elements", field.name, test, part=Part(number, int(m[4]), bool(m[1])))


def _range(kernel: str, text: str) -> ast.expr | None:
    """The condition on `it` that `A..B`, `>= A` or `A or B` is."""
    if m := re.fullmatch(r"(.+?)\.\.(.+)", text):
        return _expression(kernel, f"({m[1]}) <= {IT} and {IT} <= ({m[2]})")
    if re.fullmatch(r"-?\d+(?:, -?\d+)*,? or -?\d+", text):
        return _expression(kernel, " or ".join(f"{IT} == {n}" for n in re.findall(r"-?\d+", text)))
    if re.fullmatch(r"[<>]=? .+", text):
        return _expression(kernel, f"{IT} {text}")
    return None


def _extent(kernel: str, text: str) -> ast.expr | None:
    """The elements that `[A][B]` or `[A] if C, else [B]` are."""
    if m := re.fullmatch(rf"{_EXTENT} if ([^,]+), else {_EXTENT}", text):
        return _expression(kernel, f"({_product(m[1])}) if ({m[2]}) else ({_product(m[3])})")
    return _expression(kernel, _product(text)) if re.fullmatch(_EXTENT, text) else None


def _product(text: str) -> str:
    return " * ".join(f"({part})" for part in re.findall(r"\[([^\]]+)\]", text))


def _relation(kernel: str, subject: str, clause: str) -> Fact | None:
    for text in _parts(clause):
        condition = re.fullmatch(r"if ([^:]+): (.+)", text)
        test = _expression(kernel, f"not ({condition[1]}) or ({condition[2]})" if condition else text)
        if test is not None and any(isinstance(node, ast.Compare) for node in ast.walk(test)):
            subscripted = any(isinstance(node, ast.Subscript) for node in ast.walk(test))
            return Fact("elements" if subscripted else "relation", subject, test)
    return None


def _operands(kernel: str) -> Iterator[Fact]:
    names = operands(kernel)
    for m in re.finditer(r"(\w+) is apart from (\w+(?:, \w+)*(?: and \w+)?)", operands_comment(kernel)):
        yield from (Fact("aside", m[1], ast.Constant(1), other) for other in re.split(", | and ", m[2]))
    for m in re.finditer(rf"(\w+(?:, \w+)*): {_EXTENT}(?: of (\w+))?(?=[;,.]|$)", operands_comment(kernel)):
        extent = _extent(kernel, m[2])
        if extent is not None:
            yield from (Fact("operand", name, extent, size=m[3] or "") for name in m[1].split(", ") if name in names)
            for same in re.finditer(r"(\w+) is (\w+), or apart from it", operands_comment(kernel)):
                if {same[1], same[2]} <= set(m[1].split(", ")):
                    yield Fact("apart", same[1], extent, same[2])


def _packed(kernel: str, clause: str) -> Fact | None:
    """A table of params that are another kernel's, too, in which each packs it in its own way: `w: [A][B]`."""
    m = re.match(rf"(\w+): {_EXTENT}(?=[,.]|$)", clause)
    pointer = m is not None and m[1] in params_fields(kernel) and params_fields(kernel)[m[1]].pointer
    extent = _extent(kernel, m[2]) if m and pointer else None
    return Fact("table", m[1], extent) if m and extent is not None else None


def _expression(kernel: str, text: str) -> ast.expr | None:
    """The expression, if it is one of the members' names alone."""
    source = re.sub(r"(?<!/)/(?!/)", "//", text)
    try:
        found = ast.parse(source, mode="eval").body
    except SyntaxError:
        return None
    for node in ast.walk(found):
        if not isinstance(node, _ALLOWED):
            return None
        if isinstance(node, ast.Constant) and not isinstance(node.value, int):
            return None
    called = {id(node.func) for node in ast.walk(found) if isinstance(node, ast.Call)}
    for node in ast.walk(found):
        if isinstance(node, ast.Subscript):
            table = node.value.id if isinstance(node.value, ast.Name) else ""
            if table not in params_fields(kernel) or not isinstance(node.slice, ast.Constant):
                return None
            called.add(id(node.value))
    names = [node.id for node in ast.walk(found) if isinstance(node, ast.Name) and id(node) not in called]
    numbers = {name for name, f in params_fields(kernel).items() if not f.pointer and f.ctype != "float"}
    if not all(name == IT or name in numbers or _is_macro(name) for name in names):
        return None
    calls = [node for node in ast.walk(found) if isinstance(node, ast.Call)]
    known = (isinstance(c.func, ast.Name) and FUNCTIONS.get(c.func.id) == len(c.args) for c in calls)
    return found if all(known) else None


def _is_macro(name: str) -> bool:
    return name.startswith("LAPEL_") and define(name) >= 0
