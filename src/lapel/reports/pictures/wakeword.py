"""A wake word: misses against false accepts for every threshold, and where its detector stands."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Rate, WakeWord, WordFigures
from lapel.reports.axes import STYLES, Axis, Captions, frame, linear
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Shape, line, polyline

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 930.0, 34.0, 340.0
LEAST_PER_H = 0.02
"""What the axis of false accepts ends at: fewer, and none, are drawn there."""
MOST_TIMES, LEAST_SHOWN = 20.0, 0.1
"""The axes go so many times beyond the false accepts that are wanted, and up to so many misses at least: thresholds far
from any use would take all of the room."""
MARKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel train wakeword`, by what nothing was chosen by."""
    w = dossiers[0].get(WakeWord)
    if w is None or not w.test or not any(f.curve for f in w.test):
        return None
    points = [p for f in w.test for p in f.curve]
    x = _often(max(MOST_TIMES * w.options.false_accepts_per_h, *(f.false_accepts.value for f in w.test)))
    shown_up_to = max(LEAST_SHOWN, *(4 * max(f.missed.value, f.missed_noisy.value) for f in w.test))
    most = min(shown_up_to, max(p[k] for p in points for k in (1, 2)))
    y = linear(max(most * 1.05, 0.01), BOTTOM, TOP, "words missed", lambda v: f"{100 * v:.3g} %")
    at = x.scale(w.options.false_accepts_per_h)
    goal = line(at, BOTTOM, at, TOP, "s-rule s-dashed", f"chosen for {w.options.false_accepts_per_h:g} an hour")
    shapes = [*frame(x, y), goal, *_curves(w, x, y)]
    drawing = Drawing(WIDTH, BOTTOM + 44, tuple(shapes), f"Misses of {shown(w.name)} against its false accepts")
    legend = tuple((f"f-{STYLES[k % len(STYLES)]}", shown(f.word)) for k, f in enumerate(w.test))
    note = (
        "Along a line thresholds fall; dots: the detector. Thick: clips as they are, dashed: under noise. The upright "
        "line: what thresholds were chosen for, on other audio."
    )
    return Panel(drawing, _finding(w), note, legend, (_table(w),))


PICTURE = Picture("wakeword", "Misses and false accepts", 62, draw)


def _often(most: float) -> Axis:
    high = max(most, 2 * LEAST_PER_H) * 1.2
    scale = Scale(LEAST_PER_H, high, LEFT, RIGHT, log=True)
    marks = [m for m in MARKS if m <= high]
    return Axis(scale, "false accepts an hour →", lambda v: f"{v:g}" if v > LEAST_PER_H else f"≤ {v:g}", marks)


def _curves(w: WakeWord, x: Axis, y: Axis) -> Iterator[Shape]:
    captions = Captions(LEFT, WIDTH, TOP - 4, BOTTOM - 2)
    for k, f in enumerate(w.test):
        style = STYLES[k % len(STYLES)]
        points = sorted((p for p in f.curve if p[3] <= x.scale.high), key=lambda p: -p[0])
        for column, dashes in ((1, "s-thick"), (2, "s-dashed")):
            if len(points) > 1:
                yield polyline([(x.scale(p[3]), y.scale(p[column])) for p in points], f"s-{style} {dashes}", f.word)
        for p in points:
            if k < len(w.detector.threshold_sums) and p[0] == w.detector.threshold_sums[k]:
                for column in (1, 2):
                    yield Dot(x.scale(p[3]), y.scale(p[column]), 5, f"f-{style} s-paper", _said(f))
                yield from captions.place(x.scale(p[3]), y.scale(p[1]), shown(f.word, 24), f"t-small t-{style} t-clear")


def _said(f: WordFigures) -> str:
    return f"{f.word}: {_share(f.missed)} missed, {_share(f.missed_noisy)} at {f.snr_db:g} dB, {_rate(f.false_accepts)}"


def _share(r: Rate) -> str:
    return f"{100 * r.value:.1f} % ({100 * r.low:.1f} to {100 * r.high:.1f})"


def _rate(r: Rate) -> str:
    high = "∞" if math.isinf(r.high) else f"{r.high:.2f}"
    return f"{r.value:.2f} an hour ({r.low:.2f} to {high})"


def _finding(w: WakeWord) -> str:
    return " ".join(f"{shown(_said(f), 200)}." for f in w.test[:3])


def _table(w: WakeWord) -> Table:
    rows = tuple(
        (shown(f.word), f"{whole(f.missed.events)} of {whole(f.missed.trials)}", _share(f.missed),
         _share(f.missed_noisy), f"{f.false_accepts.trials:.1f} h", _rate(f.false_accepts),
         "" if f.alike is None else _share(f.alike))
        for f in w.test
    )  # fmt: skip
    head = ("word", "missed", "with 95 % interval", "under noise", "audio", "false accepts", "words alike taken for it")
    return Table(head, rows, "Figures with their intervals")
