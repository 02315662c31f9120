"""The folder of a ladder: networks and their record, written after each step, and taken up again by their keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lapel.errors import FormatError, LapelError
from lapel.files import LEDGER, check_folder, make_folder, write_folder
from lapel.frontends import load
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph, Origin
from lapel.ladder.recipe import CompressionRecipe
from lapel.records import CompressionRecord, Rung, Trial

MANIFEST = "compression.json"
PICTURE = "compression.svg"
DIGITS = 16
"""Of a key, in the name of a checkpoint."""
CHECKPOINTS = f"checkpoint_{'[0-9a-f]' * DIGITS}*.pt"


def file_name(recipe: CompressionRecipe, at: int) -> str:
    """Of the network after so many steps; 0: the first one."""
    name = recipe.steps[at - 1].name if at else "network"
    label = "".join(c if c.isalnum() or c in ".-_=" else "_" for c in recipe.label)
    return f"{label and f'{label}_'}{at}_{name}.tflite"


class Folder:
    """A folder that is written, or none: then everything is computed, and kept for the ladder's other forms alone."""

    def __init__(self, path: Path | None, name: str, origin: Origin) -> None:
        self.path, self.name, self.origin = path, name, origin
        self._graphs: dict[str, Graph] = {}
        self._files: dict[str, str] = {}
        old = _record(path)
        self._known = {rung.key: rung for rung in _rungs(old)}
        self._trials = {t.key: t for t in old.search.trials if not t.failed} if old and old.search else {}

    def check(self, recipes: tuple[CompressionRecipe, ...]) -> None:
        """Raise OutputError if the files of these ladders cannot be written."""
        if self.path is not None:
            names = [file_name(r, at) for r in recipes for at in range(len(r.steps) + 1)]
            check_folder(self.path, [*names, PICTURE], MANIFEST)
            make_folder(self.path)

    def discard(self) -> None:
        """Know nothing of earlier runs, and remove their checkpoints. Raises InputError for a file with the name of
        one that Lapel did not write, OutputError if one cannot be removed."""
        from lapel.training.checkpoints import discard

        self._known, self._trials = {}, {}
        if self.path is not None:
            discard(self.path.glob(CHECKPOINTS))

    def finished(self, key: str) -> Rung | None:
        """The rung with that key, if its network is still there as it was written."""
        rung = self._known.get(key)
        if rung is None or (key not in self._graphs and not self._unchanged(rung)):
            return None
        return rung

    def graph(self, rung: Rung) -> Graph:
        """The network of a finished rung."""
        return self._graphs[rung.key]

    def keep(self, rung: Rung, graph: Graph) -> None:
        """Have a rung finished; its file is written by the next `write`."""
        self._known[rung.key], self._graphs[rung.key] = rung, graph

    def float_bytes(self, rung: Rung) -> int:
        """What the constants of a network are in float32."""
        return 4 * sum(t.data.size for t in self._graphs[rung.key].tensors.values() if t.data is not None)

    def trials(self) -> dict[str, Trial]:
        """Trials of earlier searches by key."""
        return self._trials

    def place(self, key: str, name: str) -> str | None:
        """The file of a network: what it is called by the first form of the ladder that has it."""
        return None if self.path is None else self._files.setdefault(key, name)

    def checkpoint(self, key: str) -> Path | None:
        """Where the training of the step with that key is kept while it lasts."""
        return None if self.path is None else self.path / f"checkpoint_{key[:DIGITS]}.pt"

    def remove_checkpoints(self, key: str) -> None:
        """Remove what a finished step needs no more."""
        place = self.checkpoint(key)
        if place is not None:
            for old in place.parent.glob(f"{place.stem}*.pt"):
                old.unlink()

    def write(self, record: CompressionRecord, more: Mapping[str, bytes]) -> None:
        """Write the record with all networks that it names, and other files. The same ladder writes the same bytes."""
        if self.path is None:
            return
        rungs = [r for part in (record.rungs, *(v.rungs for v in record.variants)) for r in part]
        contents = {r.file: write_tflite(self._graphs[r.key]) for r in rungs if r.file is not None}
        write_folder(self.path, {**contents, **more}, MANIFEST, replace(record, seconds=None).to_json())

    def as_written(self, graph: Graph) -> Graph:
        """The network as its file says it, so that whoever goes on from the file goes on from the same."""
        return self._read(write_tflite(replace(graph, name=self.name)))

    def _read(self, content: bytes) -> Graph:
        return replace(load(content, name=self.name), origin=self.origin, file_sha256="")

    def _unchanged(self, rung: Rung) -> bool:
        if self.path is None or rung.file is None:
            return False
        with contextlib.suppress(LapelError, OSError):
            graph = self._read((self.path / rung.file).read_bytes())
            if graph.digest() == rung.sha256:
                self._graphs[rung.key] = graph
                return True
        return False


def _record(path: Path | None) -> CompressionRecord | None:
    """The record in a folder; None if there is none, or one that says something else."""
    if path is not None:
        with contextlib.suppress(FormatError):
            return CompressionRecord.read(path / MANIFEST, ignored=(LEDGER,))
    return None


def _rungs(record: CompressionRecord | None) -> Iterator[Rung]:
    """All that a record has."""
    if record is not None:
        for rungs in (record.rungs, *(v.rungs for v in record.variants)):
            yield from rungs
