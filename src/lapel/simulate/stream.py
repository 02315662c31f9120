"""What goes into the firmware and what comes out: the protocol of `harness.c`, both ways.

In:  number of samples, and how many samples a sequence has, before each of which the model's state is reset (uint32,
little-endian like all below), then each sample's inputs.
Out: records, each of one tag byte and its fields:

| tag | fields |
|---|---|
| T | step uint16, tensor uint16, bytes uint32, data: one traced tensor |
| O | the sample's outputs |
| R | stack bytes used, stack bytes there are, arena bytes used, uint32 each: the last record |
| F | fault code uint32, PC uint32 |

and the eight bytes LAPELEND.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from lapel.errors import SimulationError

END = b"LAPELEND"


@dataclass(frozen=True)
class Fault:
    """The firmware's own account of its crash: exception number or harness code, and the PC (0: unknown)."""

    code: int
    pc: int


@dataclass(frozen=True)
class Emission:
    """One run's decoded output stream; sizes in bytes."""

    outputs: np.ndarray
    tensors: tuple[tuple[tuple[int, int, bytes], ...], ...]
    stack_bytes: int
    stack_size_bytes: int
    arena_bytes: int
    fault: Fault | None


def encode(inputs: np.ndarray, reset_every: int | None = None) -> bytes:
    """The stimulus for uint8 samples of shape (N, input_bytes); reset_every: samples of a sequence, None for all."""
    return struct.pack("<II", len(inputs), reset_every or len(inputs)) + inputs.tobytes()


def decode(stream: bytes, samples: int, output_bytes: int) -> Emission:
    """Read the records of a run; raises SimulationError when they are not what the protocol says."""
    at = 0
    outputs: list[bytes] = []
    traces: list[tuple[tuple[int, int, bytes], ...]] = []
    tensors: list[tuple[int, int, bytes]] = []

    def take(size: int) -> bytes:
        nonlocal at
        if at + size > len(stream):
            raise SimulationError(
                f"the firmware's output ends after {len(outputs)} of {samples} samples ({len(stream)} "
                "bytes): it stopped before its end record; a wrong number of output bytes looks like this too"
            )
        at += size
        return stream[at - size : at]

    while True:
        tag = take(1)
        if tag == b"T":
            step, tensor, size = struct.unpack("<HHI", take(8))
            tensors.append((step, tensor, take(size)))
        elif tag == b"O":
            outputs.append(take(output_bytes))
            traces.append(tuple(tensors))
            tensors.clear()
        elif tag == b"F":
            return Emission(
                _stack(outputs, output_bytes), tuple(traces), 0, 0, 0, Fault(*struct.unpack("<II", take(8)))
            )
        elif tag == b"R" and len(outputs) == samples:
            stack, stack_size, arena = struct.unpack("<III", take(12))
            if take(8) != END:
                raise SimulationError("the firmware's output does not end with its end mark")
            return Emission(_stack(outputs, output_bytes), tuple(traces), stack, stack_size, arena, None)
        else:
            raise SimulationError(
                f"the firmware's output has {tag!r} at byte {at - 1} after {len(outputs)} of {samples} "
                f"samples, where a record starts; does the model have {output_bytes} output bytes?"
            )


def _stack(rows: list[bytes], width: int) -> np.ndarray:
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), width)
