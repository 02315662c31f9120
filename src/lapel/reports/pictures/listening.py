"""A recording that was listened to: when words were heard, and what a step takes by stage."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Listening, Stage
from lapel.reports.axes import STYLES, Captions
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, percent, short, ticks, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Rect, Shape, Text, fitted, line

WIDTH, LEFT, RIGHT, TOP, ROW = 960.0, 150.0, 930.0, 34.0, 34.0
BAR_END = 760.0


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel listen --json`."""
    heard = dossiers[0].get(Listening)
    if heard is None:
        return None
    words = list(dict.fromkeys((*heard.detector.words, *(e.word for e in heard.events))))
    below = TOP + len(words) * ROW
    shapes = [*_timeline(heard, words, below), *_stages(heard, below + 76)]
    height = below + 76 + len(heard.stages) * 28 + 8
    drawing = Drawing(WIDTH, height, tuple(shapes), f"What {shown(heard.model)} heard, and what that takes")
    legend = tuple((f"f-{STYLES[k % len(STYLES)]}", shown(word)) for k, word in enumerate(words))
    return Panel(drawing, _finding(heard), _note(heard), legend, (_table(heard),))


PICTURE = Picture("listening", "What was heard", 65, draw)


def _timeline(heard: Listening, words: list[str], below: float) -> Iterator[Shape]:
    seconds = max(heard.recording.seconds, 1e-9)
    x = Scale(0, seconds, LEFT, RIGHT)
    for mark in ticks(seconds, 8):
        yield line(x(mark), TOP - 8, x(mark), below, "s-grid")
        yield Text(x(mark), below + 16, f"{mark:g}", "t-small t-muted", "middle")
    yield Text(RIGHT, below + 34, "seconds of the recording →", "t-small t-muted", "end")
    yield Text(LEFT, 14, "detections, with their scores of 0 to 1", "t-small t-muted")
    ran = heard.target_steps * heard.step_samples / heard.recording.rate_hz
    yield Rect(LEFT, below - 3, x(min(ran, seconds)) - LEFT, 3, "f-rule", f"{ran:.2f} s ran on the emulated core")
    for k, word in enumerate(words):
        y = TOP + k * ROW + ROW / 2
        yield Text(LEFT - 12, y + 4, fitted(shown(word), LEFT - 18), "t-label", "end", word)
        yield line(LEFT, y, RIGHT, y, "s-grid")
        captions = Captions(LEFT, WIDTH, y - ROW / 2, y + ROW / 2)
        events = [e for e in heard.events if e.word == word]
        for e in events:
            captions.keep(x(e.end_s) - 5, y - 5, x(e.end_s) + 5, y + 5)
            style = f"f-{STYLES[k % len(STYLES)]} s-paper"
            yield Dot(x(e.end_s), y, 5, style, f"{word}, ends at {e.end_s:.2f} s, mean score {e.score / 255:.2f}")
        for e in events:
            yield from captions.place(x(e.end_s), y, f"{e.score / 255:.2f}", "t-small t-muted t-clear")


def _stages(heard: Listening, top: float) -> Iterator[Shape]:
    """Instructions of a step, by stage."""
    found = [(s, s.instructions or 0) for s in heard.stages]
    most = max([n for _, n in found] + [1])
    bars = Scale(0, most, LEFT, BAR_END)
    yield Text(LEFT, top - 10, "instructions of a step, mean", "t-small t-muted")
    for k, (stage, count) in enumerate(found):
        y = top + k * 28
        yield Text(LEFT - 12, y + 15, fitted(stage.name, LEFT - 18), "t-label", "end")
        yield Rect(LEFT, y + 3, max(bars(count) - LEFT, 0.75), 15, "f-time")
        yield Text(bars(count) + 8, y + 15, _said(stage), "t-label t-muted")


def _said(stage: Stage) -> str:
    counted = "not counted" if stage.instructions is None else short(stage.instructions)
    return counted if stage.modelled is None else f"{counted}, {short(stage.modelled.cycles)} cycles"


def _finding(heard: Listening) -> str:
    count = len(heard.events)
    said = f"{count} detection{'s' if count != 1 else ''} in {heard.recording.seconds:.2f} s. "
    if heard.duty is not None:
        said += f"The core computes in {percent(heard.duty)} of the time. "
    power = heard.power_uw if heard.power_uw is not None else heard.computing_uw
    return said + ("" if power is None else f"Computing takes {power:,.0f} µW on average.")


def _note(heard: Listening) -> str:
    exact = "equal the reference's" if heard.bit_exact else f"differ from the reference's in {whole(heard.mismatches)}"
    return f"Gray: what ran on the emulated core, {whole(heard.target_steps)} steps, whose scores and events {exact}."


def _table(heard: Listening) -> Table:
    rows = tuple((shown(e.word), f"{e.end_s:.2f}", f"{e.score / 255:.2f}") for e in heard.events)
    return Table(("word", "ends at, s", "mean score"), rows, "Detections as figures")
