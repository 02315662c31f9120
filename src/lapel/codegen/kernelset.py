"""Kernel sets: the kernels that a firmware has for models that come later as data, and their table in C.

Each kernel stands there with the check of its params that its header states (`runtime/contracts.py`): what passes it
keeps the kernel within its operands, tables and scratch.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lapel.errors import UnsupportedModel
from lapel.runtime.contracts import IT, Contract, Fact, contract, operands
from lapel.runtime.layout import Abi, layout
from lapel.runtime.source import Field, amalgamate, parameters, params_fields, read, without_guard
from lapel.targets import Target

BLOB_VERSION = 1
_SIZES = {
    "void": 1, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "int64_t": 8,
    "float": 4,
}  # fmt: skip
_OPERATORS: dict[type[ast.AST], str] = {
    ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.Eq: "==", ast.NotEq: "!=", ast.Add: "+", ast.Sub: "-",
    ast.And: " && ", ast.Or: " || ",
}  # fmt: skip


@dataclass(frozen=True)
class KernelSet:
    """Kernels of one core, sorted by name: a blob calls them by their number. name: in C."""

    name: str
    target: Target
    kernels: tuple[str, ...]

    @cached_property
    def number(self) -> int:
        """What blobs and firmware have to agree on: kernels, their params and packings, and the core's structs."""
        said = hashlib.sha256(f"{BLOB_VERSION} {abi(self.target)} {self.target.arena_align}".encode())
        for kernel in self.kernels:
            said.update(f"{kernel} {layout(kernel, abi(self.target))} {parameters(kernel)}".encode())
        return int.from_bytes(said.digest()[:4], "little")

    def number_of(self, kernel: str) -> int:
        """The kernel's place in the set. Raises UnsupportedModel, if it has none."""
        if kernel not in self.kernels:
            raise UnsupportedModel(f"the kernel set for {self.target.name}", [f"it lacks the kernel {kernel}"])
        return self.kernels.index(kernel)


def kernel_set(name: str, target: Target, kernels: Iterable[str]) -> KernelSet:
    """Of these kernels. Raises UnsupportedModel, which names those whose headers do not state all that checks need."""
    chosen = tuple(sorted(set(kernels)))
    problems = [problem for k in chosen if (problem := _lacking(contract(k)))]
    if problems:
        raise UnsupportedModel(f"a kernel set for {target.name}", problems)
    return KernelSet(name, target, chosen)


def _lacking(said: Contract) -> str:
    """Why a kernel's params cannot be checked; "" if they can."""
    if missing := said.missing():
        return f"{said.kernel}.h does not say how many elements {', '.join(missing)} have"
    return "" if said.total else f"{said.kernel}.h does not say that its facts are total: nobody has read it for that"


def runner(kernel: str) -> str:
    """The function of a set that calls a kernel with the operands of a step."""
    return f"run_{kernel}"


def abi(target: Target) -> Abi:
    """How the core's C lays structs out."""
    if target.index_bits == 16:
        return Abi(2, 2, 1)
    return Abi(8 if not target.compiler else 4, 4)


def kernels_source(kernels: KernelSet) -> str:
    """The .c file of a set: kernels, checks, and the table that has the set's name."""
    name, checks = kernels.name, without_guard(read("checks.h"))
    texts = "\n".join(_check_text(k) + _run_text(k) + _pointers_text(k, kernels) for k in kernels.kernels)
    rows = "".join(_row(k, kernels) for k in kernels.kernels)
    return (
        f"#define LAPEL_KERNEL static\n\n{amalgamate(kernels.kernels)}\n"
        f'#include "interpreter.h"\n#include "{name}.h"\n\n{checks}\n{texts}\n'
        f"static const LAPEL_ROM lapel_kernel_entry {name}_entries[] = {{\n{rows}}};\n\n"
        f"const lapel_kernel_set {name} = {{{kernels.number}u, {len(kernels.kernels)}, {kernels.target.arena_align}, "
        f"{name}_entries}};\n"
    )


def _pointers(kernel: str, core: Abi) -> tuple[list[int], list[int]]:
    """Offsets of the params that point into the blob, and of those that point into the arena."""
    fields, offsets = params_fields(kernel), layout(kernel, core).offsets
    tables = [offsets[n] for n, f in fields.items() if f.pointer and f.rom]
    return tables, [offsets[n] for n, f in fields.items() if f.pointer and not f.rom]


