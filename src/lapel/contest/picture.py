"""The comparison as a picture: accuracy by folds against flash, RAM and time, a point a contender, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lapel.records import Comparison, Contender

HOW = 'no picture was drawn: for that, pip install "lapel[plot]"'
SIZE_INCHES = (11.5, 4.6)
GRAY, BLUE = "#999999", "#1f5fa8"


@dataclass(frozen=True)
class Axis:
    """What is along a panel, of which less is better. limit: of the target, None where there is none or it is not
    known."""

    title: str
    values: tuple[float, ...]
    limit: int | None = None


def picture(record: Comparison) -> bytes | None:
    """SVG; the same record gives the same bytes. None without matplotlib, or if nothing ran."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        return None
    axes = _axes(record)
    if not record.ran:
        return None
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "lapel", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(SIZE_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
        for panel, axis in zip(panels, axes, strict=True):
            _draw(panel, record.ran, axis)
        _frame(panels[0], record)
        figure.suptitle(f"{record.data} on {record.target}: {record.answer}", fontsize=9, wrap=True)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "lapel"})
    return drawn.getvalue()


def _axes(record: Comparison) -> list[Axis]:
    chips = [c.chip for c in record.ran if c.chip is not None]
    found = [
        Axis("bytes of flash", tuple(float(c.memory.flash_bytes) for c in chips), record.flash_bytes),
        Axis("bytes of RAM with the stack", tuple(float(c.memory.ram_bytes) for c in chips), record.ram_bytes),
    ]
    for title, values in (
        ("ms of an inference, at most", [None if c.time_us is None else c.time_us / 1000 for c in chips]),
        ("cycles of an inference, at most", [c.cycles for c in chips]),
        ("instructions of an inference, at most", [c.instructions for c in chips]),
    ):
        known = tuple(float(v) for v in values if v is not None)
        if chips and len(known) == len(chips):
            return [*found, Axis(title, known)]
    return found


def _draw(panel: Any, ran: Sequence[Contender], axis: Axis) -> None:
    """Means with their standard errors, the held-out score as a ring, and the front of this panel as a line."""
    best: list[tuple[float, float]] = []
    for x, c in sorted(zip(axis.values, ran, strict=True), key=lambda pair: (pair[0], -pair[1].best.mean)):
        y = c.best.mean
        ahead = not best or y > best[-1][1]
        colour = BLUE if ahead else GRAY
        panel.errorbar([x], [y], [c.best.error], fmt="o", color=colour, markersize=4, linewidth=0.8)
        if c.chip is not None and c.chip.score.share is not None:
            panel.plot(
                [x], [c.chip.score.share], "o", color=colour, markersize=5, fillstyle="none", markeredgewidth=0.8
            )
        panel.annotate(c.name, (x, y), (4, -9), textcoords="offset points", color=colour, fontsize=6.5)
        best += [(x, y)] * ahead
    panel.plot(*zip(*best, strict=True), "-", color=BLUE, linewidth=0.8, drawstyle="steps-post")
    panel.set_xscale("log")
    panel.set_xlabel(axis.title)
    panel.grid(True, linewidth=0.4, alpha=0.5)
    panel.margins(0.14)
    if axis.limit is not None and axis.limit < 8 * max(axis.values):
        panel.axvline(axis.limit, color=GRAY, linestyle="--", linewidth=0.8)


def _frame(panel: Any, record: Comparison) -> None:
    from matplotlib.ticker import PercentFormatter

    if record.task == "classification":
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    what = "accuracy" if record.task == "classification" else "R²"
    panel.set_ylabel(f"{what}: dots of {record.folds} folds, ± standard error; rings held out, on the chip")
