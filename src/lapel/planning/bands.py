"""Computing in bands: a few layers over a horizontal piece of the image, then over the next one.

y = g(f(x))  -->  y = join(g(f(x[rows a])), g(f(x[rows b])), …)

Only a band of each tensor between x and y is then in the arena at a time. Bands of windows overlap, and what they share
is computed twice. An image that is the model's input is not in the arena at all: each band's rows are read from the
caller (a stream: every row once and in order), and the rows that the next band sees as well are kept in a copy.

Source: patch-based inference, Lin et al., MCUNetV2 (arXiv 2110.15352), section 3.1, with bands as patches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lapel.ir import Graph, Node, Tensor
from lapel.ir.bands import Band, Rows
from lapel.ops import concat, registry, slide
from lapel.ops import rows as band_rows
from lapel.ops import slice as slices
from lapel.planning.plan import Plan
from lapel.records import Note
from lapel.rewrites.edit import with_nodes

Plans = Callable[[Graph, list[Note]], Plan]
"""Makes the plan of a graph with some more notes."""

ROUNDS = 3
"""Regions at most."""
TRIED = 6
"""Regions of which a plan is made, in each round."""
COUNTS = (2, 3, 4, 6, 8)
"""Numbers of bands that are tried."""
MOST_LAYERS = 12
"""In bands at once."""


def smallest_in_bands(graph: Graph, plan: Plan, make: Plans, *, stream: bool = True) -> Plan:
    """The plan of `graph`, or one with some layers in bands that is better: in bytes of arena times multiplications.

    So a percent of work more must save more than a percent of the arena. stream: the model's input may be read from the
    caller band by band; else it is in the arena as a whole.
    """
    frozen: frozenset[str] = frozenset()
    notes: list[Note] = []
    for _ in range(ROUNDS if plan.steps else 0):
        best: tuple[Plan, Graph, frozenset[str], list[Note]] | None = None
        for region in _promising(graph, plan, frozen, stream):
            banded, new = in_bands(graph, region)
            said = [*notes, _note(graph, banded, region)]
            tried = make(banded, said)
            if _cost(tried) < _cost(best[0] if best else plan):
                best = tried, banded, new, said
        if best is None:
            break
        plan, graph, notes = best[0], best[1], best[3]
        frozen |= best[2]
    return plan


def _cost(plan: Plan) -> int:
    return plan.arena_bytes * max(plan.macs, 1)


def _promising(graph: Graph, plan: Plan, frozen: frozenset[str], stream: bool) -> list[Region]:
    """Regions round the step that needs most, those first that seem to need least."""
    numbers = {n.name: k for k, n in enumerate(graph.nodes)}
    live = plan.live_bytes()
    peak = max(plan.steps, key=lambda s: live[s.index])
    found = {r: estimate(graph, r) for r in regions(graph, numbers.get(peak.node.name, 0), frozen, stream=stream)}
    return sorted((r for r in found if found[r] < plan.arena_bytes), key=lambda r: found[r])[:TRIED]


def _note(graph: Graph, banded: Graph, region: Region) -> Note:
    before, after = (sum(registry()[n.op].macs(g.instance(n)) for n in g.nodes) for g in (graph, banded))
    text = f"{region.label}, from {graph.nodes[region.first].name} to {graph.nodes[region.last].name}"
    text += f": {after - before:,} more MACs ({100 * (after - before) / max(before, 1):.1f} %)"
    if region.streamed:
        text += f"; {region.streamed} is read from the caller, and never in the arena as a whole"
    return Note("bands", text)


@dataclass(frozen=True, eq=False)
class Region:
    """Nodes first..last of a graph, whose last output is computed in `count` bands.

    rows: of each band, the rows that are needed of every tensor of the region: those that it makes, and the images
    that it reads. streamed: the model's input, if it is one of these.
    """

    first: int
    last: int
    count: int
    rows: tuple[Mapping[str, Rows], ...]
    streamed: str | None

    @property
    def label(self) -> str:
        return f"steps {self.first} to {self.last} in {self.count} bands"


def regions(graph: Graph, step: int, frozen: frozenset[str], *, stream: bool = True) -> Iterator[Region]:
    """All regions round node number `step`, without the `frozen` nodes; stream: one that reads the input streams it."""
    readers = _readers(graph)
    for first in range(step, max(-1, step - MOST_LAYERS), -1):
        if not _can_band(graph, graph.nodes[first], frozen):
            return
        for last in range(step, min(len(graph.nodes), first + MOST_LAYERS)):
            if not _can_band(graph, graph.nodes[last], frozen):
                break
            if last > first and _is_closed(graph, first, last, readers):
                for count in COUNTS:
                    found = _region(graph, first, last, count, readers)
                    if found is not None:
                        yield found if stream else replace(found, streamed=None)


def _readers(graph: Graph) -> dict[str, list[int]]:
    """Numbers of the nodes that read each tensor; the graph's end counts as one."""
    found: dict[str, list[int]] = {}
    for k, node in enumerate(graph.nodes):
        for i in node.inputs:
            found.setdefault(i, []).append(k)
    for o in graph.outputs:
        found.setdefault(o, []).append(len(graph.nodes))
    return found


