"""Where the time goes: a row a layer, with time and its bounds, flash beside it, and the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import PlannedCall, PlannedStep, Rejected
from lapel.records.plan import called
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware, Time
from lapel.reports.numbers import Scale, percent, short, whole
from lapel.reports.picture import Entry, Panel, Picture, Table
from lapel.reports.shapes import Anchor, Drawing, Link, Rect, Shape, Text, fitted, line

WIDTH, ROW, TOP = 960.0, 30.0, 30.0
NAME, BAR, BAR_END, FIGURE, SHARE, FLASH, FLASH_END, RATE = 34.0, 270.0, 560.0, 632.0, 690.0, 716.0, 800.0, 956.0
MOST = 120
"""Rows at most: of more layers those that take most time, and one row for the others."""
FEW = 5
"""Layers of which nobody has to be told which take most of the time."""
NOTE = (
    "Flash is what a layer has of its own: constants, and code that no other layer calls. A layer's number leads to "
    "why its kernel was chosen and what was not."
)


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a build in which time is counted or modelled."""
    fw = dossiers[0].firmware
    if fw is None or fw.total is None or not fw.layers:
        return None
    rows = shown_rows(fw)
    highest = max((t.high for t in fw.times if t is not None), default=1)
    flash = [size for size in fw.flash if size is not None]
    bars, bytes_ = Scale(0, max(highest, 1), BAR, BAR_END), Scale(0, max([*flash, 1]), FLASH, FLASH_END)
    shapes = list(_heads(fw))
    for at, k in enumerate(rows):
        y = TOP + at * ROW
        shapes.append(Anchor(f"bar-{k}", (Rect(0, y, WIDTH, ROW, "f-none"),)))
        shapes += _row(fw, k, y, bars, bytes_)
    shapes += _others(fw, rows, TOP + len(rows) * ROW)
    height = TOP + (len(rows) + (len(rows) < len(fw.layers))) * ROW + 6
    drawing = Drawing(WIDTH, height, tuple(shapes), f"Time of each layer of {shown(fw.model)} on {fw.target}")
    legend = (("f-time", fw.unit), *((("s-ink", "between which the truth is taken to be"),) if _bounded(fw) else ()))
    note = NOTE if any(step.calls for step in fw.plan.steps) else "Flash: a layer's constants."
    return Panel(drawing, _finding(fw), note, (*legend, ("f-flash", "flash")), (), tuple(_entries(fw)))


PICTURE = Picture("cycles", "Where the time goes", 20, draw)


def shown_rows(fw: Firmware) -> list[int]:
    """Numbers of the layers that have rows, in their order."""
    by_time = sorted(range(len(fw.layers)), key=lambda k: -(t.value if (t := fw.times[k]) else 0))
    return sorted(by_time[:MOST])


def _bounded(fw: Firmware) -> bool:
    return any(t is not None and t.low < t.high for t in fw.times)


def _heads(fw: Firmware) -> Iterator[Shape]:
    unit = fw.unit.removeprefix("modelled ").removeprefix("counted ")
    for x, text, anchor in (
        (NAME, "layer and kernel", "start"), (BAR, fw.unit, "start"), (FIGURE, unit, "end"), (SHARE, "share", "end"),
        (FLASH, "flash, bytes", "start"), (RATE, f"MACs per {unit.removesuffix('s')}", "end"),
    ):  # fmt: skip
        yield Text(x, 16, text, "t-small t-muted", anchor)
    yield line(0, TOP - 4, WIDTH, TOP - 4, "s-rule")


def _row(fw: Firmware, k: int, y: float, bars: Scale, bytes_: Scale) -> Iterator[Shape]:
    layer, time, step = fw.layers[k], fw.times[k], fw.plan.steps[k]
    number = Text(NAME - 8, y + 13, str(k), "t-small t-link", "end")
    yield Link(f"layer-{k}", (number,), f"layer {k}, {fw.labels[k]}: why this kernel")
    yield Text(NAME, y + 13, fitted(fw.labels[k], BAR - NAME - 14), "t-label", title=fw.labels[k])
    kernel = fitted(f"{layer.op} · {layer.kernel}", BAR - NAME - 14, "t-small")
    yield Text(NAME, y + 25, kernel, "t-small t-muted", title=layer.kernel)
    yield line(0, y + ROW - 0.5, WIDTH, y + ROW - 0.5, "s-grid")
    if time is not None:
        yield from _bar(fw, time, y, bars, _said(fw, k))
        yield Text(FIGURE, y + 18, short(time.value), "t-label", "end")
        yield Text(SHARE, y + 18, percent(fw.share(k) or 0), "t-label t-muted", "end")
    size = fw.flash[k]
    if size is not None:
        yield Rect(
            FLASH, y + 8, bytes_(size) - FLASH, 13, "f-flash", _parts(step) or f"{whole(size)} bytes of constants"
        )
        yield Text(bytes_(size) + 5, y + 18, whole(size), "t-small t-muted")
    if layer.macs and time is not None and time.value:
        yield Text(RATE, y + 18, f"{layer.macs / time.value:.2f}", "t-label", "end", f"{whole(layer.macs)} MACs")


