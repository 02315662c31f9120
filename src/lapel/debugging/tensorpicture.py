"""A tensor as SVG: a map of greys for each channel of an image, rows of a matrix else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

import numpy as np

CELL, GAP, TOP = 8, 10, 34
"""Pixels."""
MOST_CELLS = 16384
"""Elements that are drawn at most: channels beyond are left out, and said to be."""
ROW_PIXELS = 800
STYLE = "svg{color-scheme:light dark;background:Canvas}text{font:12px sans-serif;fill:CanvasText}"


def tensor_svg(values: np.ndarray, title: str) -> str:
    """White is the greatest value, black the least. values: any shape; of three or more axes the last is channels."""
    maps = _maps(values)
    height, width = maps.shape[1:]
    shown = max(1, min(len(maps), MOST_CELLS // max(height * width, 1)))
    columns = max(1, ROW_PIXELS // (width * CELL + GAP))
    rows = -(-shown // columns)
    w = min(shown, columns) * (width * CELL + GAP) + GAP
    h = TOP + rows * (height * CELL + GAP)
    least, most = float(values.min()), float(values.max())
    said = f"{title}: {least:g} (black) to {most:g} (white)"
    said += f", {shown} of {len(maps)} channels" if shown < len(maps) else ""
    body = list[str]()
    for k in range(shown):
        x, y = GAP + k % columns * (width * CELL + GAP), TOP + k // columns * (height * CELL + GAP)
        body += _cells(maps[k], x, y, least, most)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{max(w, 420)}" height="{h}" role="img">',
        f"<title>{escape(said)}</title><style>{STYLE}</style>",
        f'<text x="{GAP}" y="20">{escape(said)}</text>',
        *body,
        "</svg>\n",
    ])  # fmt: skip


def _maps(values: np.ndarray) -> np.ndarray:
    """[channels, rows, columns]."""
    if values.ndim >= 3:
        image = values.reshape(-1, *values.shape[-2:])
        return np.moveaxis(image, -1, 0)
    return values.reshape(1, -1, values.shape[-1] if values.ndim else 1)


def _cells(image: np.ndarray, x: int, y: int, least: float, most: float) -> Iterator[str]:
    """Runs of one grey in a row are one rectangle."""
    span = (most - least) or 1.0
    for i, row in enumerate(image):
        greys = np.rint(255 * (row.astype(np.float64) - least) / span).astype(int)
        starts = [0, *(k for k in range(1, len(greys)) if greys[k] != greys[k - 1]), len(greys)]
        for a, b in pairwise(starts):
            g = int(greys[a])
            box = f'x="{x + a * CELL}" y="{y + i * CELL}" width="{(b - a) * CELL}" height="{CELL}"'
            yield f'<rect {box} fill="rgb({g},{g},{g})"/>'
