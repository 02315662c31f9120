"""The ladder as a picture: accuracy against the bytes that weights take in flash, a point a step, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from lapel.records import CompressionRecord, Rung

HOW = 'no picture was drawn: for that, pip install "lapel[plot]"'
SIZE_INCHES = (7.2, 4.5)
ABOVE, BELOW = (0, 6), (0, -14)
"""Where a label stands, in points from its mark: two steps that differ little do not write over each other."""
GRAY, BLUE = "#999999", "#1f5fa8"


def picture(record: CompressionRecord) -> bytes | None:
    """SVG; the same record gives the same bytes. None without matplotlib, or if no step was measured."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        return None
    ladders = [*((v.label, v.rungs) for v in record.variants), ("", record.rungs)]
    if not any(_points(rungs) for _, rungs in ladders):
        return None
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "lapel", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(SIZE_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for label, rungs in ladders:
            _draw(axes, label, _points(rungs))
        _frame(axes, record)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "lapel"})
    return drawn.getvalue()


def _points(rungs: Sequence[Rung]) -> list[tuple[str, float, float]]:
    """(step, bytes, share) of the rungs that were measured."""
    return [
        (r.step, float(r.firmware.weight_bytes + r.firmware.decoder_bytes), r.best.score.share)
        for r in rungs
        if r.firmware is not None and r.best is not None and r.best.score.share is not None
    ]


def _draw(axes: Any, label: str, points: list[tuple[str, float, float]]) -> None:
    """The recipe's own ladder step by step; of each other form its end."""
    if not points:
        return
    if label:
        _, x, y = points[-1]
        axes.plot([x], [y], "o", color=GRAY, markersize=4)
        axes.annotate(label, (x, y), (4, -10), textcoords="offset points", color=GRAY)
        return
    axes.plot([p[1] for p in points], [p[2] for p in points], "o-", color=BLUE, markersize=5, linewidth=1)
    for k, (step, x, y) in enumerate(points):
        place = ABOVE if k % 2 == 0 else BELOW
        axes.annotate(f"{k} {step}", (x, y), place, textcoords="offset points", color=BLUE, ha="center")


def _frame(axes: Any, record: CompressionRecord) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, PercentFormatter

    accuracy = any(r.best is not None and r.best.score.accuracy is not None for r in record.rungs)
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.margins(0.12)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda x, _: ""))
    if accuracy:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(f"bytes of flash for weights on {record.target}, decoder included")
    axes.set_ylabel("accuracy on the test set" if accuracy else "R² on the test set")
    axes.set_title(f"{record.network}: {len(record.rungs) - 1} steps of compression")
    axes.grid(True, linewidth=0.4, alpha=0.5)
