"""`Recipe`: what a firmware was made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated

from lapel.records.plain import Flat
from lapel.wish import Wish

NOT_PROVEN = "NOT PROVEN: nothing of this was compiled, run or measured; NAME_sample.h lets the device do it"
"""What the heads of files say that were written without a compiler."""


@dataclass(frozen=True)
class Recipe:
    """What a firmware was made of, and how: what tells two builds apart.

    sha256: of the graph (`Graph.digest`). file_sha256: of the model file, None without one. compiler: what it says of
    itself; flags: that the figures were measured with, as on a command line; both are empty where nothing was compiled.
    """

    lapel: str
    target: str
    sha256: str
    file_sha256: str | None
    wish: Annotated[Wish, Flat()]
    compiler: str
    flags: str

    def lines(self) -> list[str]:
        """The same as text for the heads of the generated files."""
        return [
            *([f"file   sha256 {self.file_sha256}"] if self.file_sha256 else []),
            f"graph  sha256 {self.sha256}",
            f"goal   {', '.join(self._wishes())}",
            *([f"figures by {self.compiler}", f"  with {self.flags}"] if self.compiler else [NOT_PROVEN]),
        ]

    def _wishes(self) -> Iterator[str]:
        """The goal, and every other option that is not as it would be if nobody had asked."""
        for f in fields(self.wish):
            value, name = getattr(self.wish, f.name), f.name.replace("_", " ")
            if f.name == "optimize":
                yield str(value)
            elif value != f.default:
                said = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
                yield name if value is True else " ".join([name, said, *f.metadata.values()])
