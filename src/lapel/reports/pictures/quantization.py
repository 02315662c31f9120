"""Quantization layer by layer: noise against the float model, ranges of values, and what is beyond them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lapel.errors import shown
from lapel.records import Diff, Quantized
from lapel.records.beside import Beside
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale
from lapel.reports.picture import Panel, Picture
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line

WIDTH, ROW, TOP = 960.0, 22.0, 34.0
NAME, BAR, BAR_END, FIGURE, RANGE, RANGE_END, CUT = 0.0, 270.0, 470.0, 525.0, 560.0, 820.0, 956.0
MOST = 150
POOR_DB, FAIR_DB = 10.0, 20.0
"""Below the first a layer's values have hardly anything to do with the float model's; above the second few samples
change their class. Measured on nothing: marks for the eye."""


@dataclass(frozen=True)
class Noisy:
    """A layer's figures. ranges: (values seen, values that the integers stand for), None where not known."""

    name: str
    op: str
    sqnr_db: float
    alone_db: float | None
    saturated: float
    seen: tuple[float, float] | None
    held: tuple[float, float] | None


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel quantize`, or of `lapel diff` beside a float model."""
    q, diff = dossiers[0].get(Quantized), dossiers[0].get(Diff)
    if q is not None and q.layers:
        return _panel(q.model, f"The results are {q.sqnr_db:.1f} dB above the noise of quantization. ", _quantized(q))
    if diff is not None and diff.beside is not None and diff.beside.layers:
        first = diff.beside.first
        said = f"The first layer that hurts by itself is {shown(first)}. " if first else "No layer hurts by itself. "
        return _panel(diff.model, said, _beside(diff.beside))
    return None


PICTURE = Picture("quantization", "Quantization", 50, draw)


def _quantized(q: Quantized) -> list[Noisy]:
    return [
        Noisy(shown(y.name), y.op, y.sqnr_db, y.alone_sqnr_db, y.saturated, (y.lo, y.hi),
              None if y.least is None or y.most is None else (y.least, y.most))
        for y in q.layers
    ]  # fmt: skip


def _beside(b: Beside) -> list[Noisy]:
    return [Noisy(shown(y.layer), y.op, y.sqnr_db, y.own_sqnr_db, y.saturated, None, None) for y in b.layers]


def _panel(model: str, said: str, layers: list[Noisy]) -> Panel:
    rows = sorted(sorted(range(len(layers)), key=lambda k: layers[k].sqnr_db)[:MOST])
    shapes = [*_heads(layers), *(s for at, k in enumerate(rows) for s in _row(layers[k], k, TOP + at * ROW, layers))]
    drawing = Drawing(WIDTH, TOP + len(rows) * ROW + 8, tuple(shapes), f"Quantization noise of {shown(model)} by layer")
    legend: tuple[tuple[str, str], ...] = (
        ("f-time", "behind all layers before"), ("s-ink", "this layer alone in integers"),
    )  # fmt: skip
    if any(layer.seen for layer in layers):
        legend += (("f-tensor", "what the integers can hold"), ("f-two", "values that were seen"))
    left = "" if len(rows) == len(layers) else f" Of {len(layers)} layers those with most noise."
    return Panel(drawing, said + _finding(layers), f"Signal to quantization noise: more is better.{left}", legend)


def _heads(layers: list[Noisy]) -> Iterator[Shape]:
    for x, text, anchor in (
        (NAME, "layer", "start"), (BAR, "signal to noise, dB", "start"), (FIGURE, "dB", "end"),
        (RANGE, "range, each on a scale of its own" if any(x.seen for x in layers) else "", "start"),
        (CUT, "saturated", "end"),
    ):  # fmt: skip
        yield Text(x, 16, text, "t-small t-muted", anchor)
    yield line(0, TOP - 8, WIDTH, TOP - 8, "s-rule")


def _row(layer: Noisy, k: int, y: float, layers: list[Noisy]) -> Iterator[Shape]:
    most = max([FAIR_DB, *(x.sqnr_db for x in layers if math.isfinite(x.sqnr_db))])
    bars = Scale(0, most, BAR, BAR_END)
    yield Text(NAME, y + 14, fitted(f"{k} {layer.op} {layer.name}", BAR - 12), "t-label", title=layer.name)
    value = layer.sqnr_db if math.isfinite(layer.sqnr_db) else (most if layer.sqnr_db > 0 else 0.0)
    yield Rect(BAR, y + 5, max(bars(value) - BAR, 0.75), 12, "f-bad" if layer.sqnr_db < POOR_DB else "f-time")
    if layer.alone_db is not None and math.isfinite(layer.alone_db):
        x = bars(layer.alone_db)
        yield line(x, y + 2, x, y + 20, "s-ink", f"alone {layer.alone_db:.1f} dB")
    yield Text(FIGURE, y + 15, "∞" if layer.sqnr_db == math.inf else f"{layer.sqnr_db:.1f}", "t-label", "end")
    yield from _ranges(layer, y)
    if layer.saturated:
        style = "t-label t-bad" if layer.saturated > 0.01 else "t-label t-muted"
        yield Text(CUT, y + 15, f"{100 * layer.saturated:.3g} %", style, "end")


def _ranges(layer: Noisy, y: float) -> Iterator[Shape]:
    if layer.seen is None or not all(map(math.isfinite, layer.seen)):
        return
    ends = [*layer.seen, *(layer.held or ()), 0.0]
    if min(ends) == max(ends):
        return
    scale = Scale(min(ends), max(ends), RANGE, RANGE_END)
    if layer.held is not None:
        said = f"integers hold {layer.held[0]:.4g} to {layer.held[1]:.4g}"
        yield Rect(scale(layer.held[0]), y + 4, scale(layer.held[1]) - scale(layer.held[0]), 14, "f-tensor", said)
    low, high = (scale(v) for v in layer.seen)
    yield Rect(low, y + 9, max(high - low, 0.75), 4, "f-two", f"seen: {layer.seen[0]:.4g} to {layer.seen[1]:.4g}")
    yield line(scale(0), y + 2, scale(0), y + 20, "s-muted")


def _finding(layers: list[Noisy]) -> str:
    worst = min(layers, key=lambda x: x.sqnr_db)
    cut = max(layers, key=lambda x: x.saturated)
    said = f"Most noise is in {worst.name} ({worst.op}), {worst.sqnr_db:.1f} dB. "
    if not cut.saturated:
        return f"{said}No value is beyond what the integers hold."
    return f"{said}Most values are cut off in {cut.name}: {100 * cut.saturated:.3g} %."
