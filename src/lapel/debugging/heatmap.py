"""Layers x machines as SVG: the share of elements that differ, and which layers do so by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lapel.records import Diff, DiffLayer

CELL, ROW, TOP, LETTER = 92, 20, 34, 7.0
"""Pixels: width and height of a cell, the heading, and what a letter of 12 pixels takes at most."""
LEAST_SHADE = 0.25
"""A single element is seen, too."""
LOUD_DB, QUIET_DB = 10.0, 40.0
"""Signal to quantization noise that is drawn fullest, and not at all."""
STYLE = (
    "svg{color-scheme:light dark;background:Canvas}text{font:12px sans-serif;fill:CanvasText}"
    ".cell{stroke:GrayText;stroke-width:.5}.wrong{fill:#c0392b}.given{fill:#d98a3d}.noise{fill:#1f5fa8}"
    ".count{text-anchor:middle}"
)


def heatmap(found: Diff) -> str:
    """The picture of a comparison; what a cell says is its title, too, for readers without eyes on it."""
    beside = found.beside is not None
    left = max((len(row.layer) for row in found.layers), default=0) * LETTER + 12
    columns = [*found.machines, *(["float, own dB"] if beside else [])]
    width, height = left + CELL * len(columns) + 8, TOP + ROW * len(found.layers) + 8
    title = f"Layers of {found.model} that differ from the reference, by machine"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        *(_text(left + CELL * (k + 0.5), TOP - 12, name, "count") for k, name in enumerate(columns)),
        *(line for k, row in enumerate(found.layers) for line in _row(found, row, left, TOP + ROW * k)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _row(found: Diff, row: DiffLayer, left: float, y: float) -> Iterator[str]:
    yield _text(6, y + 14, row.layer)
    for k, machine in enumerate(found.machines):
        count = row.differing.get(machine)
        if count is None:
            continue
        own = row.own.get(machine, True)
        share = count / row.size if row.size else 0.0
        said = "as the reference" if not count else f"{count} of {row.size} elements differ"
        said += "" if not count or own else ", for what it was given was wrong"
        shade = LEAST_SHADE + (1 - LEAST_SHADE) * min(share, 1.0) if count else 0.0
        kind = "wrong" if own else "given"
        yield _cell(left + CELL * k, y, shade, kind, f"{row.layer} on {machine}: {said}", str(count) if count else "=")
    if row.beside_db is not None:
        shade = min(max((QUIET_DB - row.beside_db) / (QUIET_DB - LOUD_DB), 0.0), 1.0)
        shown = "exact" if row.beside_db == float("inf") else f"{row.beside_db:.1f}"
        said = f"{row.layer} beside the float model: {shown} dB of its own"
        yield _cell(left + CELL * len(found.machines), y, shade, "noise", said, shown)


def _cell(x: float, y: float, shade: float, kind: str, title: str, shown: str) -> str:
    box = f'x="{x:g}" y="{y:g}" width="{CELL - 2}" height="{ROW - 2}"'
    return (
        f'<g><title>{escape(title)}</title><rect class="cell {kind}" {box} fill-opacity="{shade:.2f}"/>'
        f"{_text(x + CELL / 2 - 1, y + 14, shown, 'count')}</g>"
    )


def _text(x: float, y: float, said: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{marked}>{escape(said)}</text>'
