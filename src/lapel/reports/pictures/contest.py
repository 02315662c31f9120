"""Models of many kinds on the same data: accuracy against flash, and each contender with what it takes."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Comparison, Contender
from lapel.reports.axes import Axis, Captions, frame, linear, logarithmic
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, duration, short, ticks, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Rect, Shape, Text, fitted, line, polyline

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 930.0, 34.0, 340.0
ROWS, ROW = 420.0, 22.0
NAME, SCORE, SCORE_END, FIGURE, FLASH, FLASH_END, RAM, TIME = 0.0, 190.0, 440.0, 505.0, 540.0, 700.0, 820.0, 956.0


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel compare`."""
    c = dossiers[0].get(Comparison)
    ran = [] if c is None else [k for k in c.ran if k.chip is not None]
    if c is None or not ran:
        return None
    ran.sort(key=_flash)
    x, y = _axes(c, ran)
    shapes = [*frame(x, y), *_points(c, ran, x, y), *_rows(c, ran)]
    label = f"Models compared on {shown(c.data)}, by accuracy and flash"
    drawing = Drawing(WIDTH, ROWS + len(ran) * ROW + 10, tuple(shapes), label)
    legend = (
        ("f-one", "on the front: none is better in accuracy, flash, RAM and time"),
        ("f-muted", "others"),
        ("f-two", "the smallest that is enough"),
    )
    note = (
        f"Dashed: more flash for more accuracy. Accuracy by {c.folds} folds of the training samples, lines: one "
        f"standard error. The firmware ran over {whole(c.chip_samples)} held-out samples. "
        f"{c.rule[:1].upper()}{c.rule[1:]}."
    )
    return Panel(drawing, f"{c.answer[:1].upper()}{c.answer[1:]}.", note, legend, (_table(c, ran),))


PICTURE = Picture("contest", "Which model is enough", 67, draw)


def _flash(k: Contender) -> int:
    assert k.chip is not None
    return k.chip.memory.flash_bytes


def _style(c: Comparison, k: Contender) -> str:
    return "two" if k.name == c.enough else "one" if k.on_front else "muted"


def _share(v: float, c: Comparison) -> str:
    return f"{v:.3f}" if c.task == "regression" else f"{100 * v:.1f} %"


def _axes(c: Comparison, ran: list[Contender]) -> tuple[Axis, Axis]:
    sizes, shares = [_flash(k) for k in ran], [k.best.mean for k in ran]
    limit = [c.flash_bytes] if c.flash_bytes is not None and c.flash_bytes < 8 * max(sizes) else []
    x = logarithmic(min(sizes) / 1.3, max([*sizes, *limit]) * 1.4, LEFT, RIGHT, f"flash on {c.target}, bytes →", short)
    low, high = max(0.0, min(shares) - 0.02), min(1.0, max(shares) + 0.02)
    step = ticks(max(high - low, 0.01), 5)[-1] / max(1, len(ticks(max(high - low, 0.01), 5)) - 1)
    what = "R², by folds" if c.task == "regression" else "accuracy, by folds"
    return x, linear(high, BOTTOM, TOP, what, lambda v: _share(v, c), step * int(low / step))


