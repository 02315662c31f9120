"""`blob`: a plan as data, which the interpreter (`runtime/interpreter`) runs where it lies: docs/SPEC.md, "Blobs"."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lapel.codegen.interface import Port, ports
from lapel.codegen.kernelset import BLOB_VERSION, KernelSet, abi
from lapel.errors import UnsupportedModel, shown
from lapel.ir import Call
from lapel.ir.op import Place
from lapel.planning import Plan, Step
from lapel.runtime.layout import pack
from lapel.runtime.source import Field

MAGIC = b"LPLB"
HEADER = struct.Struct("<4sHHIIIIIIIIIIIIHHHHHHI32s")
STEP, PORT, STATE = struct.Struct("<HHI"), struct.Struct("<IIIIfiHH"), struct.Struct("<III")
CRC_FROM = 20
"""The first byte that the checksum is of."""
IN_BLOB = FILL = 1 << 31
STREAMED = 1 << 30
"""In place of an offset in the arena: of the input that is streamed."""
TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "bool")


@dataclass(frozen=True)
class Link:
    """Addresses that a blob is linked for, so that params are used where they lie: of its slot, and of the arena.

    0: none. Then params with such addresses are copied to the stack for each step, and get them there.
    """

    slot: int = 0
    arena: int = 0


ANYWHERE = Link()


class _Image:
    """Bytes of a blob behind its header; equal pieces are one."""

    def __init__(self, align: int) -> None:
        self.bytes = bytearray(HEADER.size)
        self.align = align
        self._known: dict[bytes, int] = {}

    def add(self, data: bytes, align: int = 4) -> int:
        """The offset of these bytes."""
        at = self._known.get(data)
        if at is None or at % align:
            self.bytes += bytes(-len(self.bytes) % align)
            at = self._known[data] = len(self.bytes)
            self.bytes += data
        return at

    def name(self, text: str) -> int:
        return self.add(text.encode() + b"\0", 1)


def blob(plan: Plan, kernels: KernelSet, link: Link = ANYWHERE, sample: bytes = b"") -> bytes:
    """The plan's blob for an interpreter with these kernels.

    sample: the bytes of all inputs, then of the outputs that they give as the first ones of a sequence: a self-test.

    Raises UnsupportedModel, if the set lacks a kernel of the plan, or the plan has what no blob can say: a step
    with code of its own, or on a core with two address spaces a constant operand or no link.
    """
    inputs, outputs = ports(plan)
    _check(plan, kernels, link)
    image = _Image(max(plan.target.arena_align, 4))
    steps, operands = b"", list[int]()
    for step in plan.steps:
        for call in step.calls:
            params = image.add(_params(plan, step, call, kernels, image, link), image.align)
            steps += STEP.pack(kernels.number_of(call.kernel), len(operands), params)
            operands += [_operand(plan, name, image) for name in (*call.outputs, *call.inputs)]
    count = sum(len(s.calls) for s in plan.steps)
    states = [_state(plan, c.state, c.initial.tobytes(), image) for c in plan.graph.carries]
    classes = [image.name(str(c)) for c in plan.graph.classes or ()]
    described = b"".join(_port(p, image) for p in (*inputs, *outputs))
    tables = [
        image.add(table)
        for table in (steps, _words(operands), described, b"".join(states), _words(classes))
    ]  # fmt: skip
    name = image.name(plan.graph.name)
    tested = image.add(sample) if sample else 0
    image.bytes += b"\0"
    head = HEADER.pack(
        MAGIC, BLOB_VERSION, HEADER.size, kernels.number, len(image.bytes), 0, link.slot, link.arena, plan.arena_bytes,
        *tables, name, count, len(operands), len(inputs), len(outputs), len(states), len(classes), tested,
        bytes.fromhex(plan.graph.digest()),
    )  # fmt: skip
    image.bytes[: HEADER.size] = head
    struct.pack_into("<I", image.bytes, CRC_FROM - 4, zlib.crc32(image.bytes[CRC_FROM:]))
    return bytes(image.bytes)


def _check(plan: Plan, kernels: KernelSet, link: Link) -> None:
    """Refuse what a blob cannot say."""
    problems = list[str]()
    for step in plan.steps:
        problems += [f"step {step.index} {step.node.op} has code of its own" for c in step.calls if c.inline]
    if kernels.target.rom == "separate" and not link.slot:
        problems.append("constants are in an address space of their own: link the blob for a slot")
    if kernels.target.rom == "separate":
        problems += _unplaced(plan, link)
    if problems:
        raise UnsupportedModel(f"{plan.graph.name} as a blob for {plan.target.name}", problems)


def _unplaced(plan: Plan, link: Link) -> list[str]:
    """What constants of a core with two address spaces cannot be: what lies in RAM, without the arena's address."""
    problems = []
    for step in plan.steps:
        where = f"step {step.index} {step.node.op}"
        calls = step.calls if not link.arena else ()
        if any(place.tensor or call.scratch_bytes for call in calls for place in call.places().values()):
            problems.append(f"{where}: params hold an address in the arena: link the blob for that, too (--arena)")
        constants = (n for call in step.calls for n in call.inputs if n not in plan.placements)
        problems += [f"{where}: {shown(n)} is constant, and the kernel reads it from RAM" for n in constants]
    return problems


def _params(plan: Plan, step: Step, call: Call, kernels: KernelSet, image: _Image, link: Link) -> bytes:
    """The params struct, with offsets, or addresses where the blob is linked."""

    def value(field: Field) -> int | float | tuple[int | float, ...]:
        given = call.params[field.name]
        if isinstance(given, np.ndarray):
            return link.slot + _table(given, field, kernels, image)
        if isinstance(given, Place):
            if not given.tensor and not call.scratch_bytes:
                return 0
            within = plan.placements[given.tensor] if given.tensor else step.scratch
            assert within is not None, "a plan is verified"
            return link.arena + within.offset + given.offset
        return given

    return pack(call.kernel, abi(kernels.target), value)


def _table(values: np.ndarray, field: Field, kernels: KernelSet, image: _Image) -> int:
    if field.ctype == "lapel_index":
        values = values.astype(f"int{kernels.target.index_bits}")
    return image.add(values.astype(values.dtype.newbyteorder("<")).tobytes(), max(values.itemsize, 4))


def _operand(plan: Plan, name: str, image: _Image) -> int:
    if name in plan.placements:
        return plan.placements[name].offset
    data = plan.graph.tensors[name].data
    if data is None:
        return STREAMED
    return IN_BLOB | image.add(data.tobytes(), image.align)


def _port(port: Port, image: _Image) -> bytes:
    quant = port.type.quant if port.type.quant is not None and port.type.quant.axis is None else None
    scale, zero = (port.type.scale, port.type.zero) if quant else (0.0, 0)
    shape = image.add(_words(port.type.shape))
    place = STREAMED if port.offset is None else port.offset
    return PORT.pack(
        place, port.type.bytes, image.name(port.tensor), shape, scale, zero, TYPES.index(port.type.dtype),
        len(port.type.shape),
    )  # fmt: skip


def _state(plan: Plan, name: str, initial: bytes, image: _Image) -> bytes:
    place = plan.placements[name]
    start = FILL | initial[0] if len(set(initial)) == 1 else image.add(initial)
    return STATE.pack(place.offset, place.bytes, start)


def _words(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)
