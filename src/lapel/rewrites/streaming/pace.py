"""At which pace the tensors of a network over a window advance when the window does, and what cannot advance exactly.

Frames are numbered from the start of the stream; a window starts at a multiple of all strides. Of a tensor along time
element j is made of the same frames wherever the window starts that it lies in, if no layer up to it padded in time.
So it is computed once, as soon as its last frame is there, and kept as long as a window or a layer behind it reads it.

A layer that is padded before the window alone sees there, right behind a reset, what its ring buffer begins with. So
such a network is the same from a reset on, but not in a window that starts later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from lapel.errors import Problem, UnsupportedModel, UsageError, shown
from lapel.ir import Graph, Node, rest_value
from lapel.ir.along import Along
from lapel.ops import registry

ADVICE = (
    "train it with layers that are not padded in time (VALID; the window then shrinks from layer to layer), or run it "
    "over whole windows as it is"
)


@dataclass(frozen=True)
class Pace:
    """How a tensor advances along time.

    | field | unit | meaning |
    |---|---|---|
    | axis | | the tensor's axis of time |
    | size | elements | along it in a window of the batch network |
    | stride | frames | from each element to the next |
    | lag | elements | after n frames there are n / stride - lag of them |
    """

    axis: int
    size: int
    stride: int
    lag: int


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a network does along time.

    paces: of the tensors that advance. steady: names of the nodes that make them, each of its inputs' new elements.
    whole: names of the nodes that read a window, or what was made of one, anew at every step; the others have nothing
    to do with time. windows: tensors of which such a node reads all elements of a window. stride: of the step, in
    frames: the least number of frames that the network can take at a time. back: frames from the start of the newest
    window to the end of the stream; 0: no node reads a window. causal: names of nodes that are padded before the
    window: the network is exact from a reset on alone.
    """

    paces: dict[str, Pace]
    steady: frozenset[str]
    whole: tuple[str, ...]
    windows: tuple[str, ...]
    stride: int
    back: int
    causal: tuple[str, ...] = ()


def analyze(graph: Graph, axis: int = 1) -> Analysis:
    """How a network advances along an axis of its input.

    Raises UsageError for a network with state, with several inputs or without that axis, UnsupportedModel for layers
    that are padded in time, or that would be computed again over what they have seen; all of them at once.
    """
    name, size = _window(graph, axis)
    walk = _Walk(graph, {name: Pace(axis, size, 1, 0)})
    for node in graph.nodes:
        walk.visit(node)
    if walk.problems:
        raise UnsupportedModel(f"{graph.name} as a stream", walk.problems, ADVICE)
    stride = math.lcm(*(p.stride for p in walk.paces.values()))
    spans = [(walk.paces[w].lag + walk.paces[w].size) * walk.paces[w].stride for w in walk.windows]
    back = -(-max(spans, default=0) // stride) * stride
    return Analysis(
        walk.paces, frozenset(walk.steady), tuple(walk.whole), tuple(walk.windows), stride, back, tuple(walk.causal)
    )


def _window(graph: Graph, axis: int) -> tuple[str, int]:
    """The one input, and its frames."""
    if graph.carries:
        raise UsageError(f"{graph.name} has state: it takes what is new at each call as it is: run, build or diff it")
    if len(graph.arguments) != 1:
        raise UsageError(
            f"{graph.name} has {len(graph.arguments)} inputs, expected one over time: make a stream of its part"
        )
    (name,) = graph.arguments
    shape = graph.tensors[name].type.shape
    if not 0 <= axis < len(shape) or shape[axis] < 2:
        axes = ", ".join(f"{k} ({n})" for k, n in enumerate(shape) if n > 1)
        raise UsageError(f"{graph.name}: axis {axis} of the input {list(shape)} is no time, expected one of {axes}")
    return name, shape[axis]


@dataclass(eq=False)
class _Walk:
    """The nodes in their order. again: the axis of time of tensors that are made anew at every step."""

    graph: Graph
    paces: dict[str, Pace]
    again: dict[str, int] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    steady: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    windows: dict[str, None] = field(default_factory=dict)
    causal: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def visit(self, node: Node) -> None:
        """Find out what the node's outputs are."""
        timed = [self.paces[i] for i in node.inputs if i in self.paces]
        if not timed and not any(i in self.anew for i in node.inputs):
            return
        found = self._along(node)
        fresh = not any(i in self.anew for i in node.inputs) and len({(p.size, p.stride) for p in timed}) == 1
        if found is not None and fresh:
            self._advance(node, found, timed)
            return
        self.whole.append(node.name)
        self.anew.update(node.outputs)
        self.windows.update((i, None) for i in node.inputs if i in self.paces)
        if found is not None:
            self.again.update(zip(node.outputs, found.axes, strict=True))
            self._refuse_again(node)

    def _along(self, node: Node) -> Along | None:
        """What the node says of time, where more than one element is left of it."""
        axes = [self.paces[i].axis if i in self.paces else self.again.get(i) for i in node.inputs]
        if all(a is None for a in axes):
            return None
        inst = self.graph.instance(node)
        found = registry()[node.op].along(inst, axes, 1)
        sizes = {} if found is None else {inst.y(k).shape[a] for k, a in enumerate(found.axes)}
        return found if len(sizes) == 1 and max(sizes) > 1 else None

    def _advance(self, node: Node, found: Along, timed: Sequence[Pace]) -> None:
        x, lag = timed[0], max(p.lag for p in timed)
        y = self.graph.tensors[node.outputs[0]].type
        size = y.shape[found.axes[0]]
        after = (size - 1) * found.step - found.before + found.extent - x.size
        if found.before > 0 or after > 0:
            self._pad(node, found, max(after, 0), [p.lag for p in timed])
        # The newest element is the last one all of whose elements of x are there.
        behind = -(-(lag + found.extent - found.before) // found.step) - 1
        made = (Pace(a, size, x.stride * found.step, behind) for a in found.axes)
        self.paces.update(zip(node.outputs, made, strict=True))
        self.steady.append(node.name)

    def _pad(self, node: Node, found: Along, after: int, lags: Sequence[int]) -> None:
        """A layer that is padded: exact from a reset on, if what is before the first frame fits its ring buffer."""
        x = self.graph.tensors[next(i for i in node.inputs if i in self.paces)].type
        said = f"padded in time by {max(found.before, 0)} before the window and {after} behind it, "
        if after > 0 or found.fill != rest_value(x).item(0):
            self.problems.append(Problem(_where(node), said + "where a stream has other frames"))
        elif any(lags) or found.before >= found.extent:
            first = "where a stream has frames, or what it computed before them: pad no layer in time, or each by its "
            self.problems.append(Problem(_where(node), said + first + "extent less its stride"))
        else:
            self.causal.append(node.name)

    def _refuse_again(self, node: Node) -> None:
        """Over all elements of time a layer's work would be done at each step again."""
        if registry()[node.op].macs(self.graph.instance(node)):
            cause = "works on every frame of the window behind what depends on the window as a whole, "
            self.problems.append(Problem(_where(node), cause + "and would be computed again at every step"))


def _where(node: Node) -> str:
    return f"{node.op} {shown(node.name)}"
