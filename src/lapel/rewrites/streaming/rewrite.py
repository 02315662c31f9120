"""The rewrite: each layer takes what is new, and a ring buffer in front of it keeps what it has to see again.

    y = f(x), x all frames of a window
      -->  w = concat(past, x), x new frames alone; y = f(w) for what is new in y; keep the end of w as past

What is made of the whole window, such as a mean over time, reads a ring buffer with the window of its input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lapel.errors import UsageError
from lapel.ir import Carry, Graph, Instance, Node, Tensor, rest_value
from lapel.ir.along import Along
from lapel.ir.op import well_formed
from lapel.ops import concat, registry, slice, verify
from lapel.rewrites.dead import remove_dead
from lapel.rewrites.padding import fold_padding
from lapel.rewrites.streaming.pace import Analysis, Pace, analyze

Span = tuple[int, int]
"""Elements along time: how many before the new ones the first of them is, and their number."""


@dataclass(frozen=True, eq=False)
class Streamed:
    """A network that takes the next `frames`, and how it goes with the one over whole windows that it was.

    | field | unit | meaning |
    |---|---|---|
    | graph | | with ring buffers as state |
    | batch | | the network over whole windows, of which it was made |
    | axis | | of both inputs: time |
    | frames | frames | of a step |
    | analysis | | of the batch network |
    | rings | | names of states, by the tensor whose end they keep |
    """

    graph: Graph
    batch: Graph
    axis: int
    frames: int
    analysis: Analysis
    rings: Mapping[str, str] = field(default_factory=dict)

    @property
    def window(self) -> int:
        """Frames of a window of the batch network."""
        return self.batch.tensors[self.batch.arguments[0]].type.shape[self.axis]

    def warmup(self, result: str) -> int:
        """Steps after a reset of which a result is none of the batch network's, or not all of it is."""
        pace = self.analysis.paces.get(result)
        if pace is None:
            return max(0, -(-self.analysis.back // self.frames) - 1)
        return -(-pace.lag * pace.stride // self.frames)


def stream(graph: Graph, frames: int | None = None, axis: int = 1) -> Streamed:
    """The network that takes `frames` new ones a call (None: the least number) and computes nothing twice.

    axis: of the input, which is time. After the warm-up its results are those of the graph over the newest window, bit
    for bit, and of a result with an axis of time the newest elements; of a causal network, those from the reset on.

    Raises what `analyze` raises, and UsageError for a number of frames that is no multiple of the strides together, or
    more than the window has.
    """
    folded, _ = fold_padding(remove_dead(graph)[0])
    analysis = analyze(folded, axis)
    chosen = analysis.stride if frames is None else frames
    made = Streamed(folded, folded, axis, chosen, analysis)
    if chosen < 1 or chosen % analysis.stride:
        raise UsageError(
            f"{graph.name}: steps of {chosen} frames, expected a multiple of {analysis.stride}, which its strides in "
            "time are together"
        )
    if chosen > made.window:
        raise UsageError(
            f"{graph.name}: steps of {chosen} frames, expected at most the {made.window} of its window: "
            "the others would never be seen"
        )
    rewrite = _Rewrite(made)
    return replace(made, graph=rewrite.graph(), rings=rewrite.rings)


@dataclass(eq=False)
class _Rewrite:
    """The new network in the making. names: of tensors as they are called there, by tensor and span."""

    made: Streamed
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    carries: list[Carry] = field(default_factory=list)
    spans: dict[tuple[str, Span], str] = field(default_factory=dict)
    rings: dict[str, str] = field(default_factory=dict)

    def graph(self) -> Graph:
        """The network, verified."""
        batch, analysis = self.made.batch, self.made.analysis
        wanted = self._wanted()
        self.tensors |= batch.tensors
        (x,) = batch.arguments
        self._keep(x, wanted)
        for node in batch.nodes:
            self.nodes.append(self._steady(node) if node.name in analysis.steady else self._copied(node))
            for y in node.outputs:
                if y in analysis.paces:
                    self._keep(y, wanted)
        inputs = (x, *(c.state for c in self.carries))
        outputs = (*batch.results, *(c.update for c in self.carries))
        named = {*inputs, *outputs, *(t for n in self.nodes for t in (*n.inputs, *n.outputs))}
        origin = replace(batch.origin, scores=None, features=())
        return verify(
            Graph(
                batch.name,
                tuple(self.nodes),
                {name: t for name, t in self.tensors.items() if name in named},
                inputs,
                outputs,
                tuple(self.carries),
                origin=origin,
            )
        )

    def _new(self, pace: Pace) -> int:
        """Elements that a step adds."""
        return self.made.frames // pace.stride

    def _wanted(self) -> dict[str, dict[Span, None]]:
        """The spans of each tensor that are read."""
        found: dict[str, dict[Span, None]] = {}
        for node in self.made.batch.nodes:
            for name, span in zip(node.inputs, self._spans(node), strict=True):
                if span is not None:
                    found.setdefault(name, {})[span] = None
        return found

    def _spans(self, node: Node) -> list[Span | None]:
        """Of each input the span that the node reads, None if that does not advance."""
        analysis = self.made.analysis
        paces = [analysis.paces.get(i) for i in node.inputs]
        if node.name in analysis.steady:
            return self._steady_spans(node, paces)
        return [None if p is None else self._window_span(p) for p in paces]

    def _window_span(self, pace: Pace) -> Span:
        """All elements of the newest window."""
        return self.made.analysis.back // pace.stride - pace.lag - self._new(pace), pace.size

    def _steady_spans(self, node: Node, paces: Sequence[Pace | None]) -> list[Span | None]:
        inst = self.made.batch.instance(node)
        y = self.made.analysis.paces[node.outputs[0]]
        found = registry()[node.op].along(inst, [None if p is None else p.axis for p in paces], self._new(y))
        assert found is not None, f"{node.op} has no answer any more"
        count = (self._new(y) - 1) * found.step + found.extent
        spans: list[Span | None] = [
            None if p is None else (found.step * y.lag - p.lag + found.before, count) for p in paces
        ]
        # What is left behind the last element is no reason for a copy, if the operator goes no further by itself.
        longer = [
            None if s is None or p is None else (s[0], s[0] + self._new(p)) for s, p in zip(spans, paces, strict=True)
        ]
        return longer if self._takes(inst, found, longer, paces) else spans

    def _takes(self, inst: Instance, found: Along, spans: Sequence[Span | None], paces: Sequence[Pace | None]) -> bool:
        """Whether the node makes of these spans what is new in its outputs, and no more."""
        inputs = tuple(
            t if s is None or p is None or t is None else _resized(t, p.axis, s[1])
            for t, s, p in zip(inst.inputs, spans, paces, strict=True)
        )
        new = self._new(self.made.analysis.paces[inst.node.outputs[0]])
        outputs = tuple(_resized(t, a, new) for t, a in zip(inst.outputs, found.axes, strict=True))
        node = replace(inst.node, attrs=found.attrs)
        return not well_formed(registry()[node.op], Instance(node, inputs, outputs))

    def _keep(self, name: str, wanted: Mapping[str, Mapping[Span, None]]) -> None:
        """The ring buffer of a tensor that was just made, and what its readers read of it."""
        pace, t = self.made.analysis.paces[name], self.made.batch.tensors[name]
        new, readers = self._new(pace), wanted.get(name, {})
        self.tensors[name] = _resized(t, pace.axis, new)
        past = max([0, *(before for before, _ in readers)])
        whole = name
        if past:
            state, whole = self._add(f"{name}/past", t, pace, past), self._add(f"{name}/ring", t, pace, past + new)
            self.nodes.append(concat.node(whole, [state, name], whole, pace.axis))
            kept = self._cut(whole, f"{name}/kept", t, pace, (new, past))
            self.rings[name] = state
            self.carries.append(Carry(state, kept, rest_value(self.tensors[state].type)))
        for before, count in readers:
            cut = past - before, count
            all_of_it = cut == (0, past + new)
            self.spans[name, (before, count)] = (
                whole if all_of_it else self._cut(whole, f"{name}/{cut[0]}-{sum(cut) - 1}", t, pace, cut)
            )

    def _cut(self, whole: str, name: str, t: Tensor, pace: Pace, cut: Span) -> str:
        """count elements of a tensor from the first on."""
        y = self._add(name, t, pace, cut[1])
        begin, shape = [0] * len(t.type.shape), self.tensors[y].type.shape
        begin[pace.axis] = cut[0]
        self.nodes.append(slice.node(whole, y, begin, shape))
        return y

    def _add(self, name: str, t: Tensor, pace: Pace, count: int) -> str:
        while name in self.tensors:
            name += "+"
        self.tensors[name] = replace(_resized(t, pace.axis, count), name=name)
        return name

    def _steady(self, node: Node) -> Node:
        """The node for the elements that are new."""
        inst, paces = self.made.batch.instance(node), [self.made.analysis.paces.get(i) for i in node.inputs]
        new = self._new(self.made.analysis.paces[node.outputs[0]])
        found = registry()[node.op].along(inst, [None if p is None else p.axis for p in paces], new)
        assert found is not None, f"{node.op} has no answer any more"
        return replace(node, inputs=self._inputs(node), attrs=found.attrs)

    def _copied(self, node: Node) -> Node:
        return replace(node, inputs=self._inputs(node))

    def _inputs(self, node: Node) -> tuple[str, ...]:
        spans = self._spans(node)
        return tuple(i if s is None else self.spans[i, s] for i, s in zip(node.inputs, spans, strict=True))


def _resized(t: Tensor, axis: int, count: int) -> Tensor:
    """A tensor of the same type but for its size along an axis; it is compared with no imported one."""
    shape = t.type.shape
    return Tensor(t.name, replace(t.type, shape=(*shape[:axis], count, *shape[axis + 1 :])))
