"""A model as data in a firmware: the interpreter's files, those of a kernel set, and an adapter for the test bench.

The blob is an array of the adapter's for the tests, in a section of its own, so that it lies at the address that it may
be linked for; a product keeps it in a flash slot.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lapel.codegen.adapter import SOURCE, STREAM
from lapel.codegen.blob import ANYWHERE, Link, blob
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.interface import Port, ports
from lapel.codegen.kernelset import KernelSet, kernels_source
from lapel.planning import Plan
from lapel.planning.ports import PortKind
from lapel.runtime.source import read, without_guard

INTERPRETER = "lapel_interpreter"
"""The stem of its files."""
SECTION = ".lapel_blob"
ARENA = "adapter_bytes"
"""The adapter's arena."""
MODEL = "adapter_model"
"""The adapter's variable that is the model, which every caller has one of."""
Entry = Literal["invoke", "load"]
_CALLED = re.compile(r"^( *)entry->run\(.*\);$", re.M)
"""Where the interpreter has run a kernel, and a debugger looks at what that made."""


@dataclass(frozen=True, eq=False)
class Interpreted:
    """A blob and the C that runs it. sources: what a product compiles, by file name; adapters: by what they count."""

    blob: bytes
    sources: Mapping[str, str]
    adapters: Mapping[Entry, str]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def interpret(plan: Plan, kernels: KernelSet, link: Link = ANYWHERE, sample: bytes = b"") -> Interpreted:
    """The plan's blob, and a firmware of the interpreter and these kernels. Raises UnsupportedModel as `blob` does."""
    data = blob(plan, kernels, link, sample)
    inputs, outputs = ports(plan)
    entries: tuple[Entry, ...] = ("invoke", "load")
    image, align = BlobImage.of(data), max(plan.target.arena_align, 4)
    adapters = {entry: adapter_text(image, kernels.name, align, entry) for entry in entries}
    return Interpreted(data, interpreter_files(kernels), adapters, inputs, outputs)


def interpreter_files(kernels: KernelSet) -> dict[str, str]:
    """What a product compiles: interpreter and kernels, without any model."""
    header = f"{INTERPRETER}.h"
    own = read("interpreter.h").replace('#include "rom.h"\n', _bare("rom.h"))
    own = own.replace('#include "stream.h"\n', read("stream.h"))
    code = read("interpreter.c").replace('#include "interpreter.h"', f'#include "{header}"')
    for name in ("facts.h", "memory.h"):
        code = code.replace(f'#include "{name}"\n', _bare(name))
    source = kernels_source(kernels).replace('#include "interpreter.h"', f'#include "{header}"')
    return {header: own, f"{INTERPRETER}.c": code, f"{kernels.name}.c": source, f"{kernels.name}.h": _declared(kernels)}


def _bare(name: str) -> str:
    return f"{without_guard(read(name))}\n"


def _declared(kernels: KernelSet) -> str:
    guard = f"{kernels.name.upper()}_H"
    names = "".join(f" *   {k}\n" for k in kernels.kernels)
    return (
        f"/* Kernels for models that are data, for {kernels.target.core}:\n{names} */\n"
        f'#ifndef {guard}\n#define {guard}\n\n#include "{INTERPRETER}.h"\n\n'
        f"extern const LAPEL_ROM lapel_kernel_set {kernels.name};\n\n#endif\n"
    )


@dataclass(frozen=True)
class Watch:
    """What is handed over after a call of a kernel; call: its number, -1: before the first. step, tensor: of the plan,
    as the harness takes them; place: of the tensor in the arena."""

    call: int
    step: int
    tensor: int
    place: int
    bytes: int


def with_watches(interpreter: str) -> str:
    """The interpreter's source with a call of the adapter's behind each call of a kernel; "" if there is none."""
    found, count = _CALLED.subn(r"\g<0>\n\1adapter_ran();", interpreter)
    return f"void adapter_ran(void);\n\n{found}" if count else ""