def _pointers_text(kernel: str, kernels: KernelSet) -> str:
    tables, places = _pointers(kernel, abi(kernels.target))
    found = ", ".join(map(str, [*tables, *places]))
    return f"static const LAPEL_ROM uint8_t pointers_{kernel}[] = {{{found}}};\n" if found else ""


def _row(kernel: str, kernels: KernelSet) -> str:
    core = abi(kernels.target)
    made, (tables, places) = layout(kernel, core), _pointers(kernel, core)
    pointers = f"pointers_{kernel}" if tables or places else "0"
    outputs = sum(not part.startswith("const ") for part in parameters(kernel)[:-1])
    numbers = (made.size, made.align, outputs, len(parameters(kernel)) - 1, len(tables), len(places))
    return f"    {{{runner(kernel)}, check_{kernel}, {pointers}, {', '.join(map(str, numbers))}}},\n"


def _run_text(kernel: str) -> str:
    types = [part[: part.index("*") + 1] for part in parameters(kernel)[:-1]]
    arguments = ", ".join(f"({ctype})(void *)operands[{k}]" for k, ctype in enumerate(types))
    room = f"sizeof(lapel_{kernel}_params) <= LAPEL_PARAMS_BYTES && {len(types)} <= LAPEL_OPERANDS"
    return (
        f"LAPEL_STATIC_ASSERT({room}, {kernel}_has_room);\n\n"
        f"static void {runner(kernel)}(uint8_t *const *operands, const LAPEL_ROM void *params)\n{{\n"
        f"    lapel_{kernel}({arguments}, (const LAPEL_ROM lapel_{kernel}_params *)params);\n}}\n\n"
    )


def _check_text(kernel: str) -> str:
    """The function that tests the facts of the kernel's header."""
    said = contract(kernel)
    used = {n.id for f in said.facts for n in ast.walk(f.test) if isinstance(n, ast.Name)}
    used |= {f.subject for f in said.facts if f.kind == "number"}
    fields = params_fields(kernel)
    scalars = [f for f in fields.values() if f.name in used and not f.pointer and f.length is None]
    lines = [f"    const {'float' if f.ctype == 'float' else 'int32_t'} {f.name} = {_value(f)};\n" for f in scalars]
    tests = " &&\n           ".join(_test(said, f) for f in said.facts if f.kind != "elements")
    looked = [f for f in said.facts if f.kind == "elements"]
    loops = "".join(map(_elements, [fields[t] for t in dict.fromkeys(map(_tables, looked))]))
    loops += "".join(_loop(said, f) for f in looked)
    return (
        f"static uint8_t check_{kernel}(const LAPEL_ROM void *params, lapel_bounds *bounds)\n{{\n"
        f"    const LAPEL_ROM lapel_{kernel}_params *const p = (const LAPEL_ROM lapel_{kernel}_params *)params;\n"
        f"{''.join(lines)}\n    if (!({tests})) {{\n        return 0;\n    }}\n{loops}    return 1;\n}}\n\n"
    )


def _tables(fact: Fact) -> str:
    """The table whose elements a fact is of."""
    named = [n.value.id for n in ast.walk(fact.test) if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name)]
    return named[0] if named else fact.subject


def _elements(field: Field) -> str:
    member, kind = ".".join((*field.within, field.name)), f"const LAPEL_ROM {field.ctype} *"
    return (
        f"    {kind}const lapel_elements_{field.name} =\n        ({kind})"
        f"(bounds->blob + ((uint32_t)(uintptr_t)p->{member} - bounds->slot));\n\n"
    )


def _loop(said: Contract, fact: Fact) -> str:
    """The test of a table's elements, which are there: all of them, or those that it names."""
    if any(isinstance(node, ast.Subscript) for node in ast.walk(fact.test)):
        return f"    if (!({_c(fact.test, '')})) {{\n        return 0;\n    }}\n"
    count = next(f.test for f in said.facts if f.kind == "table" and f.subject == fact.subject)
    return (
        f"    for (int32_t i = 0, n = {_c(count, '')}; i < n; i++) {{\n"
        f"        const int32_t it = lapel_elements_{fact.subject}[i];\n\n"
        f"        if (!({_c(fact.test, IT)})) {{\n            return 0;\n        }}\n    }}\n"
    )


