"""Blobs with a few wrong numbers: in the header, a step, an operand, a port or a kernel's params, where they hurt."""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from lapel.codegen.blob import HEADER, PORT, STATE, STEP
from lapel.codegen.kernelset import KernelSet, abi
from lapel.runtime.layout import layout
from lapel.runtime.source import params_fields

Place = tuple[int, str]
"""Where a number is, and its code for `struct`."""
TABLE_BYTES = 6
"""Of tables of bytes, the first ones."""
STEPS, OPERANDS, PORTS, STATES = 32, 36, 40, 44
"""Offsets of the header's tables."""
_FAR = (
    0, 1, -1, 2, 3, 7, 16, 127, 128, 255, 256, -128, 32767, -32768, 65535, 1 << 16, 1 << 24, (1 << 31) - 1, -(1 << 31),
)  # fmt: skip


@cache
def places(blob: bytes, kernels: KernelSet) -> list[Place]:
    """All numbers that the interpreter or a kernel goes by."""
    words = {name: struct.unpack_from("<I", blob, name)[0] for name in (STEPS, OPERANDS, PORTS, STATES)}
    steps, operands, inputs, outputs, states = struct.unpack_from("<5H", blob, 56)
    found: list[Place] = [(at, "I") for at in range(12, 56, 4)] + [(at, "H") for at in range(56, 68, 2)]
    core = abi(kernels.target)
    for k in range(steps):
        at = words[STEPS] + k * STEP.size
        kernel, _, params = STEP.unpack_from(blob, at)
        found += [(at, "H"), (at + 2, "H"), (at + 4, "I")]
        fields, offsets = params_fields(kernels.kernels[kernel]), layout(kernels.kernels[kernel], core).offsets
        for name, field in fields.items():
            code, one = core.code(field), struct.calcsize(core.code(field))
            found += [(params + offsets[name] + i * one, code) for i in range(field.length or 1)] * 3
            if field.rom and field.ctype == "uint8_t":  # of codes, some say how others are read
                table = struct.unpack_from(f"<{code}", blob, params + offsets[name])[0]
                found += [(table + i, "B") for i in range(TABLE_BYTES)]
    found += [(words[OPERANDS] + 4 * k, "I") for k in range(operands)]
    found += [(words[PORTS] + k * PORT.size + i, "I") for k in range(inputs + outputs) for i in (0, 4, 8, 12)]
    found += [(words[STATES] + k * STATE.size + i, "I") for k in range(states) for i in (0, 4, 8)]
    return found


def mutate(blob: bytes, kernels: KernelSet, rng: np.random.Generator) -> bytes:
    """One to three numbers changed: a little, to a bound, or to that of another place."""
    found, data = places(blob, kernels), bytearray(blob)
    for _ in range(int(rng.integers(1, 4))):
        at, code = found[int(rng.integers(len(found)))]
        size = struct.calcsize(code)
        if at + size > len(data):
            continue
        old = int.from_bytes(data[at : at + size], "little")
        other = found[int(rng.integers(len(found)))]
        changes = (old + int(rng.integers(-4, 5)), int(rng.choice(_FAR)), old * 2, _number(blob, other))
        new = changes[int(rng.integers(4))]
        data[at : at + size] = (new % (1 << 8 * size)).to_bytes(size, "little")
    return bytes(data)


def _number(blob: bytes, place: Place) -> int:
    at, code = place
    return int.from_bytes(blob[at : at + struct.calcsize(code)], "little")


assert HEADER.size == 104
