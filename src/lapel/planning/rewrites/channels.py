"""Channels whose values are constant or that nothing reads, removed with the filters and inputs that belong to them.

    x has channels c that are v everywhere; y = conv(x, w, b)
      -->  y = conv(x without c, w without c, b + (sum of w over c) * (v - zero of x))
    x = conv(a, w, b) has channels c that no remaining filter reads
      -->  x without c = conv(a, w without filters c, b without c)

Exact: the bias takes over a constant only where every window sees it in full, that is without padding, or where it is
the zero point, which adds as little as the padding does. A bias cannot overflow by that: it grows by at most 255 * |w|
where the bound of `check_accumulator` loses 256 * |w|.

What is constant is found from the inputs to the outputs (values.py), then what is read from the outputs to the inputs.
Tensors that can only lose a channel together keep it if any of them needs it (groups.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.families.weights import bias_dtype, make_bias
from lapel.ir import DTYPES, Graph, Instance, Node, Quant, Tensor, Type
from lapel.ir.filters import Filters
from lapel.ops import registry
from lapel.planning.rewrites.groups import Groups, filters_of, last, tied_tensors
from lapel.planning.rewrites.values import Known, Mixer, find_values, mixer_of
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes

MOST_CHANNELS = 1 << 20
"""Of all tensors that are computed, a flattened one having as many as elements: each is followed in some 30 bytes."""
SWEEPS = 8
"""Sweeps from outputs to inputs, twice; two are enough but for odd residual paths. If none settles, all stays."""

Live = Mapping[str, np.ndarray]
"""Of the name that stands for each group: which channels stay."""


def remove_channels(graph: Graph) -> tuple[Graph, list[Note]]:
    """Remove every constant or dead channel that all its producers and consumers can do without."""
    channels = sum(last(graph.tensors[o].type.shape) for n in graph.nodes for o in n.outputs)
    if channels > MOST_CHANNELS:
        return graph, [Note("channel removal", f"not sought: {channels:,} channels, more than {MOST_CHANNELS:,}")]
    groups = Groups(graph)
    mixers = {n.name: m for n in graph.nodes if (m := mixer_of(graph.instance(n))) is not None}
    known = find_values(graph, groups, mixers)
    live = _find_live(graph, groups, mixers, known)
    if all(kept.all() for kept in live.values()):
        return graph, []
    cut = _Cut(graph, groups, mixers, known, live)
    nodes = [cut.node(n) for n in graph.nodes]
    return with_nodes(graph, nodes, cut.tensors), cut.notes


def _find_live(graph: Graph, groups: Groups, mixers: Mapping[str, Mixer], known: Mapping[str, Known]) -> Live:
    """Grow the sets of channels that stay until nothing changes."""
    activations = [*graph.inputs, *(t for n in graph.nodes for t in (n.inputs[0], *n.outputs))]
    live = {groups.root(t): np.full(groups.width(t), groups.whole(t)) for t in activations if t}
    mixing = [n for n in reversed(graph.nodes) if n.name in mixers]
    needs = {n.name: _needs(mixers[n.name], known, n.inputs[0]) for n in mixing}
    # Only when all that is read is known, some of what is not is kept in tensors that would become empty.
    for with_floor in (False, True):
        for _ in range(SWEEPS):
            before = sum(int(kept.sum()) for kept in live.values())
            for node in mixing:
                x, y = live[groups.root(node.inputs[0])], live[groups.root(node.outputs[0])]
                if with_floor:
                    _keep_some(y, groups.floor(node.outputs[0]))
                filters = np.tile(y, len(needs[node.name]) // len(y))
                x |= needs[node.name][filters].any(axis=0).reshape(-1, len(x)).any(axis=0)
            if sum(int(kept.sum()) for kept in live.values()) == before:
                break
        else:
            return {name: np.ones_like(kept) for name, kept in live.items()}
    for kept in live.values():  # also in tensors that depend on no convolution, that is on constants alone
        _keep_some(kept, 1)
    return live


def _needs(mixer: Mixer, known: Mapping[str, Known], x: str) -> np.ndarray:
    """[O, C]: which input channels each filter reads and cannot have from its bias."""
    return mixer.reads & ~mixer.folds(mixer.known(known, x))


def _keep_some(kept: np.ndarray, floor: int) -> None:
    """Let the first dead channels stay until there are `floor` of them."""
    missing = floor - int(kept.sum())
    if missing > 0:
        kept[np.flatnonzero(~kept)[:missing]] = True


class _Cut:
    """The rewritten nodes and tensors, and what was done to them."""

    def __init__(
        self, graph: Graph, groups: Groups, mixers: Mapping[str, Mixer], known: Mapping[str, Known], live: Live
    ) -> None:
        self.graph, self.groups, self.mixers, self.known, self.live = graph, groups, mixers, known, live
        self.readers = count_readers(graph)
        self.tensors: dict[str, Tensor] = {}
        self.notes: list[Note] = []

    def node(self, node: Node) -> Node:
        """The node on its cut tensors."""
        inst = self.graph.instance(node)
        filters, tied = filters_of(inst), tied_tensors(inst)
        if filters is not None and (filters.mixed or tied):
            return self._weighted(inst, filters)
        for name in tied:
            self._operand(name)
        if not tied:
            return node
        return replace(node, attrs=registry()[node.op].resized(inst, self._shape(node.outputs[0])))

    def _kept(self, name: str) -> np.ndarray:
        """Indexes along the last axis of a tensor that stay."""
        kept = self.live[self.groups.root(name)]
        return np.flatnonzero(np.tile(kept, last(self.graph.tensors[name].type.shape) // len(kept)))

    def _shape(self, name: str) -> tuple[int, ...]:
        shape = self.graph.tensors[name].type.shape
        return (*shape[:-1], len(self._kept(name))) if shape else shape

    def _operand(self, name: str) -> None:
        """Cut an activation, or a constant that is tied to activations."""
        t, kept = self.graph.tensors[name], self._kept(name)
        if name in self.tensors or len(kept) == last(t.type.shape):
            return
        origin = tuple(int(k) if t.kept is None else t.kept[k] for k in kept)
        data = None if t.data is None else t.data.take(kept, axis=-1)
        self.tensors[name] = Tensor(name, replace(t.type, shape=self._shape(name)), data, origin)

    def _weighted(self, inst: Instance, filters: Filters) -> Node:
        node, mixer, w = inst.node, self.mixers.get(inst.node.name), inst.inputs[1]
        assert w is not None and w.data is not None
        axis = filters.axis
        outs, ins = self._kept(node.outputs[0]), np.arange(w.type.shape[filters.inputs or 0])
        moved = np.zeros(w.type.shape[axis], np.int64)
        if mixer is not None and filters.inputs is not None:
            kept = self.live[self.groups.root(node.inputs[0])]
            stays = np.tile(kept, len(ins) // len(kept))
            ins = np.flatnonzero(stays)
            moved = mixer.amount(mixer.known(self.known, node.inputs[0]), ~stays)
        self._operand(node.inputs[0])
        self._operand(node.outputs[0])
        if len(outs) == len(moved) and len(ins) == w.type.shape[filters.inputs or 0]:
            return node
        self._say(inst, filters, len(outs), len(ins))
        data = w.data.take(outs, axis)
        data = data if filters.inputs is None else data.take(ins, filters.inputs)
        inputs = (node.inputs[0], self._constant(node, w.name, data, _cut_quant(w.type.quant, axis, outs)))
        return replace(node, inputs=(*inputs, self._bias(inst, outs, moved)))

    def _bias(self, inst: Instance, outs: np.ndarray, moved: np.ndarray) -> str:
        """The bias of the filters that stay, with what was folded into it; none if there was and is none."""
        data = (make_bias(inst, len(moved)) + moved)[outs].astype(DTYPES[bias_dtype(inst)])
        if inst.has(2):
            bias = inst.inputs[2]
            assert bias is not None
            return self._constant(inst.node, bias.name, data, _cut_quant(bias.type.quant, 0, outs))
        if not data.any():
            return ""
        w = inst.x(1).quant
        assert w is not None
        # Nothing reads a bias's scale, but it is to be a number above 0.
        products = np.clip(np.array(w.scale) * inst.x().scale, np.finfo(np.float32).tiny, np.finfo(np.float32).max)
        scales = tuple(map(float, products.astype(np.float32)))
        quant = Quant(scales, (0,) * len(scales), None if w.axis is None else 0)
        return self._constant(inst.node, None, data, _cut_quant(quant, 0, outs))

    def _constant(self, node: Node, old: str | None, data: np.ndarray, quant: Quant | None) -> str:
        """A constant in place of `old`, whose name it takes over if nobody else reads that."""
        name = old
        if name is None or self.readers[name] != 1:
            name = f"{node.name}/{old or 'bias'}"
            while name in self.graph.tensors or name in self.tensors:
                name += "+"
        self.tensors[name] = Tensor(name, Type(data.shape, str(data.dtype), quant), data)
        return name

    def _say(self, inst: Instance, filters: Filters, outs: int, ins: int) -> None:
        shape, parts = inst.x(1).shape, []
        if outs < shape[filters.axis]:
            what = "channels" if filters.inputs is None else "filters"
            parts.append(f"{shape[filters.axis] - outs} of {shape[filters.axis]} {what}")
        inputs = 0 if filters.inputs is None else shape[filters.inputs]
        if ins < inputs:
            parts.append(f"{inputs - ins} of {inputs} {'inputs' if len(shape) == 2 else 'input channels'}")
        self.notes.append(Note("channel removal", f"{inst.node.name} loses {' and '.join(parts)}"))


def _cut_quant(q: Quant | None, axis: int, kept: np.ndarray) -> Quant | None:
    """The scales of the channels that stay, which are now along `axis`: a bias may have had another shape."""
    if q is None or q.axis is None:
        return q
    return Quant(tuple(q.scale[k] for k in kept), tuple(q.zero[k] for k in kept), axis)
