"""What is in the flash of a linked firmware, by layer and kind: the sizes of its objects and functions, by their names.

Params that the compiler made part of the code are no objects, and count as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lapel.codegen.inlined import SUFFIX
from lapel.codegen.kernelset import FACTS
from lapel.codegen.source import function_name, params_name
from lapel.planning.labels import labels
from lapel.proving.firmware import Compiled
from lapel.records import FlashPart
from lapel.runtime.roles import decoders, decodes, role
from lapel.runtime.source import params_fields, read
from lapel.simulate import Firmware


def flash_parts(c: Compiled) -> tuple[FlashPart, ...]:
    """All parts; they add up to the firmware's flash."""
    found: dict[tuple[str, str], int] = {}
    for layer, kind, name in _constants(c):
        if name in c.firmware.image.objects:
            found[layer, kind] = found.get((layer, kind), 0) + c.firmware.image.objects[name]
    other = c.firmware.flash_data_bytes - sum(found.values())
    decoder = _decoder_bytes(c)
    found |= {("", "other"): other, ("", "decoder"): decoder, ("", "code"): c.firmware.flash_code_bytes - decoder}
    return tuple(FlashPart(layer, kind, size) for (layer, kind), size in found.items() if size)


def interpreter_parts(firmware: Firmware, blob_bytes: int) -> tuple[FlashPart, ...]:
    """What is in the flash of a firmware that runs a blob, and the blob: all parts add up to both together.

    The interpreter's functions are known by its sources, and what is checked of params by its arrays' names; what is
    left runs kernels.
    """
    own = _defined("interpreter.c") | _defined("facts.h")
    code = sum(size for _, size, name in firmware.image.functions if name.split(".", 1)[0] in own)
    checks = sum(size for name, size in firmware.image.objects.items() if name.startswith(FACTS))
    kernels, tables = firmware.flash_code_bytes - code, firmware.flash_data_bytes - checks
    found = {"interpreter": code, "checks": checks, "kernels": kernels, "tables": tables, "blob": blob_bytes}
    return tuple(FlashPart("", kind, size) for kind, size in found.items() if size)


@cache
def _defined(name: str) -> frozenset[str]:
    """Functions that a file of the runtime defines."""
    return frozenset(re.findall(r"^(?:\w[\w ]*[ *])(lapel_\w+)\(", read(name), re.M))


def _constants(c: Compiled) -> Iterator[tuple[str, str, str]]:
    """(layer, kind, symbol) of what the generated source may define."""
    prefix, names = c.code.prefix, labels(c.plan.graph)
    for step in c.plan.steps:
        layer = names[step.node.outputs[0]]
        for k, call in enumerate(step.calls):
            params = params_name(prefix, step, k)
            yield layer, role(""), params
            for field in params_fields(call.kernel).values():
                if field.rom:
                    yield layer, role(field.name), f"{params}_{field.name}"
    for name in c.firmware.image.objects:
        if name.startswith(f"{prefix}_operand_"):
            yield "", "tables", name


def _decoder_bytes(c: Compiled) -> int:
    """Functions of the folder of decoders, and steps that such a kernel is compiled into."""
    own = {
        function_name(c.code.prefix, step, k)
        for step in c.plan.steps
        for k, call in enumerate(step.calls)
        if call.inline and decodes(call.kernel)
    }
    wanted = {*own, *decoders(), *(f"{name}{SUFFIX}" for name in decoders())}
    # A compiler's copies of a function have its name and a dotted suffix.
    return sum(size for _, size, name in c.firmware.image.functions if name.split(".", 1)[0] in wanted)
