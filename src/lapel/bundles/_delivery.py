"""`Delivery`: what a build's folder has, read for a project: the record, and its files as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lapel.codegen.model import beside_names
from lapel.codegen.names import identifier
from lapel.errors import FormatError, OutputError, UsageError
from lapel.files import LEDGER
from lapel.records import MANIFEST, Build, Generated
from lapel.records.document import KIND, read_json
from lapel.targets import Target, load_target

AGAIN = "build it again"


@dataclass(frozen=True)
class Delivery:
    """A build and its C. name: the model's in C. sources: contents of the .c and .h files by name."""

    build: Build
    name: str
    target: Target
    sources: Mapping[str, bytes]

    def text(self, name: str) -> str:
        """One of these files."""
        return self.sources[name].decode()

    @property
    def compiled(self) -> tuple[str, ...]:
        """Names of the files that are compiled."""
        return tuple(n for n in self.sources if n.endswith(".c"))


def read_delivery(folder: Path) -> Delivery:
    """Read a folder that `lapel build` wrote.

    Raises UsageError: it is a model, or a build that no project is made of; FormatError: a file is missing, or is not
    as it was written, or the record is damaged; UnknownTarget.
    """
    if folder.is_file():
        raise UsageError(
            f"{folder} is a file, expected the folder of a build: lapel build {folder} --target NAME --out DIR, then "
            "export DIR"
        )
    path = folder / MANIFEST
    if not path.is_file():
        raise FormatError(f"{folder} has no {MANIFEST}, expected the folder of a build: lapel build writes one")
    content = read_json(path)
    if isinstance(content, dict) and content.get(KIND) not in (None, Build.kind()):
        if content[KIND] == Generated.kind():
            raise UsageError(f"{folder} was written with --no-prove, and nothing is proven of it: {AGAIN} without that")
        raise UsageError(f"{folder} is a {content[KIND]}, expected the build of one model: build each by itself")
    build = Build.of_folder(folder)
    name = identifier(build.model)
    if not all(any(Path(f).name == n for f in build.files) for n in beside_names(name)):
        raise UsageError(f"{folder} has no {beside_names(name)[1]}: an older lapel built it: {AGAIN}")
    ledger = content.get(LEDGER)
    sources = {n: _read(folder, n, ledger if isinstance(ledger, dict) else {}) for n in _sources(build)}
    return Delivery(build, name, load_target(build.target), sources)


def _sources(build: Build) -> list[str]:
    return [n for f in build.files if (n := Path(f).name).endswith((".c", ".h"))]


def _read(folder: Path, name: str, ledger: Mapping[str, object]) -> bytes:
    """A file of the build; what somebody changed was not proven."""
    try:
        content = (folder / name).read_bytes()
    except OSError as e:
        raise FormatError(f"{folder / name} cannot be read: {e.strerror}; the build wrote it: {AGAIN}") from None
    if ledger.get(name) != hashlib.sha256(content).hexdigest():
        raise OutputError(f"{folder / name} was changed since lapel wrote it, and nothing is proven of it: {AGAIN}")
    return content