def _value(field: Field) -> str:
    member = f"p->{'.'.join((*field.within, field.name))}"
    if field.ctype == "uint32_t":
        return f"lapel_known(bounds, {member} > (uint32_t)LAPEL_MOST ? INT32_MAX : (int32_t){member})"
    return f"lapel_known(bounds, {member})" if field.ctype in ("int32_t", "lapel_index") else member


def _test(said: Contract, fact: Fact) -> str:
    fields = params_fields(said.kernel)
    text = _c(fact.test, fact.subject)
    if fact.kind == "number" and (length := fields[fact.subject].length):
        member = f"p->{'.'.join((*fields[fact.subject].within, fact.subject))}"
        return " && ".join(f"({_c(fact.test, f'{member}[{k}]')})" for k in range(length))
    if fact.kind in ("number", "relation"):
        return f"({text})"
    if fact.kind == "operand":
        return (
            f"lapel_operand(bounds, {operands(said.kernel).index(fact.subject)}, {text}, {_bytes(said, fact.subject)})"
        )
    if fact.kind == "apart":
        one, other = (operands(said.kernel).index(name) for name in (fact.subject, fact.other))
        wide = max(_bytes(said, fact.subject), _bytes(said, fact.other))
        return f"lapel_apart(bounds, {one}, {other}, {_c(_product(fact.test, wide), '')})"
    field = fields[fact.subject]
    size = f"sizeof *p->{'.'.join((*field.within, field.name))}"
    kind = "table" if field.rom else "scratch"
    return f"lapel_{kind}(bounds, (uintptr_t)p->{'.'.join((*field.within, field.name))}, {text}, {size})"


def _bytes(said: Contract, operand: str) -> int:
    """Of an element of the operand."""
    part = parameters(said.kernel)[operands(said.kernel).index(operand)]
    return _SIZES[part.removeprefix("const ").split()[0]]


def _product(count: ast.expr, size: int) -> ast.expr:
    return count if size == 1 else ast.BinOp(count, ast.Mult(), ast.Constant(size))


def _c(node: ast.expr, it: str) -> str:
    """An expression in C, over int32."""
    match node:
        case ast.Name(id=name):
            return it if name == IT else name
        case ast.Constant(value=value):
            return str(value)
        case ast.BinOp(left=a, op=ast.Mult(), right=b):
            return f"lapel_times(bounds, {_c(a, it)}, {_c(b, it)})"
        case ast.BinOp(left=a, op=ast.FloorDiv(), right=b):
            return f"lapel_over({_c(a, it)}, {_c(b, it)})"
        case ast.BinOp(left=a, op=op, right=b):
            return f"({_c(a, it)} {_OPERATORS[type(op)]} {_c(b, it)})"
        case ast.UnaryOp(op=ast.USub(), operand=a):
            return f"(-{_c(a, it)})"
        case ast.UnaryOp(op=ast.Not(), operand=a):
            return f"!({_c(a, it)})"
        case ast.Compare(left=a, ops=ops, comparators=others):
            sides = [_c(side, it) for side in (a, *others)]
            pairs = zip(sides, ops, sides[1:], strict=False)
            return " && ".join(f"{x} {_OPERATORS[type(op)]} {y}" for x, op, y in pairs)
        case ast.BoolOp(op=op, values=values):
            return _OPERATORS[type(op)].join(f"({_c(v, it)})" for v in values)
        case ast.IfExp(test=test, body=a, orelse=b):
            return f"(({_c(test, it)}) ? {_c(a, it)} : {_c(b, it)})"
        case ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=value)):
            return f"lapel_elements_{table}[{value!r}]"
        case ast.Call(func=ast.Name(id="up"), args=[a, b]):
            return f"lapel_times(bounds, lapel_over({_c(a, it)} + {_c(b, it)} - 1, {_c(b, it)}), {_c(b, it)})"
        case ast.Call(func=ast.Name(id="all"), args=[ast.Name(id=counts)]):
            return f"lapel_all(bounds, p->{counts}, sizeof p->{counts} / sizeof *p->{counts})"
        case ast.Call(func=ast.Name(id="strided"), args=[ast.Name(id=counts), ast.Name(id=strides)]):
            return f"lapel_strided(bounds, p->{counts}, p->{strides}, sizeof p->{counts} / sizeof *p->{counts})"
        case ast.Call(func=ast.Name(id="walked"), args=[ast.Name(id=counts), ast.Name(id=jumps), a]):
            return f"lapel_walked(bounds, p->{counts}, p->{jumps}, {_c(a, it)})"
    raise AssertionError(ast.dump(node))
