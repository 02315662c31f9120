"""`Dossier`: the records that belong to one firmware, or to one thing else that was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.records import Diff, Quantized, Record, Run
from lapel.reports.firmware import Firmware, firmware_of, identity

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, eq=False)
class Dossier:
    """What is known of one thing. title: what it is called in the report, firmware: None where there is no build.

    graph: the model, where it was given.
    """

    title: str
    firmware: Firmware | None
    records: tuple[Record, ...]
    graph: Graph | None = None

    def get(self, kind: type[R]) -> R | None:
        """The first record of a class; None without one."""
        return next((r for r in self.records if isinstance(r, kind)), None)


def dossiers_of(records: Sequence[Record]) -> tuple[Dossier, ...]:
    """Records sorted by what they are about: those of runs stand with the build of the same firmware.

    Raises FormatError as `firmware_of` does.
    """
    built = [(record, fw) for record in records if not isinstance(record, Run) for fw in firmware_of(record)]
    builds = {id(record) for record, _ in built}
    others = [r for r in records if id(r) not in builds]
    taken = {id(r) for r in others for _, fw in built if _belongs(r, fw)}
    found = [Dossier(_title(fw, built), fw, (record, *(r for r in others if _belongs(r, fw)))) for record, fw in built]
    return (*found, *(_alone(r, records) for r in others if id(r) not in taken))


def _alone(record: Record, records: Sequence[Record]) -> Dossier:
    """Of a record that belongs to no build."""
    for fw in firmware_of(record):
        return Dossier(f"run of {_title(fw, [(record, fw)])}", fw, (record,))
    return Dossier(_name(record), None, (record,))


def _belongs(record: Record, fw: Firmware) -> bool:
    """Whether a record is about that firmware: a run of it, what quantized its model, or what was compared with it."""
    if isinstance(record, Run):
        return identity(record.recipe) == fw.identity
    if isinstance(record, Diff):
        return (record.model, record.target) == (fw.model, fw.target)
    return isinstance(record, Quantized) and _stem(record) == fw.model


def _stem(record: Quantized) -> str:
    """What a build of it is called: by the file that was written, else as the float model."""
    return record.model if record.file is None else Path(record.file).stem


def _name(record: Record) -> str:
    """Of a record that belongs to no build."""
    what = next((getattr(record, key) for key in ("model", "network", "name", "data") if hasattr(record, key)), "")
    where = getattr(record, "target", "")
    return " ".join(filter(None, [type(record).kind(), shown(str(what)), f"on {where}" if where else ""]))


def _title(fw: Firmware, built: Sequence[tuple[Record, Firmware]]) -> str:
    """Model and target; and the goal, where another build has the same two."""
    if fw.recipe is None:
        return f"plan of {shown(fw.model)} on {fw.target}"
    same = [f for _, f in built if (f.model, f.target) == (fw.model, fw.target) and f.recipe]
    goal = f", {fw.recipe.wish.optimize}" if len(same) > 1 else ""
    return f"{shown(fw.model)} on {fw.target}{goal}"


def with_model(dossiers: tuple[Dossier, ...], graph: Graph) -> tuple[Dossier, ...]:
    """The same, of which those that were built of this graph know it. Raises UsageError: none was."""
    digest = graph.digest()
    known = tuple(
        replace(d, graph=graph) if d.firmware and d.firmware.identity and d.firmware.identity[0] == digest else d
        for d in dossiers
    )
    if all(d.graph is None for d in known):
        identities = [d.firmware.identity for d in dossiers if d.firmware is not None]
        built = ", ".join(found[0][:12] for found in identities if found is not None) or "none"
        found = f"{shown(graph.name)}: the graph's sha256 is {digest[:12]}…, the builds' are {built}"
        raise UsageError(f"{found}: expected the model that one of them was made of")
    return known
