"""The package that a device gets: a header, and a blob or a delta of one. docs/SPEC.md, "Updates", has every byte."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Self

from lapel.codegen.blob import CRC_FROM
from lapel.codegen.blob import HEADER as BLOB_HEADER
from lapel.codegen.kernelset import BLOB_VERSION
from lapel.updates.status import refused

MAGIC, VERSION = b"LPLU", 1
HEADER = struct.Struct("<4sHHIIIIIII16s64s64sI")
SIGNED = 116
"""Bytes of the header that its signature is of."""
UNSIGNED = bytes(64)
WHOLE, DELTA = 0, 1


@dataclass(frozen=True)
class Package:
    """kind: WHOLE or DELTA, what payload is. counter: of models that are newer higher, uint32. kernels: the number of
    the kernel set. blob_bytes, blob_crc: of the new blob, the latter as in its header; base_crc: of the blob that a
    delta is of. core: as targets call it. digest: SHA-512 of the new blob. signature: Ed25519, 64 bytes, or UNSIGNED.
    """

    kind: int
    payload: bytes
    counter: int
    kernels: int
    blob_bytes: int
    blob_crc: int
    base_crc: int
    core: str
    digest: bytes
    signature: bytes = UNSIGNED

    @classmethod
    def of(cls, blob: bytes, core: str, counter: int, base: bytes = b"", delta: bytes = b"") -> Self:
        """Of a new blob: whole, or with `delta`, which makes it of `base`."""
        kind, payload = (DELTA, delta) if delta else (WHOLE, blob)
        base_crc = crc_of(base) if delta else 0
        kernels = struct.unpack_from("<I", blob, 8)[0]
        digest = hashlib.sha512(blob).digest()
        return cls(kind, payload, counter, kernels, len(blob), crc_of(blob), base_crc, core, digest)

    def head(self) -> bytes:
        """The header without its CRC."""
        return HEADER.pack(
            MAGIC, VERSION, HEADER.size, self.kind, len(self.payload), self.counter, self.kernels, self.blob_bytes,
            self.blob_crc, self.base_crc, self.core.encode(), self.digest, self.signature, 0,
        )[:-4]  # fmt: skip

    def to_bytes(self) -> bytes:
        """The file."""
        head = self.head()
        return head + struct.pack("<I", zlib.crc32(head)) + self.payload

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The package in a file. Raises UpdateRefused as a device would refuse it."""
        if len(data) < HEADER.size:
            raise refused("TRUNCATED", f"{len(data)} bytes, a package's header has {HEADER.size}: send the whole file")
        magic, version, size, kind, payload, *rest, core, digest, signature, crc = HEADER.unpack_from(data)
        if magic != MAGIC:
            raise refused("NO_PACKAGE", f"it starts with {magic!r}, a package with {MAGIC!r}: give what update wrote")
        if version != VERSION or size != HEADER.size or kind > DELTA:
            raise refused("NEWER", f"version {version}, this Lapel knows {VERSION}: install a newer one")
        if crc != zlib.crc32(data[: HEADER.size - 4]):
            raise refused("NO_PACKAGE", "its header has another CRC than it says: get the file again")
        counter, kernels, blob_bytes, blob_crc, base_crc = rest
        found = len(data) - HEADER.size
        if found != payload:
            name = "TRUNCATED" if found < payload else "TOO_MUCH"
            raise refused(name, f"{found} bytes behind the header, which says {payload}: get the file again")
        name = core.rstrip(b"\0").decode(errors="replace")
        return cls(kind, data[HEADER.size :], counter, kernels, blob_bytes, blob_crc, base_crc, name, digest, signature)

    def signed(self, signature: bytes) -> Self:
        """With a signature of the first SIGNED bytes of `head`."""
        return replace(self, signature=signature)


def crc_of(blob: bytes) -> int:
    """The CRC that a blob says that it has."""
    return int(struct.unpack_from("<I", blob, CRC_FROM - 4)[0])


def check_blob(blob: bytes, where: str) -> None:
    """Raise UpdateRefused, if these bytes are no blob, or have been changed."""
    if len(blob) < BLOB_HEADER.size:
        raise refused("TRUNCATED", f"{where} has {len(blob)} bytes, a blob's header {BLOB_HEADER.size}: build it anew")
    magic, version, _, _, size, crc = struct.unpack_from("<4sHHIII", blob)
    if magic != b"LPLB":
        at = blob.find(b"LPLB")
        shifted = f", and one begins {at} bytes later" if at > 0 else ""
        raise refused("NO_BLOB", f"{where} starts with {magic!r}, a blob with b'LPLB'{shifted}: give the file as built")
    if version != BLOB_VERSION:
        raise refused("NEWER", f"{where} is of version {version}, this Lapel writes {BLOB_VERSION}: build it anew")
    if size != len(blob):
        name = "TRUNCATED" if size > len(blob) else "TOO_MUCH"
        raise refused(name, f"{where} has {len(blob)} bytes, and says that it has {size}: give the file as built")
    if crc != zlib.crc32(blob[CRC_FROM:]):
        raise refused("DAMAGED", f"{where} has another CRC than {crc:08x}, which it says: build it anew")