def _bar(fw: Firmware, time: Time, y: float, bars: Scale, said: str) -> Iterator[Shape]:
    yield Rect(BAR, y + 8, max(bars(time.value) - BAR, 0.75), 13, "f-time", said)
    if time.low < time.high:
        low, high = bars(time.low), bars(time.high)
        yield line(low, y + 14.5, high, y + 14.5, "s-ink", said)
        for x in (low, high):
            yield line(x, y + 11, x, y + 18, "s-ink")


def _others(fw: Firmware, rows: list[int], y: float) -> Iterator[Shape]:
    if len(rows) == len(fw.layers):
        return
    rest = [t.value for k, t in enumerate(fw.times) if t is not None and k not in set(rows)]
    yield Text(NAME, y + 18, f"{whole(len(fw.layers) - len(rows))} other layers together", "t-label t-muted")
    yield Text(FIGURE, y + 18, short(sum(rest)), "t-label", "end")
    if fw.total is not None and fw.total.value:
        yield Text(SHARE, y + 18, percent(sum(rest) / fw.total.value), "t-label t-muted", "end")


def _said(fw: Firmware, k: int) -> str:
    time = fw.times[k]
    if time is None:
        return ""
    bounds = f", between {whole(time.low)} and {whole(time.high)}" if time.low < time.high else ""
    return f"{fw.labels[k]}: {whole(time.value)} {fw.unit}{bounds}"


def _parts(step: PlannedStep) -> str:
    costs = [c.choice.cost for c in step.calls if c.choice.cost is not None]
    if not costs:
        return ""
    data, code = sum(c.data_bytes for c in costs), sum(c.code_bytes for c in costs)
    return f"{whole(data)} bytes of constants, {whole(code)} of code"


def _finding(fw: Firmware) -> str:
    assert fw.total is not None
    order = sorted(range(len(fw.layers)), key=lambda k: -(fw.share(k) or 0))
    most = [k for k in order[:3] if fw.share(k)]
    share = sum(fw.share(k) or 0 for k in most)
    names = ", ".join(f"{fw.labels[k]} ({fw.layers[k].op})" for k in most)
    bounds = f" ({short(fw.total.low)} to {short(fw.total.high)})" if fw.total.low < fw.total.high else ""
    said = f"{whole(fw.total.value)} {fw.unit}{bounds} for {whole(fw.macs)} multiplications. "
    if len(fw.layers) <= FEW or not most:
        return said
    return f"{said}{percent(share)} of it in three of {len(fw.layers)} layers: {names}."


def _entries(fw: Firmware) -> Iterator[Entry]:
    """Of each layer its calls, why so, and what was not taken."""
    for k, step in enumerate(fw.plan.steps):
        lines = [_said(fw, k)] if fw.times[k] is not None else []
        for call in {str(c.choice): c for c in step.calls}.values():
            lines.append(call.choice.why)
            lines += [f"{table}: {lies}" for table, lies in call.layout.items()]
        rejected = [row for call in step.calls for row in _rejected(call)]
        rows = tuple(dict.fromkeys(rejected))
        table = Table(("not taken", "time", "bytes of its own", "why not"), rows, "") if rows else None
        yield Entry(f"layer-{k}", f"{k} {step.op} [{step.kernel}] {fw.labels[k]}", tuple(lines), table)


def _rejected(call: PlannedCall) -> Iterator[tuple[str, ...]]:
    told = False
    for r in call.choice.rejected:
        if r.coded and told:
            continue  # the first of the codes stands for all, as in the plan's text
        told |= r.coded
        yield _rejection(r)


def _rejection(r: Rejected) -> tuple[str, ...]:
    name = called(r.kernel, r.inline) if r.kernel else "codes" if r.coded else "–"
    if r.cost is None:
        return name, "–", "–", r.why
    return name, whole(r.cost.time), whole(r.cost.bytes), r.why
