"""Which tensors share a buffer (aliases, in-place outputs) or may overlap, with the lifetime of each buffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lapel.ir import Call, Graph, Node
from lapel.ops import registry
from lapel.planning.arena import Buffer, Overlap
from lapel.planning.states import landings, origin, written_back
from lapel.planning.streams import streamed_inputs


@dataclass
class SharedBuffer:
    """Bytes needed by several tensors that never hold different values at the same time; by none: a step's scratch.

    kept: the bytes from start up to end that hold a state, so at all steps and between calls; no other tensor may take
    them over. A state that is the part of a larger tensor lies in its place there: that is how a ring buffer is kept.
    """

    tensors: list[str]
    bytes: int
    first: int
    last: int
    kept: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """Buffers, the buffer of each tensor, which buffers may overlap, and for each step the reason of its placement.

    delta: bytes from the buffer's start to the tensor, where that is not 0. scratch: the buffer of a node's scratch, by
    the node's name.
    """

    buffers: list[SharedBuffer]
    of: dict[str, int]
    last_use: dict[str, int]
    first_use: dict[str, int]
    reasons: list[str]
    overlaps: list[Overlap]
    delta: dict[str, int] = field(default_factory=dict)
    scratch: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> tuple[int, int]:
        """Buffer of a tensor, and where in it, in bytes."""
        return self.of[name], self.delta.get(name, 0)


def assign_buffers(graph: Graph, order: Sequence[Node], calls: Sequence[tuple[Call, ...]], *, reuse: bool) -> Layout:
    """Give every arena tensor a buffer; with `reuse` off, every tensor lives in a place of its own throughout."""
    last_use = _last_uses(graph, order)
    layout = Layout([], {}, last_use, {}, [], [])
    end, streamed = len(order), streamed_inputs(graph)
    wholes = _wholes(graph, order, calls)
    steps = {n.outputs[0]: step for step, n in enumerate(order)}
    for name in graph.states:
        _place_state(graph, layout, name, wholes, steps, end)
    for name in dict.fromkeys(graph.arguments):
        if name in wholes:
            _place_part(graph, layout, name, *wholes[name], -1)
        elif name not in streamed:
            _new(layout, graph, name, -1, last_use.get(name, -1))
    states, landing = written_back(graph), Landing(graph, order, last_use) if reuse else None
    for step, node in enumerate(order):
        whole = wholes.get(node.outputs[0])
        if whole is not None:
            layout.reasons.append(_place_part(graph, layout, node.outputs[0], *whole, step))
        elif node.outputs[0] in states:
            layout.reasons.append(_place_update(layout, node, states[node.outputs[0]]))
        else:
            landed = {} if landing is None else landing.find(layout, node, calls[step], step)
            read_from_caller = not streamed.isdisjoint(node.inputs[:1])
            reason = _place_outputs(graph, layout, node, calls[step], step, reuse, read_from_caller, landed)
            layout.reasons.append(reason)
        # After the outputs, so that a packing in this order gives them the better place.
        if scratch := scratch_bytes(calls[step]):
            layout.scratch[node.name] = len(layout.buffers)
            layout.buffers.append(SharedBuffer([], scratch, step, step))
    if not reuse:
        for b in layout.buffers:
            b.first, b.last = -1, end
    return layout


def scratch_bytes(calls: Sequence[Call]) -> int:
    """Bytes of scratch of a node: its calls run one after the other, and have the same."""
    return max((c.scratch_bytes for c in calls), default=0)


def aligned_buffers(layout: Layout, align: int, guard: int) -> tuple[list[Buffer], list[Overlap]]:
    """What is packed: sizes and distances as multiples of `align` bytes, with `guard` free bytes round each buffer."""

    def aligned(n: int) -> int:
        return -(-n // align) * align

    def kept(b: SharedBuffer) -> tuple[int, int] | None:
        return None if b.kept is None else (b.kept[0] // align * align, aligned(b.kept[1] + 2 * guard))

    buffers = [Buffer(aligned(b.bytes + 2 * guard), b.first, b.last, kept(b)) for b in layout.buffers]
    return buffers, [replace(o, distance=aligned(o.distance)) for o in layout.overlaps]


def joins(graph: Graph) -> frozenset[str]:
    """Nodes whose output is their inputs side by side, and needs no work as each input is made where it belongs."""
    makers, streamed = {o: n for n in graph.nodes for o in n.outputs}, streamed_inputs(graph)
    states = {*graph.states}
    found: set[str] = set()
    taken: set[str] = set()

    def may_be_made_there(part: str, ring: bool) -> bool:
        node = makers.get(part)
        if ring and node is None:
            return part not in taken and graph.tensors[part].data is None and part not in streamed
        if node is None or len(node.outputs) > 1 or node.name in found or part in taken:
            return False
        # An alias lies where its input does.
        return not registry()[node.op].alias(graph.instance(node)) or node.inputs[0] in streamed

    for node in graph.nodes:
        if not registry()[node.op].parts(graph.instance(node)):
            continue
        parts = {origin(graph, makers, i) for i in node.inputs}
        ring = len(states & parts) == 1  # of two states the bytes would have to be one range
        if not ring:
            parts = set(node.inputs)
        if len(parts) == len(node.inputs) and all(may_be_made_there(part, ring) for part in parts):
            found.add(node.name)
            taken |= parts
    return frozenset(found)


def _wholes(graph: Graph, order: Sequence[Node], calls: Sequence[tuple[Call, ...]]) -> dict[str, tuple[str, int]]:
    """Of each tensor that is made as a part of another one: that one, and where in it, in bytes."""
    makers, states = {o: n for n in graph.nodes for o in n.outputs}, {*graph.states}
    found = {}
    for node, work in zip(order, calls, strict=True):
        offsets = () if work else registry()[node.op].parts(graph.instance(node))
        if offsets:
            parts = [origin(graph, makers, i) for i in node.inputs]
            parts = parts if states.intersection(parts) else list(node.inputs)
            found.update({i: (node.outputs[0], at) for i, at in zip(parts, offsets, strict=True)})
    return found


def _last_uses(graph: Graph, order: Sequence[Node]) -> dict[str, int]:
    """The last step that reads or makes each tensor, one more for what the caller reads."""
    last: dict[str, int] = {}
    for step, node in enumerate(order):
        for name in (*node.inputs, *node.outputs):
            last[name] = step
    for name in graph.outputs:
        last[name] = len(order)
    return last


def _new(layout: Layout, graph: Graph, name: str, first: int, last: int) -> None:
    layout.of[name] = len(layout.buffers)
    layout.first_use[name] = first
    layout.buffers.append(SharedBuffer([name], graph.tensors[name].type.bytes, first, last))


def _place_state(
    graph: Graph,
    layout: Layout,
    name: str,
    wholes: dict[str, tuple[str, int]],
    steps: dict[str, int],
    end: int,
) -> None:
    """A buffer that is kept, or the place in the tensor of which the state is a part."""
    size = graph.tensors[name].type.bytes
    if name not in wholes:
        _new(layout, graph, name, -1, end)
        layout.buffers[-1].kept = 0, size
        return
    whole, at = wholes[name]
    _new(layout, graph, whole, steps[whole], layout.last_use[whole])
    layout.buffers[-1].kept = at, at + size
    layout.buffers[-1].tensors.append(name)
    layout.of[name], layout.delta[name], layout.first_use[name] = layout.of[whole], at, -1


def _place_update(layout: Layout, node: Node, state: str) -> str:
    """What takes a state's place at the next call."""
    update, name = node.inputs[0], node.outputs[0]
    layout.of[name], layout.delta[name] = layout.place(state)
    layout.buffers[layout.of[name]].tensors.append(name)
    if layout.of.get(update) is not None and layout.place(update) == layout.place(state):
        return f"no work: {update} was made at the place of {state}"
    return f"written back to the place of {state}, which nothing reads any more in this call"


