"""`lapel.report`: records of builds, runs and more as one page, or as pictures."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.proving.models import load
from lapel.records import CycleModel, Record
from lapel.reports.dossier import Dossier, dossiers_of, with_model
from lapel.reports.page import Part, Section, framed, render_page, render_svg
from lapel.reports.picture import list_pictures
from lapel.reports.sources import Source, read_records
from lapel.reports.tiles import known_target, tiles
from lapel.reports.viewer import list_viewers


@dataclass(frozen=True)
class Report:
    """A report that was made.

    html: the page. pictures: SVG by a name for a file, in their order. data: the same for files of other viewers.
    """

    html: str
    pictures: dict[str, str]
    data: dict[str, str]

    def _repr_html_(self) -> str:
        """In a frame, so that the page's style is its own."""
        return framed(self.html)


def report(sources: Source | Sequence[Source], *, model: Model | None = None) -> Report:
    """Pictures of what records say; nothing is built, and nothing is run.

    sources: records, folders of `lapel build`, or JSON files of records. A run's record stands with the build of the
    same firmware; of several builds the differences come first. model: that of a build among them, whose weights are
    drawn, too.

    Raises UsageError: there is nothing that can be drawn, or no build of that model; FormatError: a record that is
    missing or damaged; what `lapel.load` raises.
    """
    given = [sources] if isinstance(sources, (Record, str)) or not isinstance(sources, Sequence) else list(sources)
    dossiers = dossiers_of(read_records(given))
    if model is not None:
        dossiers = with_model(dossiers, load(model))
    parts = [*(_together(dossiers) if len(dossiers) > 1 else ()), *_each(dossiers)]
    if not any(part.sections for part in parts):
        kinds = ", ".join(sorted({type(r).kind() for d in dossiers for r in d.records}))
        raise UsageError(f"there is no picture of what was given ({kinds}), expected the folder of a build among it")
    title = dossiers[0].title if len(dossiers) == 1 else " · ".join(dict.fromkeys(d.title for d in dossiers))
    lead = parts[0].lead if len(parts) == 1 else f"{len(dossiers)} records beside each other"
    html = render_page(title, lead, parts, list(_footer(dossiers)))
    drawn = {f"{_file(part.title)}-{s.name}.svg": render_svg(s.panel.drawing) for part in parts for s in part.sections}
    data = {
        f"{_file(d.title)}.{end}": text for d in dossiers for v in list_viewers() for end, text in v.write(d).items()
    }
    return Report(html, drawn, data)


def _together(dossiers: tuple[Dossier, ...]) -> Iterator[Part]:
    """What is said of all builds, if there is anything."""
    found = tuple(_sections(dossiers, "all", "all-"))
    if found:
        yield Part("all-", "Side by side", "", (), (), found)


def _each(dossiers: tuple[Dossier, ...]) -> Iterator[Part]:
    for k, dossier in enumerate(dossiers):
        prefix = f"{string.ascii_lowercase[k % 26]}{k // 26 or ''}-"
        fw = dossier.firmware
        sections = tuple(_sections((dossier,), "each" if len(dossiers) > 1 else "", prefix))
        said = tuple(dict.fromkeys(w for r in dossier.records for w in getattr(r, "warnings", ())))
        yield Part(prefix, dossier.title, _lead(dossier), () if fw is None else tiles(fw), said, sections)


def _sections(dossiers: tuple[Dossier, ...], of: str, prefix: str) -> Iterator[Section]:
    """Pictures of each, of all together, or ("") both."""
    for picture in list_pictures():
        if of in ("", picture.of):
            panel = picture.draw(dossiers)
            if panel is not None:
                yield Section(prefix, picture.name, picture.title, panel)


def _lead(dossier: Dossier) -> str:
    fw = dossier.firmware
    if fw is None:
        return ""
    if fw.recipe is None:
        return (
            f"A plan for {fw.core}, which was not built yet: costs are those of kernels that were measured one by one."
        )
    board = known_target(fw.target)
    where = "this computer" if board is not None and board.emulator.kind == "native" else "the emulated core"
    return f"Firmware for {fw.core}, planned for {fw.recipe.wish.optimize}. It was run on {where}, and {fw.ran}."


def _footer(dossiers: tuple[Dossier, ...]) -> Iterator[str]:
    for d in dossiers:
        if d.firmware is not None and d.firmware.recipe is not None:
            r = d.firmware.recipe
            yield f"{d.title}: graph sha256 {r.sha256}, Lapel {r.lapel}, {r.compiler} {r.flags}"
    for title in dict.fromkeys(f"{m.title}: {m.source}; {m.flash}" for d in dossiers if (m := _model(d))):
        yield f"Modelled cycles: {title}. Computed from counted instructions, not measured on silicon."
    memories = (m for d in dossiers if (model := _model(d)) for m in model.memories)
    for said in dict.fromkeys(f"{m.memory}: {m.how}" for m in memories):
        yield f"Cycles of memories: {said}. Times accesses that were counted."


def _model(d: Dossier) -> CycleModel | None:
    return None if d.firmware is None else d.firmware.cycle_model


def _file(title: str) -> str:
    """A name for files that has what every file system takes."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in title)
    return "-".join(filter(None, kept.split("-")))[:80] or "report"
