"""Deltas of blobs: `make` a patch of an old and a new one, `apply` it (the reference of `runtime/update/delta.c`).

A patch is a header and numbers (`lapel.updates.numbers`) that say piece by piece what the new bytes are: differences
from old bytes, or, of a piece that has none, from zero.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from lapel.errors import FormatError
from lapel.updates.alignment import pieces
from lapel.updates.numbers import Decoder, Encoder, History, Kind, signed, zigzag

MAGIC, VERSION = b"LPLD", 1
HEADER = struct.Struct("<4sHHIIII")


def make(old: bytes, new: bytes) -> bytes:
    """A patch that makes `new` of `old`: docs/SPEC.md, "Deltas". Any bytes; small, if new ones are like old ones."""
    coder, history, shift = Encoder(), History(), 0
    for piece in pieces(np.frombuffer(old, np.uint8), np.frombuffer(new, np.uint8)):
        coder.number(Kind.LENGTH, piece.count - 1)
        history.copied = piece.shift is not None
        place = 0 if piece.shift is None else zigzag(piece.shift - shift) + 1
        coder.number(Kind.FROM, place)
        shift = shift if piece.shift is None else piece.shift
        for at in range(piece.at, piece.at + piece.count):
            under = old[at + shift] if history.copied else 0
            difference = (new[at] - under + 128) % 256 - 128
            history.note(coder.number(Kind.BYTE, zigzag(difference), history.start()))
    head = HEADER.pack(MAGIC, VERSION, HEADER.size, len(old), zlib.crc32(old), len(new), zlib.crc32(new))
    return head + (coder.finish() if new else b"")


def apply(old: bytes, patch: bytes) -> bytes:
    """The new bytes. Raises FormatError for whatever the decoder in C refuses, with the same offset."""
    if len(patch) < HEADER.size:
        raise _wrong(len(patch), f"the patch ends within its header of {HEADER.size} bytes")
    magic, version, header_bytes, old_bytes, old_crc, new_bytes, new_crc = HEADER.unpack_from(patch)
    if magic != MAGIC:
        raise _wrong(0, f"the patch begins with {magic!r}, expected {MAGIC!r}")
    if (version, header_bytes) != (VERSION, HEADER.size):
        raise _wrong(4, f"the patch has version {version}, this Lapel knows {VERSION}: update Lapel")
    if old_bytes > len(old):
        raise _wrong(8, f"the patch is for {old_bytes} old bytes, there are {len(old)}")
    if zlib.crc32(old[:old_bytes]) != old_crc:
        raise _wrong(12, "the patch is for other old bytes: their CRC-32 is another one")
    coder = Decoder(iter(patch[HEADER.size :]))
    new = _numbers(coder, old[:old_bytes], new_bytes) if new_bytes else b""
    if HEADER.size + coder.taken < len(patch):
        raise _wrong(HEADER.size + coder.taken, f"the patch has {len(patch)} bytes, it ended before")
    if zlib.crc32(new) != new_crc:
        raise _wrong(20, "the new bytes have another CRC-32 than the patch says: it is damaged")
    return new


def _numbers(coder: Decoder, old: bytes, count: int) -> bytes:
    """`count` new bytes. Raises FormatError."""
    new, history, shift = bytearray(), History(), 0
    try:
        while len(new) < count:
            left = coder.number(Kind.LENGTH)[0] + 1
            if left > count - len(new):
                raise _wrong(HEADER.size + coder.taken, f"a piece of {left} bytes, {count - len(new)} are left")
            place = coder.number(Kind.FROM)[0]
            history.copied = place != 0
            if history.copied:
                shift = (shift + signed(place - 1)) % (1 << 32)
                at = (len(new) + shift) % (1 << 32)
                if at + left > len(old):
                    raise _wrong(HEADER.size + coder.taken, f"a piece of {left} old bytes from {at}, of {len(old)}")
            for _ in range(left):
                value, bits = coder.number(Kind.BYTE, history.start())
                history.note(bits)
                under = old[(len(new) + shift) % (1 << 32)] if history.copied else 0
                new.append((under + signed(value)) % 256)
    except EOFError:
        raise _wrong(HEADER.size + coder.taken, f"the patch ends after {len(new)} of {count} new bytes") from None
    return bytes(new)


def _wrong(offset: int, what: str) -> FormatError:
    return FormatError(f"delta, byte {offset}: {what}")
