"""`Delivery`: what a build's folder has, read for a project: the record, and its files as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lapel.codegen.facade import array_text, blob_header_text
from lapel.codegen.model import beside_names
from lapel.codegen.names import identifier
from lapel.codegen.sound import sound_name
from lapel.errors import FormatError, OutputError, UnsupportedModel, UsageError
from lapel.files import LEDGER
from lapel.records import (
    CASCADE_FILE,
    MANIFEST,
    BlobBuild,
    Build,
    CascadeBuild,
    Generated,
    Memory,
    PlanRecord,
    ProgramBuild,
    Recipe,
)
from lapel.records.document import KIND, read_json
from lapel.targets import Target, load_target

AGAIN = "build it again"
Built = Build | BlobBuild | ProgramBuild | CascadeBuild
"""Records of what projects are made of."""


@dataclass(frozen=True)
class Part:
    """One model of a delivery. name: in C; model: as its users call it."""

    name: str
    model: str
    recipe: Recipe
    plan: PlanRecord


@dataclass(frozen=True)
class Delivery:
    """A build and its C. name: of the library, in C: the model's or the program's. sources: contents of the .c and .h
    files by name. parts: models that users call; none of a cascade, which listens. memory: of all of it. data: files
    beside them, a blob. slot: the address that it is linked for."""

    build: Built
    name: str
    target: Target
    parts: tuple[Part, ...]
    memory: Memory
    sources: Mapping[str, bytes]
    data: Mapping[str, bytes] = field(default_factory=dict)
    slot: int = 0

    def text(self, name: str) -> str:
        """One of these files."""
        return self.sources[name].decode()

    @property
    def compiled(self) -> tuple[str, ...]:
        """Names of the files that are compiled."""
        return tuple(n for n in self.sources if n.endswith(".c"))

    @property
    def stack_worst_bytes(self) -> int | None:
        """At any level of optimization; None where that was not measured."""
        return self.build.stack_worst_bytes if isinstance(self.build, Build | ProgramBuild) else None

    @property
    def stack_bound_bytes(self) -> int | None:
        """The same by the code, where every way through it is known; None where it is not."""
        return self.build.stack_worst_bound_bytes if isinstance(self.build, Build | ProgramBuild) else None

    @property
    def cost(self) -> tuple[str, int] | None:
        """What it takes, in words and a number; None where nothing was counted."""
        of = "a step that is heard" if isinstance(self.build, CascadeBuild) else "an inference"
        if isinstance(self.build, CascadeBuild):
            found = ("instructions", self.build.heard_instructions)
        elif self.build.cycles is not None:
            found = ("cycles", self.build.cycles)
        else:
            found = ("instructions", self.build.instructions)
        all_models = " of all models" if len(self.parts) > 1 else ""
        return None if found[1] is None else (f"{found[0]} of {of}{all_models}", found[1])

    @property
    def compiler(self) -> tuple[str, str]:
        """And its options, with which that was measured."""
        made = self.build if isinstance(self.build, CascadeBuild) else self.parts[0].recipe
        return made.compiler, made.flags

    @property
    def as_data(self) -> bool:
        """Whether the model is a blob."""
        return isinstance(self.build, BlobBuild)


def read_delivery(folder: Path) -> Delivery:
    """Read a folder that a command wrote: of a model, of a program of several, of a blob, or of a cascade.

    Raises UsageError: it is a model, or a build that no project is made of; FormatError: a file is missing, or is not
    as it was written, or the record is damaged; UnknownTarget; UnsupportedModel: a blob without functions of its own.
    """
    if folder.is_file():
        raise UsageError(
            f"{folder} is a file, expected the folder of a build: lapel build {folder} --target NAME --out DIR, then "
            "export DIR"
        )
    path = folder / MANIFEST
    if not path.is_file() and (folder / CASCADE_FILE).is_file():
        return _cascade(folder)
    if not path.is_file():
        raise FormatError(f"{folder} has no {MANIFEST}, expected the folder of a build: lapel build writes one")
    content = read_json(path)
    kind = content.get(KIND) if isinstance(content, dict) else None
    kinds: dict[object, type[Build] | type[BlobBuild] | type[ProgramBuild]] = {
        c.kind(): c for c in (Build, BlobBuild, ProgramBuild)
    }
    if kind == Generated.kind():
        raise UsageError(f"{folder} was written with --no-prove, and nothing is proven of it: {AGAIN} without that")
    if kind is not None and kind not in kinds:
        raise UsageError(f"{folder} is a {kind}, expected a build of models: lapel build writes one")
    ledger = content.get(LEDGER) if isinstance(content, dict) else None
    return _delivery(folder, kinds.get(kind, Build).of_folder(folder), ledger if isinstance(ledger, dict) else {})


def _cascade(folder: Path) -> Delivery:
    build, content = CascadeBuild.of_folder(folder), read_json(folder / CASCADE_FILE)
    if not any(Path(f).name == sound_name(build.name) for f in build.files):
        target = load_target(build.target)
        if target.rom == "separate":
            why = f"{target.core} has constants in an address space of their own: there is no {sound_name(build.name)}"
            raise UnsupportedModel(build.name, [why])
        raise UsageError(f"{folder} has no {sound_name(build.name)}: an older lapel built it: {AGAIN}")
    ledger = content.get(LEDGER)
    sources = {n: _read(folder, n, ledger if isinstance(ledger, dict) else {}) for n in _sources(build)}
    return Delivery(build, build.name, load_target(build.target), (), build.memory, sources)


def _delivery(folder: Path, build: Build | BlobBuild | ProgramBuild, ledger: Mapping[str, object]) -> Delivery:
    parts = _parts(build)
    name = identifier(build.program) if isinstance(build, ProgramBuild) else parts[0].name
    target = load_target(build.target)
    for wanted in (n for part in parts for n in beside_names(part.name)):
        if not any(Path(f).name == wanted for f in build.files):
            if isinstance(build, BlobBuild) and target.rom == "separate":
                why = f"{target.core} has constants in an address space of their own: its blobs have no {wanted}"
                raise UnsupportedModel(build.model, [why])
            raise UsageError(f"{folder} has no {wanted}: an older lapel built it: {AGAIN}")
    sources = {n: _read(folder, n, ledger) for n in _sources(build)}
    if not isinstance(build, BlobBuild):
        return Delivery(build, name, target, parts, build.memory, sources)
    blob = _read(folder, f"{name}.blob", ledger)
    sources[f"{name}_blob.h"] = blob_header_text(name, len(blob), build.slot).encode()
    if not build.slot:
        sources[f"{name}_blob.c"] = array_text(name, blob).encode()
    memory = replace(build.memory, flash_data_bytes=build.memory.flash_data_bytes + build.blob_bytes)
    return Delivery(build, name, target, parts, memory, sources, {f"{name}.blob": blob}, build.slot)


def _parts(build: Build | BlobBuild | ProgramBuild) -> tuple[Part, ...]:
    models = build.models if isinstance(build, ProgramBuild) else (build,)
    return tuple(Part(identifier(m.model), m.model, m.recipe, m.plan) for m in models)


def _sources(build: Built) -> list[str]:
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
