"""`compiled`: what a kernel's header states of its params, as the program that the interpreter runs to look at them.

`runtime/interpreter/facts.h` says what each operation does. A program has no loops but those over elements of tables,
so it ends; numbers that it reckons with are members, and sums and products of them: elements are compared alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache

from lapel.runtime.contracts import IT, Contract, Fact, contract, operands
from lapel.runtime.layout import Abi, layout
from lapel.runtime.source import Field, define, parameters, params_fields, read

BYTES = {
    "void": 1, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "int64_t": 8,
    "uint64_t": 8, "float": 4, "lapel_stream": 1, "lapel_convsparse_weight": 4,
}  # fmt: skip
"""Of an element of an operand or a table, by its type in C."""
_LARGEST_FLOAT = 0x7F800000
"""The bits of infinity: floats above 0 are the numbers from 1 to here."""
_BINARY: Mapping[type[ast.AST], str] = {ast.Add: "ADD", ast.Sub: "SUB", ast.Mult: "TIMES", ast.FloorDiv: "OVER"}
_COMPARED: Mapping[type[ast.AST], tuple[str, bool]] = {
    ast.LtE: ("LE", False), ast.GtE: ("LE", True), ast.Lt: ("LT", False), ast.Gt: ("LT", True), ast.Eq: ("EQ", False),
    ast.NotEq: ("EQ", False),
}  # fmt: skip
"""Operations, and whether their sides change places."""


@cache
def _codes() -> Mapping[str, int]:
    """The operations by name, as the interpreter has them."""
    found = re.findall(r"^#define LAPEL_FACT_(\w+) (\d+)\b", read("facts.h"), re.M)
    return {name: int(code) for name, code in found}


def _operation(name: str, *given: int) -> bytes:
    return bytes([_codes()[name], *(g & 0xFF for g in given)])


def compiled(kernel: str, core: Abi, without: Callable[[Fact], bool] = lambda fact: False) -> bytes:
    """The program, which ends with PROVEN. without: facts that are left out, for a test of the tests."""
    said = contract(kernel)
    code = [_Compiler(said, core).fact(fact) for fact in said.facts if not without(fact)]
    assert max(map(_depth, code), default=0) <= define("LAPEL_FACTS_DEPTH"), f"{kernel}.h: an expression too deep"
    return b"".join(code) + _operation("PROVEN")


_GIVEN = {
    "BYTE": 1, "WORD": 4, "OR": 1, "AND": 1, "IF": 1, "SKIP": 1, "LEAST": 1, "WITHIN": 2, "OPERAND": 2, "APART": 2,
    "TABLE": 2, "SCRATCH": 2, "ELEMENT": 3, "EACH": 4, "BITS": 1, "PLACE": 1, "START": 1, "BOOK": 2,
}  # fmt: skip
"""Bytes behind an operation, where there are any; behind a type: 1."""
_PUSHED = dict.fromkeys(("BYTE", "WORD", "BITS", "COPY", "ELEMENT", "PLACE", "START"), 1) | {
    "NOT": 0, "BOOK": 0, "EACH": -3
}  # fmt: skip
"""What is more on the stack; by a type as well, and by any other operation one less."""


def _depth(code: bytes) -> int:
    """Numbers on the stack at most."""
    names = {number: name for name, number in _codes().items()}
    at = depth = most = 0
    while at < len(code):
        name = names[code[at]]
        typed = "INT" in name
        depth += 1 if typed else _PUSHED.get(name, -1)
        most = max(most, depth)
        at += 1 + (1 if typed else _GIVEN.get(name, 0))
    return most


class _Compiler:
    """Of one kernel's facts. it: what pushes the number that `it` is, in a fact of numbers or elements."""

    def __init__(self, said: Contract, core: Abi) -> None:
        self.said, self.core = said, core
        self.fields, self.offsets = params_fields(said.kernel), layout(said.kernel, core).offsets
        self.it = b""

    def fact(self, fact: Fact) -> bytes:
        """What ends the program where the fact is not so."""
        match fact.kind:
            case "number":
                return self._numbers(fact)
            case "relation":
                return self._proven(fact.test)
            case "operand":
                place = operands(self.said.kernel).index(fact.subject)
                if fact.size:
                    return self._of_sizes(fact, place)
                return self.number(fact.test) + _operation("OPERAND", place, self._operand_bytes(fact.subject))
            case "apart":
                one, other = fact.subject, fact.other
                size = max(self._operand_bytes(one), self._operand_bytes(other))
                bytes_of = self.number(fact.test if size == 1 else ast.BinOp(fact.test, ast.Mult(), ast.Constant(size)))
                places = operands(self.said.kernel)
                return bytes_of + _operation("APART", places.index(one), places.index(other))
            case "aside":
                return self._aside(fact.subject, fact.other)
            case "book":
                return _operation("BOOK", self.offsets[fact.subject], self.offsets[fact.other])
            case "table":
                field = self.fields[fact.subject]
                kind = "TABLE" if field.rom else "SCRATCH"
                return self.number(fact.test) + _operation(kind, self.offsets[field.name], self._bytes(field))
        return self._elements(fact)

    def _aside(self, one: str, other: str) -> bytes:
        """Either ends before the other one starts."""
        before = self._end(one) + self._start(other) + _operation("LE")
        behind = self._end(other) + self._start(one) + _operation("LE")
        return _joined("OR", [before, behind]) + _operation("TRUE")

    def _start(self, name: str) -> bytes:
        """Where scratch or an operand lies in the arena."""
        if name in self.fields:
            return _operation("PLACE", self.offsets[name])
        return _operation("START", operands(self.said.kernel).index(name))

    def _end(self, name: str) -> bytes:
        count = next(f.test for f in self.said.facts if f.kind in ("table", "operand") and f.subject == name)
        size = self._bytes(self.fields[name]) if name in self.fields else self._operand_bytes(name)
        return self._start(name) + self.number(count) + _constant(size) + _operation("TIMES") + _operation("ADD")

    def _of_sizes(self, fact: Fact, place: int) -> bytes:
        """An operand whose elements have as many bytes as a member says, which is one of a few numbers."""
        said = next(f.test for f in self.said.facts if f.kind == "number" and f.subject == fact.size)
        *sizes, last = sorted(int(n) for n in re.findall(rf"{IT} == (\d+)", ast.unparse(said)))
        found = self.number(fact.test) + _operation("OPERAND", place, last)
        for size in reversed(sizes):
            one = self.number(fact.test) + _operation("OPERAND", place, size) + _operation("SKIP", _distance(found))
            test = ast.Compare(ast.Name(fact.size), [ast.Eq()], [ast.Constant(size)])
            found = self.number(test) + _operation("IF", _distance(one)) + one + found
        return found

    def _operand_bytes(self, name: str) -> int:
        place = operands(self.said.kernel).index(name)
        return BYTES[parameters(self.said.kernel)[place].removeprefix("const ").split()[0]]

    def _bytes(self, field: Field) -> int:
        return self.core.index_bytes if field.ctype == "lapel_index" else BYTES[field.ctype]

    def _type(self, field: Field) -> str:
        return f"INT{8 * self.core.index_bytes}" if field.ctype == "lapel_index" else field.ctype[:-2].upper()

    def _numbers(self, fact: Fact) -> bytes:
        field = self.fields[fact.subject]
        if field.ctype == "float":
            assert ast.unparse(fact.test) == f"{IT} > 0", "of floats nothing else is known"
            self.it = _operation("BITS", self.offsets[field.name])
            return self._proven(ast.parse(f"1 <= {IT} and {IT} <= {_LARGEST_FLOAT}", mode="eval").body)
        found = b""
        for k in range(field.length or 1):
            # Multipliers and the like are no sizes: they may be beyond what is reckoned with.
            wide = field.ctype == "int32_t"
            self.it = _operation("BITS", self.offsets[field.name] + 4 * k) if wide else self._member(field, k)
            found += self._proven(fact.test)
        return found

    def _member(self, field: Field, k: int = 0) -> bytes:
        """What pushes a member, or an element of one that is an array."""
        return _operation(self._type(field), self.offsets[field.name] + k * self._bytes(field))

    def _elements(self, fact: Fact) -> bytes:
        if any(isinstance(node, ast.Subscript) for node in ast.walk(fact.test)):
            return self._proven(fact.test)
        field = self.fields[fact.subject]
        count = next(f.test for f in self.said.facts if f.kind == "table" and f.subject == fact.subject)
        condition, least, most = _limits(fact.test)
        kind, first, step, many = self._type(field), 0, self._bytes(field), self.number(count)
        if part := fact.part:
            kind, size = ("INT8", 1) if part.bytes else (kind, step)
            first, step, every = part.number * size, part.of * size, part.of * size // self._bytes(field)
            assert every * self._bytes(field) == step, "groups are of whole elements"
            many += _constant(every) + _operation("OVER")
        code = many + self._reckoned(least) + self._reckoned(most)
        code += _operation("EACH", self.offsets[field.name], _codes()[kind], first, step)
        return code if condition is None else self.number(condition) + _operation("IF", _distance(code)) + code

    def _proven(self, test: ast.expr) -> bytes:
        """What ends the program if a condition is not so: an `and` part by part, bounds in one operation."""
        if bounds := _bounds(test):
            least, most = bounds
            return self.it + (_operation("LEAST", least) if most is None else _operation("WITHIN", least, most))
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return b"".join(map(self._proven, test.values))
        return self.number(test) + _operation("TRUE")

    def number(self, node: ast.expr) -> bytes:
        """What leaves an expression's value on the stack."""
        match node:
            case ast.Name(id=name):
                return self.it if name == IT else self._named(name)
            case ast.Constant(value=int(value)):
                return _constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
                return _constant(-value)
            case ast.UnaryOp(op=ast.USub(), operand=a):
                return _constant(0) + self._reckoned(a) + _operation("SUB")
            case ast.UnaryOp(op=ast.Not(), operand=a):
                return self.number(a) + _operation("NOT")
            case ast.BinOp(left=a, op=op, right=b):
                return self._reckoned(a) + self._reckoned(b) + _operation(_BINARY[type(op)])
            case ast.Compare(left=a, ops=ops, comparators=others):
                sides = [a, *others]
                pairs = [self._compared(x, op, y) for x, op, y in zip(sides, ops, others, strict=False)]
                return _joined("AND", pairs)
            case ast.BoolOp(op=op, values=values):
                return _joined("AND" if isinstance(op, ast.And) else "OR", list(map(self.number, values)))
            case ast.IfExp(test=test, body=a, orelse=b):
                other = self.number(b)
                one = self.number(a) + _operation("SKIP", _distance(other))
                return self.number(test) + _operation("IF", _distance(one)) + one + other
            case ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=int(k))):
                field = self.fields[table]
                return _operation("ELEMENT", self.offsets[table], _codes()[self._type(field)], k)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments)
        raise AssertionError(ast.dump(node))

    def _named(self, name: str) -> bytes:
        return _constant(define(name)) if name not in self.fields else self._member(self.fields[name])

    def _reckoned(self, node: ast.expr) -> bytes:
        """A side of a sum or a product, which is no element: those can be any number."""
        inside = list(ast.walk(node))
        assert not any(isinstance(n, ast.Subscript) or (isinstance(n, ast.Name) and n.id == IT) for n in inside)
        return self.number(node)

    def _compared(self, a: ast.expr, op: ast.cmpop, b: ast.expr) -> bytes:
        operation, turned = _COMPARED[type(op)]
        one, other = (b, a) if turned else (a, b)
        found = self.number(one) + self.number(other) + _operation(operation)
        return found + _operation("NOT") if isinstance(op, ast.NotEq) else found

    def _called(self, name: str, arguments: list[ast.expr]) -> bytes:
        """The functions of contracts, written out."""
        arrays = [self._array(a.id) for a in arguments if isinstance(a, ast.Name) and self._is_array(a.id)]
        match name:
            case "up":
                one, other = map(self._reckoned, arguments)
                return one + other + _operation("ADD") + _constant(1) + _operation("SUB") + other + _operation(
                    "OVER"
                ) + other + _operation("TIMES")  # fmt: skip
            case "all":
                (counts,) = arrays
                return counts[0] + b"".join(c + _operation("TIMES") for c in counts[1:])
            case "strided":
                return _constant(1) + b"".join(_stepped(s, c) + _operation("ADD") for c, s in zip(*arrays, strict=True))
            case "forward" | "back":
                found = _constant(0)
                for count, stride in zip(*arrays, strict=True):
                    found += stride + count + _constant(1) + _operation("SUB") + _operation("TIMES")
                    found += _one_way(back=name == "back") + _operation("SUB" if name == "back" else "ADD")
                return found
            case "walked":
                found = _constant(0)
                for count, jump in zip(*arrays, strict=True):
                    found += _operation("COPY") + jump + _operation("ADD")
                    found += _stepped(b"", count) + _operation("ADD")
                return found + self._reckoned(arguments[2]) + _operation("ADD")
        raise AssertionError(name)

    def _is_array(self, name: str) -> bool:
        return name in self.fields and self.fields[name].length is not None

    def _array(self, name: str) -> list[bytes]:
        field = self.fields[name]
        return [self._member(field, k) for k in range(field.length or 1)]


