"""The comparison as a picture: mistakes in folds, or R², against flash, RAM, time and energy, as SVG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from lapel.records import Comparison

HOW = 'no picture was drawn: for that, pip install "lapel[plot]"'
PANEL_INCHES, HEIGHT_INCHES = 4.2, 5.6
GRAY, BLUE = "#999999", "#1f5fa8"
LEAST_MISTAKES = 0.3
"""Of all held-out samples, that a logarithm has a place for."""


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
        figure = Figure((PANEL_INCHES * len(axes), HEIGHT_INCHES), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
        for panel, axis in zip(panels, axes, strict=True):
            _draw(panel, record, axis)
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
        if None not in values:
            found.append(Axis(title, tuple(float(v) for v in values if v is not None)))
            break
    energies = tuple(c.energy_uj for c in chips if c.energy_uj is not None)
    return [*found, Axis("uJ of an inference, at most", energies)] if len(energies) == len(chips) else found


def _draw(panel: Any, record: Comparison, axis: Axis) -> None:
    """Means with their standard errors, the held-out score as a ring, and the front of this panel as a line."""
    best: list[tuple[float, float, float]] = []
    for x, c in sorted(zip(axis.values, record.ran, strict=True), key=lambda pair: (pair[0], -pair[1].best.mean)):
        mean, error = c.best.mean, c.best.error
        ahead = not best or mean > best[-1][2]
        y, low, high = (_height(record, share) for share in (mean, mean - error, mean + error))
        colour = BLUE if ahead else GRAY
        panel.plot([x, x], [low, high], "-", color=colour, linewidth=0.8)
        panel.plot([x], [y], "o", color=colour, markersize=4)
        if c.chip is not None and c.chip.score.share is not None:
            held = _height(record, c.chip.score.share)
            panel.plot([x], [held], "o", color=colour, markersize=5, fillstyle="none", markeredgewidth=0.8)
        size = 7 if ahead else 5.5
        panel.annotate(c.name, (x, y), (4, -8), textcoords="offset points", color=colour, fontsize=size)
        best += [(x, y, mean)] * ahead
    panel.plot([p[0] for p in best], [p[1] for p in best], "-", color=BLUE, linewidth=0.8, drawstyle="steps-post")
    panel.set_xscale("log")
    panel.set_xlabel(axis.title)
    panel.grid(True, linewidth=0.4, alpha=0.5)
    panel.margins(0.14, 0.06)
    if axis.limit is not None and axis.limit < 8 * max(axis.values):
        panel.axvline(axis.limit, color=GRAY, linestyle="--", linewidth=0.8)


def _height(record: Comparison, share: float) -> float:
    """R² as it is; of an accuracy the share of mistakes, which tells 98 % from 99 %."""
    return max(1 - share, LEAST_MISTAKES / record.test_samples) if record.task == "classification" else share


def _frame(panel: Any, record: Comparison) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    what = "R²"
    if record.task == "classification":
        what = "mistakes, fewer above"
        panel.set_yscale("log")
        panel.invert_yaxis()
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
        panel.yaxis.set_minor_formatter(NullFormatter())
    panel.set_ylabel(f"{what}: dots of {record.folds} folds, ± standard error; rings held out, on the chip")
