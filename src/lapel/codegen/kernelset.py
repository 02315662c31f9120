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
from lapel.runtime.source import Field, amalgamate, parameters, params_fields, read, without_guard
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
    texts = "\n".join(facts_text(k, compiled(k, core)) + _run_text(k, kernels.target) for k in kernels.kernels)
    rows = "".join(_row(k, core) for k in kernels.kernels)
    return (
        f'#define LAPEL_KERNEL static\n\n#include "interpreter.h"\n#include "{name}.h"\n\n'
        f"{amalgamate(kernels.kernels)}\n{without_guard(read('operand.h'))}\n{texts}\n"
        f"static const LAPEL_ROM lapel_kernel_entry {name}_entries[{len(kernels.kernels)}] = {{\n{rows}}};\n\n"
        f"const LAPEL_ROM lapel_kernel_set {name} = {{{kernels.number}u, {len(kernels.kernels)}, "
        f"{kernels.target.arena_align}, {name}_entries}};\n"
    )


def _row(kernel: str, core: Abi) -> str:
    made, parts = layout(kernel, core), parameters(kernel)[:-1]
    outputs = sum(not part.startswith("const ") for part in parts)
    stream = next((k for k, part in enumerate(parts, 1) if "lapel_stream" in part), 0)
    numbers = (made.size, made.align, outputs, len(parts), stream)
    return f"    {{{runner(kernel)}, {FACTS}{kernel}, {', '.join(map(str, numbers))}}},\n"


def facts_text(kernel: str, program: bytes) -> str:
    """The array of a kernel's facts, for the interpreter to look at."""
    lines = "".join(f"    {', '.join(map(str, program[k : k + 24]))},\n" for k in range(0, len(program), 24))
    return f"static const LAPEL_ROM uint8_t {FACTS}{kernel}[] = {{\n{lines}}};\n\n"


def _run_text(kernel: str, target: Target) -> str:
    """What calls the kernel, where params have to be moved with a copy of them that has the addresses."""
    types = [part[: part.index("*") + 1] for part in parameters(kernel)[:-1]]
    arguments = ", ".join(f"({ctype})lapel_operand(model, places[{k}])" for k, ctype in enumerate(types))
    ctype = f"lapel_{kernel}_params"
    given = f"(const LAPEL_ROM {ctype} *)params"
    heading = "(const lapel_model *model, const LAPEL_ROM uint32_t *places, const LAPEL_ROM void *params)"
    call = f"    lapel_{kernel}({arguments}, {given});\n"
    pointers = [f for f in params_fields(kernel).values() if f.pointer]
    if target.rom == "separate" or not pointers:
        return f"static void {runner(kernel)}{heading}\n{{\n{call}}}\n\n"
    moved = "".join(_moved(f) for f in pointers)
    # Before the copy, which then finds registers that are free.
    found = "".join(f"    {t}const at{k} = ({t})lapel_operand(model, places[{k}]);\n" for k, t in enumerate(types))
    given_at = ", ".join(f"at{k}" for k in range(len(types)))
    bases = (
        "    const uintptr_t blob = (uintptr_t)model->blob - model->blob->slot;\n"
        if any(f.rom for f in pointers)
        else ""
    )
    offsets = "model->blob->slot == 0" + ("" if all(f.rom for f in pointers) else " || model->blob->arena == 0")
    # Three functions: what decides has no frame, and the copy is in none of params that are used where they lie.
    return (
        f"LAPEL_NOINLINE void move_{kernel}{heading}\n{{\n{found}{bases}    {ctype} copy = *{given};\n\n{moved}"
        f"    lapel_{kernel}({given_at}, &copy);\n}}\n\n"
        f"LAPEL_NOINLINE void call_{kernel}{heading}\n{{\n{call}}}\n\n"
        f"static void {runner(kernel)}{heading}\n{{\n    if ({offsets}) {{\n"
        f"        move_{kernel}(model, places, params);\n    }} else {{\n"
        f"        call_{kernel}(model, places, params);\n    }}\n}}\n\n"
    )


def _moved(pointer: Field) -> str:
    """An address in place of an offset: in the blob, or in the arena."""
    member = ".".join(["copy", *pointer.within, pointer.name])
    base = "blob" if pointer.rom else "(uintptr_t)model->arena"
    return f"    {member} = ({'const ' if pointer.const else ''}void *)((uintptr_t){member} + {base});\n"
