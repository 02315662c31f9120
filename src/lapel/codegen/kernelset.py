"""Kernel sets: the kernels that a firmware has for models that come later as data, and their table in C.

Each kernel stands there with the facts of its params that its header states (`runtime/contracts.py`): while these are
so it keeps within its operands, tables and scratch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lapel.codegen.facts import compiled
from lapel.errors import UnsupportedModel
from lapel.runtime.contracts import Contract, contract
from lapel.runtime.layout import Abi, layout
from lapel.runtime.source import amalgamate, parameters, params_fields
from lapel.targets import Target

BLOB_VERSION = 2
FACTS = "facts_"
"""Before the kernel's name: the array of what is checked of its params."""


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
    name = kernels.name
    core = abi(kernels.target)
    texts = "\n".join(
        facts_text(k, compiled(k, core)) + _run_text(k, kernels) + _pointers_text(k, core) for k in kernels.kernels
    )
    rows = "".join(_row(k, kernels) for k in kernels.kernels)
    entries = f"static const LAPEL_ROM lapel_kernel_entry {name}_entries[{len(kernels.kernels)}]"
    # What is in an address space of its own cannot be declared before it is defined, and there nothing needs that.
    declared = "" if kernels.target.rom == "separate" else f"{entries};\n\n"
    return (
        f'#define LAPEL_KERNEL static\n\n#include "interpreter.h"\n#include "{name}.h"\n\n'
        f"{amalgamate(kernels.kernels)}\n{declared}{texts}\n"
        f"{entries} = {{\n{rows}}};\n\n"
        f"const LAPEL_ROM lapel_kernel_set {name} = {{{kernels.number}u, {len(kernels.kernels)}, "
        f"{kernels.target.arena_align}, {name}_entries}};\n"
    )


def _pointers(kernel: str, core: Abi) -> tuple[list[int], list[int]]:
    """Offsets of the params that point into the blob, and of those that point into the arena."""
    fields, offsets = params_fields(kernel), layout(kernel, core).offsets
    tables = [offsets[n] for n, f in fields.items() if f.pointer and f.rom]
    return tables, [offsets[n] for n, f in fields.items() if f.pointer and not f.rom]


def _pointers_text(kernel: str, core: Abi) -> str:
    tables, places = _pointers(kernel, core)
    found = ", ".join(map(str, [*tables, *places]))
    return f"static const LAPEL_ROM uint8_t pointers_{kernel}[] = {{{found}}};\n" if found else ""


def _row(kernel: str, kernels: KernelSet) -> str:
    core = abi(kernels.target)
    made, (tables, places) = layout(kernel, core), _pointers(kernel, core)
    pointers = f"pointers_{kernel}" if tables or places else "0"
    outputs = sum(not part.startswith("const ") for part in parameters(kernel)[:-1])
    parts = parameters(kernel)[:-1]
    stream = next((k for k, part in enumerate(parts, 1) if "lapel_stream" in part), 0)
    numbers = (made.size, made.align, outputs, len(parts), len(tables), len(places), stream)
    return f"    {{{runner(kernel)}, {FACTS}{kernel}, {pointers}, {', '.join(map(str, numbers))}}},\n"


def facts_text(kernel: str, program: bytes) -> str:
    """The array of a kernel's facts, for the interpreter to look at."""
    lines = "".join(f"    {', '.join(map(str, program[k : k + 24]))},\n" for k in range(0, len(program), 24))
    return f"static const LAPEL_ROM uint8_t {FACTS}{kernel}[] = {{\n{lines}}};\n\n"


def _run_text(kernel: str, kernels: KernelSet) -> str:
    """What calls the kernel, where params have to be moved with a copy of them, which is then no larger than they."""
    types = [part[: part.index("*") + 1] for part in parameters(kernel)[:-1]]
    arguments = ", ".join(f"({ctype})(void *)lapel_address(model, places[{k}])" for k, ctype in enumerate(types))
    ctype = f"lapel_{kernel}_params"
    heading = "(const lapel_model *model, const LAPEL_ROM uint32_t *places, const LAPEL_ROM void *params)"
    call = f"    lapel_{kernel}({arguments}, (const LAPEL_ROM {ctype} *)params);\n"
    tables, places = _pointers(kernel, abi(kernels.target))
    if kernels.target.rom == "separate" or not (tables or places):
        return f"static void {runner(kernel)}{heading}\n{{\n{call}}}\n\n"
    entry = f"&{kernels.name}_entries[{kernels.number_of(kernel)}]"
    return (
        f"LAPEL_NOINLINE void move_{kernel}{heading}\n{{\n    {ctype} copy;\n\n"
        f"    lapel_relocate(model, {entry}, params, &copy);\n    lapel_{kernel}({arguments}, &copy);\n}}\n\n"
        f"static void {runner(kernel)}{heading}\n{{\n    if (lapel_is_moved(model, {len(places)})) {{\n"
        f"        move_{kernel}(model, places, params);\n        return;\n    }}\n{call}}}\n\n"
    )
