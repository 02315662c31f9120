"""Misses against average power of the settings that are the best at something, as SVG; and which one was chosen."""

from __future__ import annotations

import io
from typing import Any

from lapel.records import CascadeBuild, CascadeTuning

PICTURE = "cascade.svg"
SIZE_INCHES = (7.2, 4.5)
POINTS, ALONE, CHOSEN = "#1f5fa8", "#777777", "#c1440e"


def picture(record: CascadeBuild) -> bytes | None:
    """SVG; the same record gives the same bytes. None without matplotlib, or where nothing was tuned."""
    if record.tuning is None:
        return None
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
        _draw(figure.add_subplot(), record.tuning, record.target)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "lapel"})
    return drawn.getvalue()


def _draw(axes: Any, tuning: CascadeTuning, target: str) -> None:
    points, alone, chosen = tuning.points, tuning.alone, tuning.point
    axes.scatter(
        [p.power_uw for p in points], [100 * p.missed for p in points], s=[12 + 8 * p.false_accepts for p in points],
        color=POINTS, alpha=0.7, label="settings; larger: more false accepts",
    )  # fmt: skip
    axes.plot([alone.power_uw], [100 * alone.missed], "s", color=ALONE, label="the words listen all the time")
    axes.plot(
        [chosen.power_uw], [100 * chosen.missed], "o", markersize=11, markerfacecolor="none", color=CHOSEN,
        label="chosen",
    )  # fmt: skip
    axes.axvline(1000, color="#999999", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"average power on {target}, uW, of what is known; dotted: 1 mW")
    axes.set_ylabel("words missed, %")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