def adapter_text(
    image: BlobImage, kernels: str, align: int, entry: Entry, watches: Sequence[Watch] | None = None
) -> str:
    """Text of `adapter.c` for a blob. kernels: name of the set; entry: what is counted.

    watches: for an interpreter `with_watches`.
    """
    data = image.data
    words = struct.unpack(f"<{-(-len(data) // 4)}I", data + bytes(-len(data) % 4))
    lines = [", ".join(f"{w}u" for w in words[i : i + 8]) for i in range(0, len(words), 8)]
    placed = [p for p in image.inputs if p.offset is not None]
    reads = "".join(f"    harness_read(adapter_bytes + {p.offset}, {p.type.bytes}u);\n" for p in placed)
    streamed = next((p for p in image.inputs if p.kind is PortKind.STREAM), None)
    writes = "".join(f"    harness_write(adapter_bytes + {p.offset}, {p.type.bytes}u);\n" for p in image.outputs)
    # An address of the compiler's own space: one in an address space of its own cannot have a section of its own.
    slot = "(const LAPEL_ROM void *)(uintptr_t)adapter_blob"
    load = f"lapel_load({slot}, {len(data)}u, adapter_bytes, {image.arena_bytes}u, &{kernels}, &{MODEL})"
    refused = f"harness_fault(HARNESS_FAULT_REFUSED, (uint32_t)adapter_status << 24 | {MODEL}.offset);"
    check = f"    adapter_status = {load};\n    if (adapter_status != LAPEL_OK) {{\n        {refused}\n    }}\n"
    attributes = f'__attribute__((aligned({align}), section("{SECTION}")))'
    invoke = f"lapel_invoke(&{MODEL})" if streamed is None else f"lapel_invoke_from(&{MODEL}, &stream)"
    counted = f"    adapter_status = {load};\n" if entry == "load" else f"    {invoke};\n"
    if streamed is not None:
        reads, writes = "    adapter_at = 0;\n", f"    adapter_skip({streamed.type.bytes}u);\n{writes}"
        counted = counted if entry == "load" else f"{SOURCE}{counted}"
    first = "" if watches is None else f"    adapter_call = 0;\n{_watched([w for w in watches if w.call < 0], 1)}"
    return (
        f'#include "harness.h"\n#include "{kernels}.h"\n\n'
        f"static uint8_t __attribute__((aligned({align}))) adapter_bytes[{max(image.arena_bytes, 1)}];\n"
        f"static lapel_model {MODEL};\nstatic volatile lapel_status adapter_status;\n"
        f"static const uint32_t {attributes} adapter_blob[] = {{\n    " + ",\n    ".join(lines) + "};\n\n"
        f"{'' if watches is None else _ran_text(watches)}"
        f"{'' if streamed is None else STREAM}"
        f"void adapter_reset(void)\n{{\n{check}}}\n\n"
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n\n"
        f"void adapter_invoke(void)\n{{\n{first}{counted}}}\n\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return adapter_bytes;\n}}\n\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {image.arena_bytes}u;\n}}\n"
    )


def _ran_text(watches: Sequence[Watch]) -> str:
    """What the interpreter calls behind each call of a kernel."""
    calls = sorted({w.call for w in watches if w.call >= 0})
    cases = "".join(
        f"    case {k}:\n{_watched([w for w in watches if w.call == k], 2)}        break;\n" for k in calls
    )
    return (
        "static uint16_t adapter_call;\n\nvoid adapter_ran(void)\n{\n"
        f"    switch (adapter_call++) {{\n{cases}    default:\n        break;\n    }}\n}}\n\n"
    )


def _watched(watches: Sequence[Watch], depth: int) -> str:
    return "".join(
        f"{'    ' * depth}harness_trace({w.step}u, {w.tensor}u, adapter_bytes + {w.place}, {w.bytes}u);\n"
        for w in watches
    )
