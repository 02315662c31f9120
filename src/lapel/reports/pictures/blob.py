"""What is in the flash of a model as data: the blob, and the firmware that checks and runs it."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import BlobBuild, FlashPart
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, percent, whole
from lapel.reports.picture import Panel, Picture
from lapel.reports.shapes import Drawing, Rect, Shape, Text, line

WIDTH, NAME, BAR, BAR_END, ROW = 960.0, 0.0, 250.0, 820.0, 24.0
WORDS = {
    "blob": ("the model, a blob", "f-flash"),
    "kernels": ("kernels", "f-time"),
    "interpreter": ("loader and interpreter", "f-input"),
    "checks": ("checks of params", "f-state"),
    "tables": ("constants of these", "f-other"),
}
"""By the kind of a part: what it is called, and its color."""


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a blob's build."""
    build = dossiers[0].get(BlobBuild)
    if build is None or not build.parts:
        return None
    parts = sorted(build.parts, key=lambda p: list(WORDS).index(p.kind))
    bars = Scale(0, max(p.bytes for p in parts), BAR, BAR_END)
    shapes = [s for k, p in enumerate(parts) for s in _row(p, k * ROW, bars, build.whole_flash_bytes)]
    label = f"Flash of {shown(build.model)} as data"
    finding = (
        f"{whole(build.blob_bytes)} bytes are the model, and can be replaced; {whole(build.memory.flash_bytes)} bytes "
        "of firmware stay."
    )
    loading = "" if build.load_instructions is None else f" That takes {whole(build.load_instructions)} instructions."
    note = f"The whole blob is checked once, before its first step runs.{loading}"
    return Panel(Drawing(WIDTH, len(parts) * ROW + 4, tuple(shapes), label), finding, note)


PICTURE = Picture("blob", "Flash of a model as data", 12, draw)


def _row(p: FlashPart, y: float, bars: Scale, everything: int) -> Iterator[Shape]:
    name, style = WORDS[p.kind]
    yield Text(NAME, y + 16, name, "t-label")
    yield Rect(BAR, y + 4, max(bars(p.bytes) - BAR, 0.75), 15, style, f"{whole(p.bytes)} bytes")
    said = f"{whole(p.bytes)} ({percent(p.bytes / everything)})"
    yield Text(bars(p.bytes) + 8, y + 16, said, "t-label t-muted")
    yield line(BAR, y, BAR, y + ROW, "s-rule")