def _points(c: Comparison, ran: list[Contender], x: Axis, y: Axis) -> Iterator[Shape]:
    captions = Captions(LEFT, WIDTH, TOP - 6, BOTTOM - 2)
    if c.flash_bytes is not None and c.flash_bytes <= x.scale.high:
        at = x.scale(c.flash_bytes)
        yield line(at, TOP, at, BOTTOM, "s-limit", f"{c.target} has {whole(c.flash_bytes)} bytes of flash")
        captions.keep(at - 2, TOP, at + 2, BOTTOM)
    best = [k for n, k in enumerate(ran) if all(k.best.mean > other.best.mean for other in ran[:n])]
    if len(best) > 1:
        yield polyline([(x.scale(_flash(k)), y.scale(k.best.mean)) for k in best], "s-one s-dashed")
    for k in ran:
        px, py = x.scale(_flash(k)), y.scale(k.best.mean)
        captions.keep(px - 5, py - 5, px + 5, py + 5)
        low, high = (y.scale(k.best.mean + sign * k.best.error) for sign in (-1, 1))
        yield line(px, low, px, high, "s-rule")
        said = f"{k.name}: {_share(k.best.mean, c)}, {whole(_flash(k))} bytes of flash"
        yield Dot(px, py, 6 if k.name == c.enough else 4, f"f-{_style(c, k)} s-paper", said)
    for k in sorted(ran, key=lambda k: (k.name != c.enough, not k.on_front)):
        style = "t-small t-clear" + ("" if k.on_front or k.name == c.enough else " t-muted")
        yield from captions.place(x.scale(_flash(k)), y.scale(k.best.mean), shown(k.name, 24), style)


def _rows(c: Comparison, ran: list[Contender]) -> Iterator[Shape]:
    heads = (
        (NAME, "contender, by flash", "start"), (SCORE, "accuracy by folds, error", "start"),
        (FLASH, "flash, bytes", "start"), (RAM, "RAM", "end"), (TIME, "time", "end"),
    )  # fmt: skip
    for at, text, anchor in heads:
        yield Text(at, ROWS - 12, text, "t-small t-muted", anchor)
    yield line(0, ROWS - 6, WIDTH, ROWS - 6, "s-rule")
    low = max(0.0, min(k.best.mean - k.best.error for k in ran) - 0.02)
    score = Scale(low, 1, SCORE, SCORE_END)
    flash = Scale(0, max(map(_flash, ran)), FLASH, FLASH_END)
    for n, k in enumerate(ran):
        assert k.chip is not None
        at, chip = ROWS + n * ROW, k.chip
        yield Text(NAME, at + 14, fitted(shown(k.name), SCORE - 12), "t-label", title=k.name)
        yield line(SCORE, at + 10, SCORE_END, at + 10, "s-grid")
        yield line(score(k.best.mean - k.best.error), at + 10, score(k.best.mean + k.best.error), at + 10, "s-ink")
        yield Dot(score(k.best.mean), at + 10, 4, f"f-{_style(c, k)} s-paper")
        yield Text(FIGURE, at + 14, _share(k.best.mean, c), "t-label", "end")
        yield Rect(FLASH, at + 4, max(flash(_flash(k)) - FLASH, 0.75), 12, "f-flash")
        yield Text(flash(_flash(k)) + 5, at + 14, whole(_flash(k)), "t-small t-muted")
        yield Text(RAM, at + 14, whole(chip.memory.ram_bytes), "t-label", "end")
        yield Text(TIME, at + 14, _time(k), "t-label", "end")


def _time(k: Contender) -> str:
    chip = k.chip
    if chip is None:
        return ""
    if chip.time_us is not None:
        return duration(chip.time_us)
    if chip.cycles is not None:
        return f"{short(chip.cycles)} cycles"
    return "" if chip.instructions is None else f"{short(chip.instructions)} instr."


def _table(c: Comparison, ran: list[Contender]) -> Table:
    rows = []
    for k in ran:
        assert k.chip is not None
        held = k.chip.score.share
        rows.append((
            shown(k.name), _share(k.best.mean, c), _share(k.best.error, c), "" if held is None else _share(held, c),
            whole(_flash(k)), whole(k.chip.memory.ram_bytes), _time(k),
        ))  # fmt: skip
    rows += [(shown(k.name), _share(k.best.mean, c), "", "", "", "", shown(k.unmeasured, 200)) for k in c.contenders
             if k.chip is None]  # fmt: skip
    head = ("contender", "by folds", "error", "held out", "flash", "RAM", "time")
    return Table(head, tuple(rows), "Contenders as figures")