def _land(layout: Layout, name: str, state: str, step: int) -> None:
    """An update that is made in its state's place: kept, whatever reads it."""
    layout.of[name], layout.delta[name] = layout.place(state)
    layout.first_use[name] = step
    layout.buffers[layout.of[name]].tensors.append(name)


def _join(layout: Layout, name: str, host: str, step: int) -> None:
    buffer = layout.buffers[layout.of[host]]
    layout.of[name] = layout.of[host]
    layout.first_use[name] = step
    buffer.tensors.append(name)
    buffer.last = max(buffer.last, layout.last_use[name])


def _place_part(graph: Graph, layout: Layout, name: str, whole: str, at: int, step: int) -> str:
    if whole not in layout.of:
        _new(layout, graph, whole, step, layout.last_use[whole])
    buffer = layout.buffers[layout.of[whole]]
    buffer.first = min(buffer.first, step)
    _join(layout, name, whole, step)
    layout.delta[name] = at
    return f"made as a part of {whole}, from its byte {at} on"


def _place_outputs(
    graph: Graph,
    layout: Layout,
    node: Node,
    calls: tuple[Call, ...],
    step: int,
    reuse: bool,
    streams: bool,
    landed: Mapping[str, str],
) -> str:
    if node.outputs[0] in layout.of:
        return "no work: its parts lie side by side"
    for name, state in landed.items():
        _land(layout, name, state, step)
    if landed:
        for name in (o for o in node.outputs if o not in landed):
            _new(layout, graph, name, step, layout.last_use[name])
        return f"made at the place of {', '.join(landed.values())}, which nothing reads any more in this call"
    if not calls:
        source, at = node.inputs[0], registry()[node.op].offset(graph.instance(node))
        _join(layout, node.outputs[0], source, step)
        layout.delta[node.outputs[0]] = layout.delta.get(source, 0) + at
        return f"no work: the bytes of {source}" + (f" from {at} on" if at else "") + " under another shape"
    if not reuse:
        host, reason = None, "reuse is off"
    elif streams:
        host, reason = None, f"read from the caller, who has {node.inputs[0]}"
    else:
        host, reason = _inplace_host(graph, layout, node, calls, step)
    if host is not None:
        _join(layout, node.outputs[0], host, step)
        for name in node.outputs[1:]:
            _new(layout, graph, name, step, layout.last_use[name])
        return f"in place: {reason}"
    for name in node.outputs:
        _new(layout, graph, name, step, layout.last_use[name])
    distance = overlap_distance(graph, node, calls) if reuse else None
    if distance is None:
        return f"new buffer: {reason}"
    x = layout.of[calls[0].inputs[0]]
    if layout.buffers[x].kept is not None:
        return f"new buffer: {calls[0].inputs[0]} lies with a state"
    if layout.buffers[x].bytes != graph.tensors[calls[0].inputs[0]].type.bytes:
        return f"new buffer: {calls[0].inputs[0]} is a part of a tensor that may be needed again"
    if layout.buffers[x].last > step:
        return f"new buffer: {calls[0].inputs[0]} is still needed after this step"
    layout.overlaps.append(Overlap(x, layout.of[node.outputs[0]], distance, exact=calls[0].ahead is None))
    return f"new buffer: free bytes beside {node.inputs[0]}, which it might overlap"


