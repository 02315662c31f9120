"""An update tried on the emulated core: the state machine takes the package, and the new model runs."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lapel.codegen.blobimage import BlobImage
from lapel.codegen.updating import update_files
from lapel.errors import FormatError, Mismatch
from lapel.files import reason
from lapel.proving.blobfolder import BlobFirmware
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.workspace import workspace
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


def try_update(
    firmware: BlobFirmware,
    new: BlobImage,
    package: bytes,
    flash: Flash,
    signed: bool,
    timeout_s: float,
) -> Trial:
    """Run the device with this firmware from its blob to the new one. signed: it asks for a signature.

    Raises Mismatch, if it does not end with the new model, and its sample's outputs.
    """
    old, kernels, target = firmware.image.data, firmware.name, firmware.target
    words = struct.unpack(f"<{-(-len(old) // 4)}I", old + bytes(-len(old) % 4))
    values = {
        "SLOT_BYTES": f"{flash.slot_bytes}u",
        "SECTOR_BYTES": f"{flash.sector_bytes}u",
        "UNIT_BYTES": f"{flash.unit_bytes}",
        "ARENA_BYTES": f"{max(new.arena_bytes, firmware.image.arena_bytes, 1)}u",
        "PACKAGE_BYTES": f"{len(package)}u",
        "OUTPUT_BYTES": f"{new.output_bytes}u",
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
        every = {**firmware.sources, **update_sources(firmware), "adapter.c": adapter}
        made = build_firmware(every, target, folder, mode="plain", cflags_extra=unit, timeout_s=timeout_s)
        raw = run_firmware(made, inputs, ANSWER.size + new.output_bytes, timeout_s=timeout_s)
        code = made.flash_bytes
    answers = [ANSWER.unpack_from(row.tobytes()) for row in raw.outputs]
    outputs = raw.outputs[-1].tobytes()[ANSWER.size :]
    _check(answers, outputs, new.expected)
    *_, erased_slots, erased_states, programs, state = answers[-1]
    return Trial(
        tuple(raw.sample_instructions), erased_slots, erased_states, programs, code, state, raw.stack_bytes, outputs
    )


def update_sources(firmware: BlobFirmware) -> dict[str, str]:
    """The update's C as it is in the folder of the firmware."""
    try:
        return {name: (firmware.folder / name).read_text(encoding="utf-8") for name in update_files()}
    except (OSError, ValueError) as e:
        raise FormatError(f"{firmware.folder}: {reason(e)}: build it anew") from None


def _check(answers: list[tuple[int, ...]], outputs: bytes, expected: bytes) -> None:
    names = {s.code: f"{s.name}: {s.meaning}" for s in update_statuses().values()}
    wanted = ((0, 0), (0, 0), (1, 1), (1, 0), (1, 0))
    for what, (status, trouble, running, on_trial, *_), want in zip(CALLS, answers, wanted, strict=True):
        if status or trouble or (running, on_trial) != want:
            said = names[status or trouble] if status or trouble else f"slot {running} runs"
            raise Mismatch(f"the update was not taken by the emulated device: {what}: {said}: report this defect")
    if expected and outputs != expected:
        raise Mismatch("the new model's outputs differ from those of its sample after the update: report this defect")