def _can_band(graph: Graph, node: Node, frozen: frozenset[str]) -> bool:
    inst = graph.instance(node)
    shape = inst.y().shape
    image = len(shape) == 4 and shape[0] == 1 and shape[1] > 1 and len(node.outputs) == 1
    return image and node.name not in frozen and registry()[node.op].band(inst, (0, shape[1])) is not None


def _is_closed(graph: Graph, first: int, last: int, readers: Mapping[str, Sequence[int]]) -> bool:
    """Whether only the last output of the nodes is read after them."""
    return all(max(readers.get(graph.nodes[k].outputs[0], [last + 1])) <= last for k in range(first, last))


def _region(graph: Graph, first: int, last: int, count: int, readers: Mapping[str, Sequence[int]]) -> Region | None:
    nodes = graph.nodes[first : last + 1]
    height = graph.tensors[nodes[-1].outputs[0]].type.shape[1]
    if count > height:
        return None
    edges = [round(k * height / count) for k in range(count + 1)]
    rows = [_needed(graph, nodes, (a, b)) for a, b in pairwise(edges)]
    bands = [r for r in rows if r is not None]
    if len(bands) < count:
        return None
    source = graph.arguments[0] if len(graph.arguments) == 1 else ""
    alone = source in bands[0] and max(readers[source]) <= last and source not in graph.outputs
    return Region(first, last, count, tuple(bands), source if alone else None)


def _needed(graph: Graph, nodes: Sequence[Node], rows: Rows) -> dict[str, Rows] | None:
    """Rows of every tensor that `rows` of the last output need; None if some band of them is empty."""
    need = {nodes[-1].outputs[0]: rows}
    for node in reversed(nodes):
        if node.outputs[0] not in need:
            return None
        for name, part in _reads(graph, node, need[node.outputs[0]]).items():
            if part[0] >= part[1]:
                return None
            a, b = need.get(name, part)
            need[name] = min(a, part[0]), max(b, part[1])
    return need


def _band(graph: Graph, node: Node, rows: Rows) -> Band:
    found = registry()[node.op].band(graph.instance(node), rows)
    assert found is not None, f"{node.op} has no bands"
    return found


def _reads(graph: Graph, node: Node, rows: Rows) -> dict[str, Rows]:
    need: dict[str, Rows] = {}
    for name, part in zip(node.inputs, _band(graph, node, rows).reads, strict=True):
        if part is not None:
            a, b = need.get(name, part)
            need[name] = min(a, part[0]), max(b, part[1])
    return need


def estimate(graph: Graph, region: Region) -> int:
    """About as many bytes as the region needs at a time, with all overlaps at their best: to choose which to try."""
    nodes = graph.nodes[region.first : region.last + 1]
    whole = {nodes[-1].outputs[0], *(n for n in _images(graph, region) if n != region.streamed)}
    made = {n.outputs[0] for n in nodes}
    most = 0
    for need in region.rows:
        last = {i: k for k, n in enumerate(nodes) for i in n.inputs if i in need and i not in whole}
        for k, node in enumerate(nodes):
            size = {t: _bytes(graph, t, need[t]) for t in last if t in made or t == region.streamed}
            live = [t for t in size if last[t] > k and (t == region.streamed or _made_before(nodes, t, k))]
            dying = [size[t] for t in size if last[t] == k]
            y = 0 if node.outputs[0] in whole else _bytes(graph, node.outputs[0], need[node.outputs[0]])
            most = max(most, sum(size[t] for t in live) + max([y, *dying]))
    return most + sum(graph.tensors[t].type.bytes for t in whole)


def _made_before(nodes: Sequence[Node], name: str, step: int) -> bool:
    return any(name in n.outputs for n in nodes[:step])


def _bytes(graph: Graph, name: str, rows: Rows) -> int:
    t = graph.tensors[name].type
    return t.bytes // t.shape[1] * (rows[1] - rows[0])


