"""`Dossier`: the records that belong to one firmware, or to one thing else that was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lapel.ir import Graph
from lapel.records import Record, Run
from lapel.reports.firmware import Firmware, firmware_of, identity

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, eq=False)
class Dossier:
    """What is known of one thing. title: what it is called in the report, firmware: None where there is no build.

    graph: the integer model, where it was given; floats: the float one.
    """

    title: str
    firmware: Firmware | None
    records: tuple[Record, ...]
    graph: Graph | None = None
    floats: Graph | None = None

    def get(self, kind: type[R]) -> R | None:
        """The first record of a class; None without one."""
        return next((r for r in self.records if isinstance(r, kind)), None)


def dossiers_of(records: Sequence[Record]) -> tuple[Dossier, ...]:
    """Records sorted by what they are about: those of runs stand with the build of the same firmware."""
    found: list[Dossier] = []
    runs = [r for r in records if isinstance(r, Run)]
    taken: set[int] = set()
    for record in records:
        for fw in firmware_of(record):
            mine = [r for r in runs if identity(r.recipe) == fw.identity]
            taken |= {id(r) for r in mine}
            found.append(Dossier(_title(fw, records), fw, (record, *mine)))
        if not firmware_of(record) and not isinstance(record, Run):
            found.append(Dossier(type(record).kind(), None, (record,)))
    alone = [r for r in runs if id(r) not in taken]
    return (*found, *(Dossier(f"{r.model} on {r.target}", None, (r,)) for r in alone))


def _title(fw: Firmware, records: Sequence[Record]) -> str:
    """Model and target; and the goal, where another build has the same two."""
    same = [f for r in records for f in firmware_of(r) if (f.model, f.target) == (fw.model, fw.target)]
    goal = f", {fw.recipe.wish.optimize}" if len(same) > 1 else ""
    return f"{fw.model} on {fw.target}{goal}"
