"""Accuracy: float model, reference and device side by side; samples that changed their class; the confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Build, Classes, Quantized, Run, Score
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line, width_of

WIDTH, NAME, BAR, BAR_END, TOP, ROW = 960.0, 0.0, 260.0, 860.0, 22.0, 34.0
CELL, MOST_CELLS, LABEL = 34.0, 24, 150.0
"""Of the confusion matrix: px of a cell; classes of the largest that is drawn; width of the names of its rows."""
Rung = tuple[str, str, Score]
"""What is scored, on what, and the score."""


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a run with labels or a float model, or of what is known from when the model was quantized."""
    d = dossiers[0]
    run, rungs = d.get(Run), _rungs(d)
    if not rungs:
        return None
    shapes = list(_ladder(rungs))
    height = TOP + len(rungs) * ROW + 8
    by_class = run.by_class if run is not None else None
    if run is not None and by_class is not None and 1 < len(by_class.confusion) <= MOST_CELLS:
        shapes += _confusion(_names(run, len(by_class.confusion)), by_class, height + 24)
        height += 24 + _height(by_class)
    drawing = Drawing(WIDTH, height, tuple(shapes), f"Accuracy of {shown(d.title)}")
    tables = () if run is None or by_class is None or not by_class.examples else (_table(run, by_class),)
    return Panel(drawing, _finding(rungs, by_class), _note(run, by_class), (), tables)


PICTURE = Picture("accuracy", "Accuracy", 40, draw)


def _rungs(d: Dossier) -> list[Rung]:
    found: list[Rung] = []
    run, build, quantized = d.get(Run), d.get(Build), d.get(Quantized)
    if quantized is not None and (run is None or run.score is None):
        said = f"{whole(quantized.samples)} samples"
        for name, score in (("float model", quantized.float_score), ("integers", quantized.score)):
            found += [(name, said, score)] if score is not None else []
        found += [("as the float model", said, quantized.agreement)] if quantized.agreement is not None else []
    if run is not None:
        said = f"{whole(run.samples)} sample{'s' if run.samples != 1 else ''}"
        for name, score in (
            ("float model", run.float_score), ("integers, reference", run.reference_score), ("device", run.score),
            ("device as the float model", run.float_agreement),
        ):  # fmt: skip
            found += [(name, said, score)] if score is not None else []
    elif build is not None and build.float_agreement is not None and build.float_samples:
        found.append(("as the float model", f"{whole(build.float_samples)} samples", build.float_agreement))
    return [rung for rung in found if rung[2].share is not None]


def _ladder(rungs: list[Rung]) -> Iterator[Shape]:
    kind = "accuracy" if rungs[0][2].accuracy is not None else "R²"
    shares = [max(0.0, r[2].share or 0.0) for r in rungs]
    bars = Scale(0, 1, BAR, BAR_END)
    for mark in (0, 0.25, 0.5, 0.75, 1.0):
        x = bars(mark)
        yield line(x, TOP - 4, x, TOP + len(rungs) * ROW, "s-grid")
        text = f"{100 * mark:g} %" if kind == "accuracy" else f"{mark:g}"
        yield Text(x, TOP - 9, text, "t-small t-muted", "middle")
    for k, ((name, said, score), share) in enumerate(zip(rungs, shares, strict=True)):
        y = TOP + k * ROW
        yield Text(NAME, y + 15, fitted(name, BAR - 12), "t-label")
        yield Text(NAME, y + 28, said, "t-small t-muted")
        yield Rect(BAR, y + 8, max(bars(share) - BAR, 0.75), 15, "f-two" if " as " in f" {name}" else "f-time")
        yield Text(BAR_END + 12, y + 20, _figure(score), "t-label")


def _figure(score: Score) -> str:
    return f"{100 * (score.share or 0):.2f} %" if score.accuracy is not None else f"{score.share or 0:.4f}"


def _names(run: Run, count: int) -> list[str]:
    return [shown(str(run.classes[k]), 24) if k < len(run.classes) else str(k) for k in range(count)]


def _cell(count: int) -> float:
    return min(CELL, (WIDTH - LABEL - 130) / count)


def _height(c: Classes) -> float:
    return 44 + len(c.confusion) * _cell(len(c.confusion)) + 8


def _confusion(names: list[str], c: Classes, top: float) -> Iterator[Shape]:
    """Rows: labels; columns: what the firmware says; darker: more samples of the row."""
    count, cell = len(names), _cell(len(names))
    yield Text(0, top, "confusion: labels down, classes of the firmware across", "t-small t-muted")
    y0 = top + 30
    for k, name in enumerate(names):
        cut = fitted(name, cell - 2, "t-small") if width_of(name, "t-small") > cell - 2 else name
        if cut:
            yield Text(
                LABEL + (k + 0.5) * cell, y0 - 6, cut if cut == name else str(k), "t-small t-muted", "middle", name
            )
    for i, row in enumerate(c.confusion):
        y, whole_row = y0 + i * cell, sum(row)
        label = name if (name := names[i]) == str(i) else f"{i} {names[i]}"
        yield Text(LABEL - 10, y + cell / 2 + 4, fitted(label, LABEL - 16), "t-label", "end", names[i])
        for j, n in enumerate(row):
            share = n / whole_row if whole_row else 0.0
            title = f"{n} of {whole_row} samples of {names[i]} are taken for {names[j]}"
            yield Rect(LABEL + j * cell, y, cell - 1, cell - 1, "f-well", title)
            if n:
                style = "f-good" if i == j else "f-bad"
                side = max(3.0, (cell - 1) * share**0.5)
                middle = LABEL + j * cell + (cell - 1) / 2
                yield Rect(middle - side / 2, y + (cell - 1 - side) / 2, side, side, style, title)
        right = LABEL + count * cell + 10
        met = row[i] / whole_row if whole_row else None
        said = "" if met is None else f"{100 * met:.1f} % of {whole(whole_row)}"
        yield Text(right, y + cell / 2 + 4, said, "t-small t-muted")


def _finding(rungs: list[Rung], c: Classes | None) -> str:
    said = "; ".join(f"{name}: {_figure(score)}" for name, _, score in rungs)
    if c is None or c.changed is None:
        return f"{said}."
    many = "no sample" if c.changed == 0 else f"{whole(c.changed)} sample{'s' if c.changed != 1 else ''}"
    return f"{said}. Quantization changes the class of {many}."


def _note(run: Run | None, c: Classes | None) -> str:
    parts = []
    if run is not None:
        differ = "equals" if run.bit_exact else f"differs on {whole(run.mismatches)} samples from"
        parts.append(f"The device {differ} the reference, bit for bit.")
    if c is not None and c.confusion:
        parts.append("The larger a square, the larger the share of its row.")
    return " ".join(parts)


def _table(run: Run, c: Classes) -> Table:
    names = _names(run, 1 + max(max(e.float_class, e.found_class, e.label or 0) for e in c.examples))
    rows = tuple(
        (str(e.sample), names[e.float_class], names[e.found_class], "" if e.label is None else names[e.label])
        for e in c.examples
    )
    more = f", the first {len(rows)}" if c.changed is not None and c.changed > len(rows) else ""
    return Table(("sample", "float model", "device", "label"), rows, f"Samples that changed their class{more}")
