"""`BlobImage`: a blob that somebody wrote, read back: docs/SPEC.md, "Blobs".

What it says is read, and not trusted: whether kernels may be called with these params is for `lapel_load`, which looks
at all of them.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from lapel.codegen.blob import CRC_FROM, HEADER, MAGIC, PORT, STATE, STEP, STREAMED, TYPES, Link
from lapel.codegen.interface import Port
from lapel.codegen.kernelset import BLOB_VERSION, KernelSet, abi
from lapel.errors import FormatError, shown
from lapel.ir import Quant, Type
from lapel.planning.ports import PortKind
from lapel.runtime.layout import layout
from lapel.runtime.source import params_fields


@dataclass(frozen=True)
class BlobCall:
    """One call of a kernel, by its number in the set. first_operand: in the blob's table; params: their offset."""

    kernel: int
    first_operand: int
    params: int


@dataclass(frozen=True, eq=False)
class BlobImage:
    """A blob and what its header and tables say.

    sha256: of the graph that was planned. state_bytes: of all states together. damaged: the checksum is another one, so
    that something was changed since it was written. sample: where that of its self-test begins, 0: it has none.
    """

    data: bytes
    kernel_set: int
    link: Link
    arena_bytes: int
    calls: tuple[BlobCall, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    state_bytes: int
    classes: tuple[str, ...]
    name: str
    sha256: str
    crc32: int
    damaged: bool
    sample: int = 0

    @property
    def expected(self) -> bytes:
        """The bytes of all outputs that the sample has to give; empty without one."""
        start = self.sample + sum(p.type.bytes for p in self.inputs)
        return self.data[start : start + self.output_bytes] if self.sample else b""

    @property
    def output_bytes(self) -> int:
        """Of all outputs together."""
        return sum(p.type.bytes for p in self.outputs)

    @classmethod
    def of(cls, data: bytes, where: str = "blob") -> BlobImage:
        """Read it. where: for messages. Raises FormatError, which says at which byte."""
        return _Reader(data, where).image()

    def relinked(self, kernels: KernelSet, slot: int, arena: int | None = None) -> BlobImage:
        """The same for another place in flash, as if it had been linked for that; and, where it is linked for an arena,
        for another one of that. kernels: the set that it is for.
        """
        arena = self.link.arena if arena is None else arena
        data, core = bytearray(self.data), abi(kernels.target)
        for number, params in {(c.kernel, c.params) for c in self.calls}:
            kernel = kernels.kernels[number]
            places = layout(kernel, core).offsets
            for field in params_fields(kernel).values():
                if not field.pointer:
                    continue
                form, at = f"<{core.code(field)}", params + places[field.name]
                (address,) = struct.unpack_from(form, data, at)
                if field.rom:
                    struct.pack_into(form, data, at, address - self.link.slot + slot)
                elif address and arena != self.link.arena:  # 0: it has none
                    struct.pack_into(form, data, at, address - self.link.arena + arena)
        struct.pack_into("<II", data, CRC_FROM, slot, arena)
        struct.pack_into("<I", data, CRC_FROM - 4, zlib.crc32(data[CRC_FROM:]))
        return BlobImage.of(bytes(data), self.name)


@dataclass(frozen=True)
class _Reader:
    """The bytes, and how to name them."""

    data: bytes
    where: str

    def image(self) -> BlobImage:
        head = self._head()
        (kernels, size, crc, slot, arena, arena_bytes, steps, operands, ports, states, classes, name) = head[3:15]
        counts, digest = head[15:21], head[22]
        step_count, operand_count, inputs, outputs, state_count, class_count = counts
        data = self.data[:size]
        found = [self._port(ports + PORT.size * k) for k in range(inputs + outputs)]
        named = [
            Port(p.tensor, _cname(k, inputs, outputs), p.type, p.offset, p.kind) for k, p in enumerate(found)
        ]
        self._at(operands, 4 * operand_count)
        return BlobImage(
            data=data,
            kernel_set=kernels,
            link=Link(slot, arena),
            arena_bytes=arena_bytes,
            calls=tuple(BlobCall(*self._unpack(STEP, steps + STEP.size * k)) for k in range(step_count)),
            inputs=tuple(named[:inputs]),
            outputs=tuple(named[inputs:]),
            state_bytes=sum(self._unpack(STATE, states + STATE.size * k)[1] for k in range(state_count)),
            classes=tuple(self._text(int(c)) for c in self._words(classes, class_count)),
            name=self._text(name),
            sha256=digest.hex(),
            crc32=crc,
            damaged=zlib.crc32(data[CRC_FROM:]) != crc,
            sample=head[21],
        )

    def _head(self) -> tuple:
        if self.data[:4] != MAGIC:
            raise FormatError(f"{self.where}: begins with {self.data[:4]!r}, expected {MAGIC!r}: it is no blob")
        if len(self.data) < HEADER.size:
            found = f"has {len(self.data)} bytes, expected at least {HEADER.size}"
            raise FormatError(f"{self.where}: {found}: it is cut off")
        head = HEADER.unpack_from(self.data)
        if head[1:3] != (BLOB_VERSION, HEADER.size):
            found = f"is of version {head[1]}, this Lapel reads version {BLOB_VERSION}"
            raise FormatError(f"{self.where}: {found}: a newer one wrote it, install that")
        if not HEADER.size <= head[4] <= len(self.data):
            found = f"says that it has {head[4]:,} bytes, and has {len(self.data):,}"
            raise FormatError(f"{self.where}: {found}: it is cut off")
        return head

    def _at(self, offset: int, size: int) -> bytes:
        if offset < 0 or offset + size > len(self.data):
            raise FormatError(f"{self.where}: byte {offset:,} on is beyond its end: it is damaged, build it again")
        return self.data[offset : offset + size]

    def _unpack(self, form: struct.Struct, offset: int) -> tuple:
        return form.unpack(self._at(offset, form.size))

    def _words(self, offset: int, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}I", self._at(offset, 4 * count))

    def _text(self, offset: int) -> str:
        end = self.data.find(b"\0", offset)
        return self._at(offset, max(end - offset, 0)).decode(errors="replace")

    def _port(self, offset: int) -> Port:
        place, size, name, shape, scale, zero, kind, rank = self._unpack(PORT, offset)
        if kind >= len(TYPES):
            raise FormatError(f"{self.where}: byte {offset:,}: type {kind}, expected one below {len(TYPES)}: damaged")
        quant = Quant((scale,), (zero,)) if scale else None
        t = Type(tuple(map(int, self._words(shape, rank))), TYPES[kind], quant)
        text = self._text(name)
        if t.bytes != size:
            found = f"{shown(text)} is {t} of {size} bytes"
            raise FormatError(f"{self.where}: byte {offset:,}: {found}, expected {t.bytes}: it is damaged")
        if place == STREAMED:
            return Port(text, "", t, None, PortKind.STREAM)
        return Port(text, "", t, place)


def _cname(k: int, inputs: int, outputs: int) -> str:
    stem, at, count = ("input", k, inputs) if k < inputs else ("output", k - inputs, outputs)
    return stem if count == 1 else f"{stem}_{at}"
