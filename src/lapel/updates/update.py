"""`make_update`: a package that brings devices from one model to the next, tried on the emulated core."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from lapel.codegen.blobimage import BlobImage
from lapel.codegen.names import identifier
from lapel.errors import FormatError, UsageError
from lapel.files import check_file, reason, write_file
from lapel.proving.blob import blob_files
from lapel.proving.blobfolder import built_kind, read_firmware
from lapel.proving.run import Progress
from lapel.records import MANIFEST, BlobBuild, Update
from lapel.updates import delta, keys
from lapel.updates.package import HEADER, Package, check_blob
from lapel.updates.status import refused
from lapel.updates.trial import Flash, try_update

MOST_COUNTER = (1 << 32) - 1
FLASH = Flash()
"""Of most controllers."""


@dataclass(frozen=True)
class Built:
    """A folder of `lapel build --format blob`."""

    folder: Path
    record: BlobBuild
    image: BlobImage

    @property
    def blob(self) -> bytes:
        return self.image.data

    @classmethod
    def of(cls, path: Path) -> Built:
        """Of the folder, or of the blob in it. Raises FormatError, and UpdateRefused for bytes that are no blob."""
        folder = path if path.is_dir() else path.parent
        if not path.exists() or built_kind(folder) != BlobBuild.kind():
            found = f"has no {MANIFEST} of a blob" if path.exists() else "does not exist"
            raise FormatError(f"{path} {found}, expected the folder that `lapel build --format blob` wrote")
        record = BlobBuild.of_folder(folder)
        file = folder / blob_files(identifier(record.model))[0] if path.is_dir() else path
        try:
            blob = file.read_bytes()
        except OSError as e:
            raise FormatError(f"{file} cannot be read: {reason(e)}: build it anew") from None
        check_blob(blob, str(file))
        return cls(folder, record, BlobImage.of(blob, str(file)))


def make_update(
    old: Path | str,
    new: Path | str,
    out: Path | str | None = None,
    *,
    key: Path | str | None = None,
    counter: int | None = None,
    whole: bool = False,
    flash: Flash = FLASH,
    arena_bytes: int | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Update:
    """Write the package `out` (None: none) for devices whose firmware was built with the blob in the folder `old`, and
    which get the one in `new`.

    It is tried on the emulated core: from the old model to the new one, whose sample gives its outputs there. What is
    sent is a delta if that is smaller, else the whole blob, which devices with any other model take, too.

    key: a private one (`lapel.updates.keys.make_key`), for devices that ask for a signature. counter: of a newer model
    a higher one; None: 0 without a key, with one seconds since 1970. whole: send no delta. flash: of the devices.
    arena_bytes: which they have for models; None: not looked at.

    Raises UpdateRefused, with the status that a device would return; FormatError and UsageError for folders without a
    blob; Mismatch, if the emulated device does not end with the new model; MissingTool.
    """
    started = time.perf_counter()
    file = None if out is None else check_file(Path(out))
    before, after = Built.of(Path(old)), Built.of(Path(new))
    progress("reading blobs")
    private = None if key is None else keys.read_key(Path(key))
    counter = (int(time.time()) if key else 0) if counter is None else counter
    if not 0 <= counter <= MOST_COUNTER:
        raise UsageError(f"counter is {counter}, expected 0 to {MOST_COUNTER}")
    _check_flash(flash)
    flash = replace(flash, slot_bytes=flash.slot_bytes or _slot(before.blob, after.blob, flash.sector_bytes))
    _check_fit(before, after, flash, arena_bytes)
    progress("looking for what differs")
    patch = b"" if whole else delta.make(before.blob, after.blob)
    small = 0 < len(patch) < len(after.blob)
    core = after.record.core
    package = Package.of(after.blob, core, counter, before.blob, patch if small else b"")
    package = package if private is None else keys.sign(package, private)
    keys.check_signature(package, None if private is None else keys.public_bytes(private))
    data = package.to_bytes()
    progress("trying the update on the emulated core")
    firmware = read_firmware(before.folder)
    target = firmware.target
    tried = try_update(firmware, after.image, data, flash, private is not None, timeout_s)
    counted = dict(zip(("boot", "update", "trial", "confirm"), tried.instructions, strict=False))
    sample = after.image.sample != 0
    record = Update(
        old=before.record.model,
        new=after.record.model,
        target=target.name,
        core=target.core,
        kernel_set=after.record.kernel_set,
        sent="delta" if small else "whole",
        whole_bytes=HEADER.size + len(after.blob),
        delta_bytes=HEADER.size + len(patch) if patch else None,
        blob_bytes=len(after.blob),
        counter=counter,
        signed=private is not None,
        self_test=sample,
        slot_bytes=flash.slot_bytes,
        sector_bytes=flash.sector_bytes,
        unit_bytes=flash.unit_bytes,
        arena_bytes=after.record.memory.arena_bytes,
        slot_erases=tried.slot_erases,
        state_erases=tried.state_erases,
        programs=tried.programs,
        boot_instructions=counted.get("boot"),
        update_instructions=counted.get("update"),
        trial_instructions=counted.get("trial"),
        confirm_instructions=counted.get("confirm"),
        code_bytes=tried.code_bytes - before.record.memory.flash_bytes,
        state_bytes=tried.state_bytes,
        stack_bytes=tried.stack_bytes,
        samples=int(sample),
        file=None if file is None else str(file),
        notices=() if sample else ("the new blob has no sample: a device can load it, and not test it",),
        seconds=time.perf_counter() - started,
    )
    if file is not None:
        write_file(file, data)
    return record


def _slot(old: bytes, new: bytes, sector: int) -> int:
    return -(-max(len(old), len(new)) // sector) * sector


def _check_flash(flash: Flash) -> None:
    unit, sector = flash.unit_bytes, flash.sector_bytes
    if unit < 1 or unit & (unit - 1):
        raise UsageError(f"unit is {unit} bytes, expected a power of two: what the flash programs at once")
    least = -(-32 // unit) * unit + 2 * unit
    if sector < least or sector % unit:
        raise UsageError(f"sector is {sector} bytes, expected a multiple of {unit} from {least} on")
    if flash.slot_bytes % sector:
        raise UsageError(f"slot is {flash.slot_bytes} bytes, expected a multiple of the sector's {sector}")


def _check_fit(before: Built, after: Built, flash: Flash, arena_bytes: int | None) -> None:
    """Raise UpdateRefused, as the device would refuse the new blob."""
    a, b = before.record, after.record
    if a.core != b.core:
        raise refused("OTHER_CORE", f"{after.folder} is for {b.core}, devices have {a.core}: build it for {a.target}")
    if a.kernel_set != after.image.kernel_set:
        raise refused(
            "OTHER_KERNELS",
            f"{after.folder} is for kernel set {after.image.kernel_set:08x}, devices have {a.kernel_set:08x}: "
            f"build it with --kernel-set {before.folder}",
        )
    if b.slot and not a.slot:
        raise refused("OTHER_SLOT", f"{after.folder} is linked for {b.slot:#x}: build it without --slot")
    if len(after.blob) > flash.slot_bytes:
        short = len(after.blob) - flash.slot_bytes
        raise refused("SLOT_TOO_SMALL", f"a blob of {len(after.blob)} bytes is {short} more than a slot: enlarge it")
    need = b.memory.arena_bytes
    if arena_bytes is not None and need > arena_bytes:
        short = need - arena_bytes
        raise refused("ARENA_TOO_SMALL", f"it takes {need} bytes of arena, {short} more than there are: make it larger")