def overlap_distance(graph: Graph, node: Node, calls: Sequence[Call]) -> int | None:
    """The least distance at which the node's output may overlap its input, if that saves any bytes.

    The only one, 0, of a call that promises no order but to work in place.
    """
    inst = graph.instance(node)
    if len(calls) != 1 or calls[0].inputs != node.inputs[:1] or inst.const(0) is not None:
        return None
    if any(place.tensor for place in calls[0].places().values()):
        return None  # what a kernel promises of its order is about its operands
    if calls[0].ahead is None:
        return 0 if calls[0].in_place else None
    distance = registry()[node.op].overlap(inst, calls[0].ahead)
    return None if distance is None or distance >= inst.y().bytes else distance


def _inplace_host(
    graph: Graph, layout: Layout, node: Node, calls: tuple[Call, ...], step: int
) -> tuple[str | None, str]:
    """The input whose buffer output 0 takes over, or None; and the reason."""
    candidates = registry()[node.op].inplace(graph.instance(node))
    if not candidates or any(set(c.inputs) - set(node.outputs) for c in calls[1:]):
        return None, f"{node.op} reads inputs again after writing outputs"
    reason = ""
    for i in candidates:
        name = node.inputs[i]
        if name not in layout.of:
            reason = reason or f"{name} is a constant in flash"
        elif layout.buffers[layout.of[name]].kept is not None:
            reason = reason or f"{name} lies with a state"
        elif layout.buffers[layout.of[name]].last > step:
            reason = reason or f"{name} is still needed after this step"
        elif layout.buffers[layout.of[name]].bytes != graph.tensors[node.outputs[0]].type.bytes:
            reason = reason or f"{name} has another size"
        else:
            return name, f"{name} is not needed any more and {node.op} reads each element before it writes it"
    return None, reason


class Landing:
    """Which outputs can be made in the place of the state that they are the update of."""

    def __init__(self, graph: Graph, order: Sequence[Node], last_use: Mapping[str, int]) -> None:
        self._graph, self._last_use, self._lands = graph, last_use, landings(graph)

    def find(self, layout: Layout, node: Node, calls: Sequence[Call], step: int) -> dict[str, str]:
        """Of the node's outputs those for which this is so, with their states."""
        lands = {o: self._lands[o] for o in node.outputs if o in self._lands} if calls else {}
        return {o: s for o, s in lands.items() if self._is_free(layout, node, calls, step, o, s)}

    def _is_free(self, layout: Layout, node: Node, calls: Sequence[Call], step: int, name: str, state: str) -> bool:
        """Whether nothing reads the state's bytes after this step, and this step in a way that bears it."""
        buffer, start = layout.place(state)
        size = self._graph.tensors[state].type.bytes
        for t in layout.buffers[buffer].tensors:
            _, at = layout.place(t)
            bytes_ = self._graph.tensors[t].type.bytes
            if at >= start + size or at + bytes_ <= start or self._last_use.get(t, -1) < step:
                continue
            if self._last_use[t] > step or (at, bytes_) != (start, size):
                return False
            if not self._bears(node, calls, name, t):
                return False
        return True

    def _bears(self, node: Node, calls: Sequence[Call], output: str, given: str) -> bool:
        """Whether the calls may write this output over this input, which they read."""
        op, inst = registry()[node.op], self._graph.instance(node)
        k = node.outputs.index(output)
        places = [i for i, name in enumerate(node.inputs) if name == given]
        if k == 0 and set(places) <= set(op.inplace(inst)):
            return not any(set(c.inputs) - set(node.outputs) for c in calls[1:])
        return all((i, k) in op.renews(inst) for i in places)