def _images(graph: Graph, region: Region) -> list[str]:
    """Tensors made before the region of which it reads bands."""
    made = {n.outputs[0] for n in graph.nodes[region.first : region.last + 1]}
    return [t for t in region.rows[0] if t not in made]


def in_bands(graph: Graph, region: Region) -> tuple[Graph, frozenset[str]]:
    """The graph with the region in bands, and the names of the new nodes."""
    make = _Bands(graph, region)
    nodes = [*graph.nodes[: region.first], *make.nodes(), *graph.nodes[region.last + 1 :]]
    return with_nodes(graph, nodes, make.tensors), frozenset(n.name for n in make.made)


class _Bands:
    """The nodes of a region's bands, one after the other."""

    def __init__(self, graph: Graph, region: Region) -> None:
        self.graph, self.region = graph, region
        self.tensors: dict[str, Tensor] = {}
        self.made: list[Node] = []
        self.kept: tuple[str, Rows] | None = None  # rows of the stream that the next band reads as well

    def nodes(self) -> list[Node]:
        layers = self.graph.nodes[self.region.first : self.region.last + 1]
        y, bands = layers[-1].outputs[0], []
        for k, need in enumerate(self.region.rows):
            names = {i: self._image(i, k) for i in _images(self.graph, self.region)}
            for node in layers:
                names[node.outputs[0]] = self._layer(node, k, need, names)
            bands.append(names[y])
        self._add(concat.node(f"{y}/bands", bands, y, axis=1))
        return self.made

    def _layer(self, node: Node, k: int, need: Mapping[str, Rows], names: Mapping[str, str]) -> str:
        rows = need[node.outputs[0]]
        band = _band(self.graph, node, rows)
        inputs = tuple(
            i if part is None else self._within(names[i], need[i], part, f"{node.name}/{k}")
            for i, part in zip(node.inputs, band.reads, strict=True)
        )
        y = self._tensor(node.outputs[0], rows, str(k))
        return self._add(Node(node.op, f"{node.name}/{k}", inputs, (y,), band.attrs))

    def _within(self, name: str, have: Rows, rows: Rows, reader: str) -> str:
        """`rows` of the image of which the tensor has the rows `have`."""
        if rows == have:
            return name
        source = self.tensors[name].band
        assert source is not None
        return self._rows(name, source[0], have[0], rows, reader)

    def _image(self, name: str, k: int) -> str:
        """The rows of an image from before the region that band k needs."""
        rows = self.region.rows[k][name]
        if name != self.region.streamed:
            return self._rows(name, name, 0, rows, str(k))
        parts, start = [], rows[0]
        if self.kept is not None and self.kept[1][1] > rows[0]:
            kept, (_, end) = self.kept
            y = self._tensor(name, (rows[0], end), f"{k} again")
            parts.append(self._add(slide.node(kept, y)))
            start = end
        if start < rows[1]:
            parts.append(self._rows(name, name, 0, (start, rows[1]), f"{k} new" if parts else str(k)))
        whole = parts[0]
        if len(parts) > 1:
            whole = self._tensor(name, rows, str(k))
            self._add(concat.node(whole, parts, whole, axis=1))
        self.kept = self._keep(name, whole, k)
        return whole

    def _keep(self, name: str, whole: str, k: int) -> tuple[str, Rows] | None:
        """A copy of the rows that the next band reads again, so that the others can be overwritten."""
        (start, end), following = self.region.rows[k][name], self.region.rows[k + 1 : k + 2]
        if not following or following[0][name][0] >= end:
            return None
        rows = max(start, following[0][name][0]), end
        y = self._tensor(name, rows, f"{k} kept")
        _, _, w, c = self.graph.tensors[name].type.shape
        return self._add(slices.node(whole, y, (0, rows[0] - start, 0, 0), (1, rows[1] - rows[0], w, c))), rows

    def _rows(self, x: str, name: str, origin: int, rows: Rows, label: str) -> str:
        y = self._tensor(name, rows, label)
        taken = rows[0] - origin, rows[1] - origin
        return self._add(band_rows.node(x, y, taken, stream=x == self.region.streamed))

    def _tensor(self, name: str, rows: Rows, label: str) -> str:
        t = self.graph.tensors[name]
        shape = (1, rows[1] - rows[0], *t.type.shape[2:])
        found = f"{name}/{label}: rows {rows[0]} to {rows[1] - 1}"
        self.tensors[found] = replace(t, name=found, type=replace(t.type, shape=shape), band=(name, rows[0]))
        return found

    def _add(self, node: Node) -> str:
        self.made.append(node)
        return node.outputs[0]
