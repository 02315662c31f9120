"""Misses against false accepts for every threshold, as SVG: a line a word, and where its detector stands on it."""

from __future__ import annotations

import io
from typing import Any

from lapel.records import WakeWord, WordFigures

PICTURE = "wakeword.svg"
HOW = 'no picture was drawn: for that, pip install "lapel[plot]"'
SIZE_INCHES = (7.2, 4.5)
COLORS = ("#1f5fa8", "#c1440e", "#2e7d32", "#6a3d9a", "#8c6d00", "#00838f")
LEAST_PER_H = 0.02
"""Where the axis of false accepts begins to be logarithmic: below it is none at all."""


def picture(record: WakeWord) -> bytes | None:
    """SVG; the same record gives the same bytes. None without matplotlib."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        return None
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "lapel", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(SIZE_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for k, found in enumerate(record.test):
            _draw(axes, found, COLORS[k % len(COLORS)], float(record.detector.threshold_sums[k]))
        _frame(axes, record)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "lapel"})
    return drawn.getvalue()


def _draw(axes: Any, found: WordFigures, color: str, threshold: float) -> None:
    points = sorted(found.curve)
    per_h = [p[3] for p in points]
    axes.plot(per_h, [100 * p[1] for p in points], "-", color=color, label=found.word)
    noisy = f"{found.word}, at {found.snr_db:g} dB"
    axes.plot(per_h, [100 * p[2] for p in points], "--", color=color, label=noisy)
    for p in points:
        if p[0] == threshold:
            axes.plot([p[3]] * 2, [100 * p[1], 100 * p[2]], "o", color=color, markersize=5)


def _frame(axes: Any, record: WakeWord) -> None:
    axes.set_xscale("symlog", linthresh=LEAST_PER_H)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.axvline(record.options.false_accepts_per_h, color="#999999", linewidth=0.8, linestyle=":")
    hours = f"{record.test[0].false_accepts.trials:.1f} h" if record.test else "no audio"
    axes.set_xlabel(f"false accepts an hour ({hours}); dots: the detector, dotted: what it was chosen for")
    axes.set_ylabel("words missed, %")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
