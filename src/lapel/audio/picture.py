"""A recording that was listened to as a picture: waveform, features, scores, detections, as SVG or in a page of HTML.

Long recordings are drawn by columns: of the samples or scores of a column the least and the greatest, of the features
the greatest.
"""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lapel.errors import MissingTool, UsageError
from lapel.records.listening import Listening

SUFFIXES = (".svg", ".html")
COLUMNS = 1600
WIDTH_INCHES = 10.0
HEIGHTS_INCHES = {"waveform": 1.6, "features": 2.0, "scores": 1.8}
GRAY, MARK = "#777777", "#c0392b"
COLORS = ("#1f5fa8", "#2e8b57", "#b8860b", "#7d3c98", "#b03a6e", "#117a65")
MISSING = 'matplotlib is not installed, pictures need it: pip install "lapel[plot]"'


def check_picture(path: Path) -> Path:
    """The path of a picture. Raises UsageError: neither .svg nor .html; MissingTool."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path} ends in {path.suffix or 'nothing'!r}, expected {' or '.join(SUFFIXES)} for a picture")
    try:
        import matplotlib  # noqa: F401
    except ImportError as e:
        raise MissingTool(MISSING) from e
    return path


def picture(path: Path, record: Listening, samples: np.ndarray) -> bytes:
    """The content of the file, as its suffix says; the same record gives the same bytes. Raises as `check_picture`."""
    svg = _svg(record, samples) if check_picture(path) else b""
    return svg if path.suffix.lower() == ".svg" else _page(record, svg)


def _svg(record: Listening, samples: np.ndarray) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    panels = [name for name in HEIGHTS_INCHES if name != "features" or record.features.size]
    heights = [HEIGHTS_INCHES[name] for name in panels]
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "lapel", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure((WIDTH_INCHES, sum(heights) + 0.6), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        for name, ax in zip(panels, axes, strict=True):
            DRAWERS[name](ax, record, samples)
            _mark(ax, record)
        _frame(axes, record)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "lapel"})
    return drawn.getvalue()


def _waveform(ax: Any, record: Listening, samples: np.ndarray) -> None:
    at, low, high = _envelope(samples / 32768, 1 / record.recording.rate_hz)
    ax.fill_between(at, low, high, color=GRAY, linewidth=0.5)
    ax.set_ylim(-1, 1)
    ax.set_ylabel("samples")


def _features(ax: Any, record: Listening, samples: np.ndarray) -> None:
    rows = record.features
    width = -(-len(rows) // COLUMNS)
    starts = np.arange(0, len(rows), width)
    drawn = np.maximum.reduceat(rows, starts, axis=0)
    ends_s = len(rows) * record.step_samples * record.steps / (record.recording.rate_hz * len(rows))
    ax.imshow(drawn.T, origin="lower", aspect="auto", extent=(0, ends_s, 0, rows.shape[1]), cmap="magma")
    ax.set_ylabel("features")


def _scores(ax: Any, record: Listening, samples: np.ndarray) -> None:
    d, step_s = record.detector, record.step_samples / record.recording.rate_hz
    for k, (word, output, threshold) in enumerate(zip(d.words, d.outputs, d.threshold_sums, strict=True)):
        color = COLORS[k % len(COLORS)]
        at, low, high = _envelope(record.scores[:, output] / 255, step_s, step_s)
        ax.fill_between(at, low, high, color=color, alpha=0.25, linewidth=0)
        ax.plot(at, high, color=color, linewidth=1, label=word)
        ax.axhline(threshold / (255 * d.smoothing), color=color, linewidth=0.7, linestyle="--")
    ax.set_ylim(0, 1.05)
    ax.set_ylabel("scores")
    ax.legend(loc="upper right", fontsize=8, framealpha=0.8)


DRAWERS = {"waveform": _waveform, "features": _features, "scores": _scores}


def _mark(ax: Any, record: Listening) -> None:
    for event in record.events:
        ax.axvline(event.end_s, color=MARK, linewidth=0.9)


def _frame(axes: Any, record: Listening) -> None:
    found = f"{len(record.events)} detection{'s' if len(record.events) != 1 else ''}"
    name = Path(record.recording.source).name
    axes[0].set_title(f"{name}: {found} by {record.model} on {record.target}")
    for event in record.events:
        label = f"{event.word} {event.end_s:.2f} s"
        axes[0].annotate(label, (event.end_s, 0.95), (-3, 0), textcoords="offset points", color=MARK, fontsize=7,
                         rotation=90, ha="right", va="top")  # fmt: skip
    axes[-1].set_xlim(0, record.recording.seconds)
    axes[-1].set_xlabel("seconds")


def _envelope(values: np.ndarray, spacing: float, first: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, and of each column the least and the greatest value."""
    width = -(-len(values) // COLUMNS)
    starts = np.arange(0, len(values), width)
    return (
        first + starts * spacing,
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )


def _page(record: Listening, svg: bytes) -> bytes:
    """The picture with its detections and what a step costs as tables."""
    drawn = svg.decode()
    drawn = drawn[drawn.index("<svg") :]
    title = html.escape(f"{Path(record.recording.source).name}: {record.model} on {record.target}")
    heard = _table(("word", "ends at, s", "mean score"), _heard_rows(record))
    costs = _table(("stage", "instructions a step", "cycles a step"), _stage_rows(record))
    said = "".join(f"<li>{html.escape(w)}</li>" for w in record.warnings)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;max-width:70em;margin:2em auto}svg{width:100%;height:auto}"
        "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;text-align:left;"
        f"border-bottom:1px solid #ccc}}</style></head>\n<body><h1>{title}</h1>\n{drawn}\n{heard}\n{costs}\n"
        f"{f'<ul>{said}</ul>' if said else ''}</body></html>\n"
    ).encode()


def _heard_rows(record: Listening) -> Iterator[tuple[str, ...]]:
    for e in record.events:
        yield e.word, f"{e.end_s:.2f}", f"{e.score / 255:.2f}"


def _stage_rows(record: Listening) -> Iterator[tuple[str, ...]]:
    for stage in record.stages:
        modelled = f"{stage.modelled.cycles:,} (modelled)" if stage.modelled else "-"
        cycles = modelled if stage.cycles is None else f"{stage.cycles:,}"
        yield stage.name, "-" if stage.instructions is None else f"{stage.instructions:,}", cycles


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in rows]
    return f"<table><tr>{''.join(f'<th>{html.escape(c)}</th>' for c in head)}</tr>{''.join(lines)}</table>"