def _stepped(step: bytes, count: bytes) -> bytes:
    """From the first to the last of `count` steps, each of which goes forward; "": the step is on the stack."""
    forward = _operation("COPY") + _operation("LEAST", 0)
    return step + forward + count + _constant(1) + _operation("SUB") + _operation("TIMES")


def _one_way(*, back: bool) -> bytes:
    """A distance that is on the stack, or 0 where it goes the other way."""
    none = _constant(0) + _operation("TIMES")
    test = _operation("COPY") + _constant(0) + _operation("LT") + (_operation("NOT") if back else b"")
    return test + _operation("IF", _distance(none)) + none


def _joined(operation: str, parts: list[bytes]) -> bytes:
    """Parts with `and` or `or` between: those behind the one that decides are not reckoned."""
    *before, found = parts
    for part in reversed(before):
        found = part + _operation(operation, _distance(found)) + found
    return found


def _distance(code: bytes) -> int:
    assert len(code) < 256, "what is jumped over is counted in a byte"
    return len(code)


def _constant(value: int) -> bytes:
    if -128 <= value <= 127:
        return _operation("BYTE", value)
    return _operation("WORD", *(value >> shift for shift in (0, 8, 16, 24)))


def _limits(test: ast.expr) -> tuple[ast.expr | None, ast.expr, ast.expr]:
    """Of a fact of elements: its condition, and the least and the greatest number that an element may be."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=[ast.UnaryOp(op=ast.Not(), operand=condition), other]):
            return (condition, *_limits(other)[1:])
        case ast.BoolOp(op=ast.And(), values=[ast.Compare(left=least), ast.Compare(comparators=[most])]):
            return None, least, most
        case ast.Compare(left=ast.Name(), ops=[op], comparators=[end]):
            one = ast.Constant(1)
            least = {ast.GtE: end, ast.Gt: ast.BinOp(end, ast.Add(), one)}.get(type(op), ast.Constant(-(2**31)))
            most = {ast.LtE: end, ast.Lt: ast.BinOp(end, ast.Sub(), one)}.get(type(op), ast.Constant(2**31 - 1))
            return None, least, most
    raise AssertionError(f"elements are between two numbers, not: {ast.unparse(test)}")


def _bounds(test: ast.expr) -> tuple[int, int | None] | None:
    """What `it` is between in a condition such as `0 <= it and it <= 5`, `it == 0 or it == 1` or `it >= 1`."""
    text = ast.unparse(test)
    if m := re.fullmatch(rf"(-?\d+) <= {IT} and {IT} <= (-?\d+)", text):
        least, most = int(m[1]), int(m[2])
    elif m := re.fullmatch(rf"{IT} == (-?\d+) or {IT} == (-?\d+)", text):
        least, most = int(m[1]), int(m[2])
        if most != least + 1:
            return None
    elif m := re.fullmatch(rf"{IT} >= (-?\d+)", text):
        return (int(m[1]), None) if _fits(int(m[1])) else None
    else:
        return None
    return (least, most) if _fits(least) and _fits(most) else None


def _fits(value: int) -> bool:
    return -128 <= value <= 127
