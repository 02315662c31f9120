"""Weights layer by layer: how the integers are spread over what their type holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lapel.errors import shown
from lapel.ir import Graph
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.numbers import percent, short, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Path, Shape, Text, fitted, line, number

WIDTH, ROW, TOP = 960.0, 40.0, 34.0
NAME, LEFT, RIGHT, COUNT, ENTROPY, ZEROS, ENDS, SPREAD = 0.0, 270.0, 530.0, 610.0, 690.0, 770.0, 850.0, 956.0
BINS, FEWEST, MOST = 64, 16, 60
"""Of a histogram; values of a tensor that is drawn; tensors that are drawn, the largest ones."""


@dataclass(frozen=True)
class Spread:
    """A constant. share: of its values in each bin; entropy: bits a value; ends: the share at its least and greatest.

    scales: the greatest scale of its channels over the least; None where it has one for all.
    """

    name: str
    op: str
    dtype: str
    count: int
    share: np.ndarray
    entropy: float
    zeros: float
    ends: float
    levels: int
    scales: float | None


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Where the model is given."""
    graph = dossiers[0].graph
    found = [] if graph is None else list(_constants(graph, dossiers[0].firmware))
    if graph is None or not found:
        return None
    kept = sorted(sorted(range(len(found)), key=lambda k: -found[k].count)[:MOST])
    shapes = [*_heads(), *(s for at, k in enumerate(kept) for s in _row(found[k], TOP + at * ROW))]
    drawing = Drawing(WIDTH, TOP + len(kept) * ROW + 8, tuple(shapes), f"Weights of {shown(graph.name)}, by layer")
    note = (
        "Each histogram from the least to the greatest integer of its type, as high as its highest bin. Entropy: bits "
        "that a value needs at least. Channels: the greatest of the scales over the least."
    )
    return Panel(drawing, _finding(found), note, (), (_table(found),))


PICTURE = Picture("weights", "Weights", 55, draw)


def _constants(graph: Graph, fw: Firmware | None) -> Iterator[Spread]:
    """Quantized constants of each node, of one byte a value or less."""
    seen: set[str] = set()
    for node in graph.nodes:
        for name in node.inputs:
            t = graph.tensors.get(name)
            if name in seen or t is None or t.data is None or t.type.quant is None:
                continue
            if t.data.dtype.itemsize == 1 and t.data.size >= FEWEST:
                seen.add(name)
                label = node.outputs[0].split(";")[0] if fw is None else fw.label(node.outputs[0])
                yield _spread(shown(label), node.op, t.data, t.type.quant.scale)


def _spread(name: str, op: str, data: np.ndarray, scale: tuple[float, ...]) -> Spread:
    info = np.iinfo(data.dtype)
    values, counts = np.unique(data, return_counts=True)
    share = counts / data.size
    bins = np.zeros(BINS)
    np.add.at(bins, (values.astype(np.int64) - info.min) * BINS // 256, share)
    ends = float(share[(values == info.max) | (values <= info.min + (1 if info.min < 0 else 0))].sum())
    entropy = float(-(share * np.log2(share)).sum()) + 0.0
    scales = max(scale) / min(scale) if len(scale) > 1 and min(scale) > 0 else None
    return Spread(
        name, op, str(data.dtype), data.size, bins, entropy, float(share[values == 0].sum()), ends,
        len(values), scales,
    )  # fmt: skip


def _heads() -> Iterator[Shape]:
    for x, text, anchor in (
        (NAME, "layer", "start"), (LEFT, "integers", "start"), (COUNT, "values", "end"), (ENTROPY, "entropy", "end"),
        (ZEROS, "zeros", "end"), (ENDS, "at an end", "end"), (SPREAD, "channels", "end"),
    ):  # fmt: skip
        yield Text(x, 16, text, "t-small t-muted", anchor)
    yield line(0, TOP - 8, WIDTH, TOP - 8, "s-rule")


def _row(s: Spread, y: float) -> Iterator[Shape]:
    middle = y + ROW / 2 + 4
    yield Text(NAME, middle - 5, fitted(s.name, LEFT - 16), "t-label", title=s.name)
    yield Text(NAME, middle + 8, f"{s.op} · {s.dtype}", "t-small t-muted")
    base, most = y + ROW - 6, float(s.share.max())
    wide = (RIGHT - LEFT) / BINS
    corners = [f"M{number(LEFT)} {number(base)}"]
    for k, share in enumerate(s.share):
        corners.append(f"V{number(base - (ROW - 12) * float(share) / most)}H{number(LEFT + (k + 1) * wide)}")
    yield Path("".join([*corners, f"V{number(base)}Z"]), "f-time s-none", f"{s.name}: {s.levels} different integers")
    yield line(LEFT, base, RIGHT, base, "s-rule")
    for x, text in (
        (COUNT, short(s.count)), (ENTROPY, f"{s.entropy:.2f} bit"), (ZEROS, percent(s.zeros)), (ENDS, percent(s.ends)),
        (SPREAD, "one scale" if s.scales is None else f"× {s.scales:.3g}"),
    ):  # fmt: skip
        yield Text(x, middle, text, "t-label", "end")


def _finding(found: list[Spread]) -> str:
    count = sum(s.count for s in found)
    bits = sum(s.count * s.entropy for s in found)
    zeros = sum(s.count * s.zeros for s in found)
    return (
        f"{whole(count)} weights, {percent(zeros / count)} of them zeros, of {bits / count:.2f} bits each on average: "
        f"codes could not store them in fewer than {whole(bits / 8)} bytes."
    )


def _table(found: list[Spread]) -> Table:
    rows = tuple(
        (s.name, s.op, whole(s.count), str(s.levels), f"{s.entropy:.2f}", percent(s.zeros), percent(s.ends))
        for s in found
    )
    head = ("layer", "operator", "values", "different", "bits a value", "zeros", "at an end")
    return Table(head, rows, "Weights as figures")
