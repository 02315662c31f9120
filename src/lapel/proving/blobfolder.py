"""`BlobFirmware`: what a blob's build left in its folder, and a blob that it shall run: its own, or a later one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lapel.codegen.blobimage import BlobImage
from lapel.codegen.interpreted import INTERPRETER
from lapel.codegen.kernelset import KernelSet
from lapel.codegen.names import identifier
from lapel.errors import FormatError, InputError, UsageError
from lapel.records import MANIFEST, BlobBuild, Build
from lapel.records.document import KIND, read_json
from lapel.targets import Target, load_target

SUFFIX = ".blob"
AGAIN = "build it again"


@dataclass(frozen=True, eq=False)
class BlobFirmware:
    """Interpreter and kernels of a folder as they are now, and a blob for them.

    folder: of the firmware; file: of the blob. sources: C by file name.
    """

    folder: Path
    file: Path
    record: BlobBuild
    target: Target
    sources: Mapping[str, str]
    image: BlobImage

    @property
    def own(self) -> bool:
        """Whether it is the blob that was built with this firmware, to the byte that its checksum is of."""
        return not self.image.damaged and self.image.crc32 == self.record.crc32

    @property
    def name(self) -> str:
        """Of the kernel set in C."""
        return f"{identifier(self.record.model)}_kernels"

    @cached_property
    def kernels(self) -> KernelSet:
        """The set, whose params lie as this Lapel knows. Raises InputError: another one built it, of other kernels."""
        found = KernelSet(self.name, self.target, self.record.set_kernels)
        if found.number != self.record.kernel_set:
            was = f"its kernel set is {self.record.kernel_set:08x}, this Lapel's of these kernels is {found.number:08x}"
            raise InputError(f"{self.folder}: {was}: {self.record.recipe.lapel} built it; {AGAIN}")
        return found


def is_blob(path: Path | str) -> bool:
    """Whether a blob is meant: a file with its suffix, or the folder of its build."""
    path = Path(path)
    if os.path.isfile(path):  # unlike Path's, false for a name that no file can have
        return path.suffix == SUFFIX
    return os.path.isdir(path) and built_kind(path) == BlobBuild.kind()


def built_kind(folder: Path) -> str:
    """The kind of the record in a folder; "" if there is none that says it."""
    if not (folder / MANIFEST).is_file():
        return ""
    content = read_json(folder / MANIFEST)
    return str(content.get(KIND, "")) if isinstance(content, dict) else ""


def read_blob(file: Path | str) -> BlobImage:
    """A blob's file. Raises FormatError."""
    try:
        data = Path(file).read_bytes()
    except OSError as e:
        raise FormatError(f"{file}: cannot be read: {e.strerror}") from None
    return BlobImage.of(data, str(file))


def read_firmware(path: Path | str, folder: Path | str | None = None) -> BlobFirmware:
    """A blob's file, or the folder of its build, and the firmware that runs it.

    folder: of the build whose firmware that is; None: the blob's own.

    Raises UsageError: there is no firmware; FormatError: a file is missing or damaged, or the blob is for other
    kernels; UnknownTarget.
    """
    path = Path(path)
    place = Path(folder) if folder is not None else path if path.is_dir() else path.parent
    if not os.path.exists(path):
        raise UsageError(f"{path} does not exist, expected a blob or the folder of its build")
    if not place.is_dir() or built_kind(place) != BlobBuild.kind():
        found = f"is a {kind}" if place.is_dir() and (kind := built_kind(place)) else f"has no {MANIFEST}"
        wanted = "expected the folder that `lapel build --format blob` wrote, whose firmware runs the blob"
        raise UsageError(f"{place} {found}, {wanted}: name it with --build DIR")
    record = BlobBuild.of_folder(place)
    prefix = identifier(record.model)
    file = path / f"{prefix}{SUFFIX}" if path.is_dir() else path
    image = read_blob(file)
    if image.kernel_set != record.kernel_set:
        found = f"is for the kernel set {image.kernel_set:08x}, the firmware of {place} has {record.kernel_set:08x}"
        raise FormatError(f"{file}: {found}: build it with --kernel-set {place}")
    names = (f"{INTERPRETER}.c", f"{INTERPRETER}.h", f"{prefix}_kernels.c", f"{prefix}_kernels.h")
    sources = {name: _text(place / name) for name in names}
    return BlobFirmware(place, file, record, load_target(record.target), sources, image)


def build_of(folder: Path | str) -> Build | BlobBuild:
    """The record of a build of either kind. Raises FormatError, which names the file."""
    return BlobBuild.of_folder(folder) if built_kind(Path(folder)) == BlobBuild.kind() else Build.of_folder(folder)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        why = getattr(e, "strerror", None) or e
        raise FormatError(f"{path} cannot be read: {why}; the build wrote it: {AGAIN}") from None
