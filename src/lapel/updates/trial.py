"""An update tried on the emulated core: the state machine takes the package, and the new model runs."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lapel.codegen.blob import HEADER as BLOB_HEADER
from lapel.codegen.blob import PORT
from lapel.codegen.updating import update_files
from lapel.errors import Mismatch
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.updates.status import update_statuses

ADAPTER = Path(__file__).with_name("adapter.c")
CALLS = ("boot", "update", "trial", "confirm", "boot again")
"""What the device does, one after the other."""
ANSWER = struct.Struct("<8I")


@dataclass(frozen=True)
class Flash:
    """Of the device, bytes: what is erased at once, what is programmed at once, and a slot; 0: as the blobs need."""

    sector_bytes: int = 4096
    unit_bytes: int = 8
    slot_bytes: int = 0


@dataclass(frozen=True)
class Trial:
    """What the device did. instructions: of each of CALLS; () on the host. outputs: of the new model's sample."""

    instructions: tuple[int, ...]
    slot_erases: int
    state_erases: int
    programs: int
    code_bytes: int
    state_bytes: int
    stack_bytes: int
    outputs: bytes


@dataclass(frozen=True)
class Sizes:
    """Bytes that a blob says: of its arena, its inputs and its outputs, and where its sample begins."""

    arena: int
    inputs: int
    outputs: int
    sample: int

    @classmethod
    def of(cls, blob: bytes) -> Sizes:
        head = BLOB_HEADER.unpack_from(blob)
        arena, ports, inputs, outputs, sample = head[8], head[11], head[17], head[18], head[21]
        sizes = [PORT.unpack_from(blob, ports + k * PORT.size)[1] for k in range(inputs + outputs)]
        return cls(arena, sum(sizes[:inputs]), sum(sizes[inputs:]), sample)

    def expected(self, blob: bytes) -> bytes:
        """The outputs that the sample has to give; empty without one."""
        start = self.sample + self.inputs
        return blob[start : start + self.outputs] if self.sample else b""


def try_update(
    sources: Mapping[str, str],
    kernels: str,
    target: Target,
    old: bytes,
    new: bytes,
    package: bytes,
    flash: Flash,
    signed: bool,
    timeout_s: float,
) -> Trial:
    """Run the device from the old blob to the new one. sources: of interpreter and kernels, whose set is `kernels`.

    Raises Mismatch, if it does not end with the new model, and its sample's outputs.
    """
    sizes = Sizes.of(new)
    words = struct.unpack(f"<{-(-len(old) // 4)}I", old + bytes(-len(old) % 4))
    values = {
        "SLOT_BYTES": f"{flash.slot_bytes}u",
        "SECTOR_BYTES": f"{flash.sector_bytes}u",
        "UNIT_BYTES": f"{flash.unit_bytes}",
        "ARENA_BYTES": f"{max(sizes.arena, Sizes.of(old).arena, 1)}u",
        "PACKAGE_BYTES": f"{len(package)}u",
        "OUTPUT_BYTES": f"{sizes.outputs}u",
        "KERNELS": kernels,
        "CORE": f'"{target.core}"',
        "SIGNED": str(int(signed)),
    }
    defines = "".join(f"#define DEVICE_{name} {value}\n" for name, value in values.items())
    adapter = (
        f'#include "{kernels}.h"\n{defines}'
        f"static const uint32_t device_old[] = {{{', '.join(f'{w}u' for w in words)}}};\n"
        f"{ADAPTER.read_text(encoding='utf-8')}"
    )
    unit = (f"-DLAPEL_UPDATE_UNIT={max(flash.unit_bytes, 32)}",)
    inputs = np.tile(np.frombuffer(package, np.uint8), (len(CALLS), 1))
    with workspace() as folder:
        every = {**sources, **update_files(), "adapter.c": adapter}
        firmware = build_firmware(every, target, folder, mode="plain", cflags_extra=unit, timeout_s=timeout_s)
        raw = run_firmware(firmware, inputs, ANSWER.size + sizes.outputs, timeout_s=timeout_s)
        code = firmware.flash_code_bytes
    answers = [ANSWER.unpack_from(row.tobytes()) for row in raw.outputs]
    outputs = raw.outputs[-1].tobytes()[ANSWER.size :]
    _check(answers, outputs, sizes.expected(new))
    *_, erased_slots, erased_states, programs, state = answers[-1]
    return Trial(
        tuple(raw.sample_instructions), erased_slots, erased_states, programs, code, state, raw.stack_bytes, outputs
    )


def _check(answers: list[tuple[int, ...]], outputs: bytes, expected: bytes) -> None:
    names = {s.code: f"{s.name}: {s.meaning}" for s in update_statuses().values()}
    wanted = ((0, 0), (0, 0), (1, 1), (1, 0), (1, 0))
    for what, (status, trouble, running, on_trial, *_), want in zip(CALLS, answers, wanted, strict=True):
        if status or trouble or (running, on_trial) != want:
            said = names[status or trouble] if status or trouble else f"slot {running} runs"
            raise Mismatch(f"the update was not taken by the emulated device: {what}: {said}: report this defect")
    if expected and outputs != expected:
        raise Mismatch("the new model's outputs differ from those of its sample after the update: report this defect")
