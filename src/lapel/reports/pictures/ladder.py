"""A ladder of compression: accuracy against the bytes that weights take in flash, and what is in the flash by step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lapel.errors import shown
from lapel.records import CompressionRecord, Rung
from lapel.reports.axes import STYLES, Axis, Captions, frame, linear, logarithmic
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, ticks, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Rect, Shape, Text, fitted, line, polyline

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 930.0, 34.0, 320.0
BARS, ROW, NAME, BAR_END = 390.0, 24.0, 150.0, 850.0
Measured = tuple[int, Rung, float, float]
"""Number of the rung, the rung, bytes for weights, and accuracy or R²."""


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel compress`."""
    record = dossiers[0].get(CompressionRecord)
    points = [] if record is None else _measured(record.rungs)
    if record is None or not points:
        return None
    accuracy = points[0][1].best is not None and points[0][1].best.score.accuracy is not None
    x, y = _axes(record, points, accuracy)
    shapes = [*frame(x, y), *_curve(record, points, x, y), *_flash(points)]
    height = BARS + 26 + len(points) * ROW
    drawing = Drawing(WIDTH, height, tuple(shapes), f"Compression of {shown(record.network)} step by step")
    kinds = _kinds(points)
    legend = tuple((f"f-{STYLES[k % len(STYLES)]}", kind) for k, kind in enumerate(kinds))
    note = (
        "Above: smaller is to the right. Each point is firmware that ran on the emulated core; in gray, other forms of "
        "the ladder. Below: all that is in the flash."
    )
    return Panel(drawing, _finding(record, points), note, legend, (_table(points, accuracy),))


PICTURE = Picture("ladder", "Compression step by step", 60, draw)


def _measured(rungs: tuple[Rung, ...]) -> list[Measured]:
    return [
        (k, r, float(max(1, r.firmware.weight_bytes + r.firmware.decoder_bytes)), r.best.score.share)
        for k, r in enumerate(rungs)
        if r.firmware is not None and r.best is not None and r.best.score.share is not None
    ]


def _axes(record: CompressionRecord, points: list[Measured], accuracy: bool) -> tuple[Axis, Axis]:
    ends = [*points, *(p for v in record.variants for p in _measured(v.rungs)[-1:])]
    sizes, shares = [p[2] for p in ends], [p[3] for p in ends]
    title = f"bytes of flash for weights on {record.target}, decoder included →"
    x = logarithmic(min(sizes) / 1.3, max(sizes) * 1.3, RIGHT, LEFT, title, whole)
    span = max(max(shares) - min(shares), 0.01)
    low, high = max(0.0, min(shares) - 0.35 * span), min(1.0, max(shares) + 0.35 * span)
    step = ticks(high - low, 5)[1] if len(ticks(high - low, 5)) > 1 else 0.01
    low = step * int(low / step)
    what = "accuracy on the test set" if accuracy else "R² on the test set"
    y = linear(high, BOTTOM, TOP, what, (lambda v: f"{100 * v:.4g} %") if accuracy else (lambda v: f"{v:.3g}"), low)
    return x, y


def _curve(record: CompressionRecord, points: list[Measured], x: Axis, y: Axis) -> Iterator[Shape]:
    captions = Captions(LEFT, RIGHT + 26, TOP - 4, BOTTOM - 2)
    places = [(x.scale(p[2]), y.scale(p[3])) for p in points]
    for px, py in places:
        captions.keep(px - 5, py - 5, px + 5, py + 5)
    for a, b in pairwise(places):
        captions.keep_line(*a, *b)
    others = [(v.label, p) for v in record.variants for p in _measured(v.rungs)[-1:]]
    for label, p in others:
        px, py = x.scale(p[2]), y.scale(p[3])
        captions.keep(px - 4, py - 4, px + 4, py + 4)
        yield Dot(px, py, 3.5, "f-muted", f"{label}: {whole(p[2])} bytes, {p[3]:.4f}")
    yield polyline(places, "s-one s-thick")
    for (k, rung, size, share), (px, py) in zip(points, places, strict=True):
        yield Dot(px, py, 4.5, "f-one s-paper", f"{rung.step}: {whole(size)} bytes, {share:.4f}")
        yield from captions.place(px, py, f"{k} {shown(rung.step, 24)}", "t-small t-clear")
    for label, p in others:
        yield from captions.place(x.scale(p[2]), y.scale(p[3]), shown(label, 30), "t-small t-muted t-clear")


def _kinds(points: list[Measured]) -> list[str]:
    """Kinds of what is in the flash, the largest first; what is beyond the colors is the last one."""
    sums: dict[str, int] = {}
    for _, rung, _, _ in points:
        assert rung.firmware is not None
        for kind, size in rung.firmware.kinds.items():
            sums[kind] = sums.get(kind, 0) + size
    order = sorted(sums, key=lambda kind: -sums[kind])
    return order if len(order) <= len(STYLES) else [*order[: len(STYLES) - 1], "else"]


def _flash(points: list[Measured]) -> Iterator[Shape]:
    kinds = _kinds(points)
    most = max(r.firmware.memory.flash_bytes for _, r, _, _ in points if r.firmware is not None)
    bars = Scale(0, most, 0, BAR_END - NAME)
    yield Text(NAME, BARS, "flash by what it is for, bytes", "t-small t-muted")
    for at, (k, rung, _, _) in enumerate(points):
        y = BARS + 10 + at * ROW
        assert rung.firmware is not None
        found = dict(rung.firmware.kinds)
        sizes = {kind: found.pop(kind, 0) for kind in kinds}
        if "else" in sizes:
            sizes["else"] += sum(found.values())
        yield Text(NAME - 10, y + 14, fitted(f"{k} {shown(rung.step)}", NAME - 14), "t-label", "end")
        left = NAME
        for n, (kind, size) in enumerate(sizes.items()):
            wide = bars(size)
            if wide:
                yield Rect(
                    left, y + 3, wide, 15, f"f-{STYLES[n]} s-paper", f"{rung.step}: {whole(size)} bytes of {kind}"
                )
            left += wide
        yield Text(left + 6, y + 15, whole(rung.firmware.memory.flash_bytes), "t-small t-muted")
    yield line(NAME, BARS + 8, NAME, BARS + 12 + len(points) * ROW, "s-rule")


def _finding(record: CompressionRecord, points: list[Measured]) -> str:
    first, last = points[0], points[-1]
    factor = record.factor(last[1])
    said = f"{whole(first[2])} bytes for weights become {whole(last[2])}"
    said += "" if factor is None else f", {factor:.1f} times less than in float32"
    return f"{said}; the score goes from {first[3]:.4f} to {last[3]:.4f} on {whole(record.test_samples)} test samples."


def _table(points: list[Measured], accuracy: bool) -> Table:
    rows = []
    for k, r, size, share in points:
        assert r.firmware is not None
        f = r.firmware
        time = f.cycles if f.cycles is not None else f.instructions
        unit = f"{f.cycles_are} cycles" if f.cycles is not None else "instructions"
        cost = "–" if time is None else f"{whole(time)} {unit}"
        score = f"{100 * share:.2f} %" if accuracy else f"{share:.4f}"
        said = r.lost or r.dear or r.no_gain
        rows.append(
            (f"{k} {r.step}", score, whole(size), whole(f.memory.flash_bytes), whole(f.memory.ram_bytes), cost, said)
        )
    head = ("step", "accuracy" if accuracy else "R²", "bytes for weights", "flash", "RAM", "time", "")
    return Table(head, tuple(rows), "Each step as figures")
