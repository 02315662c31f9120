"""Which tensors may lie in the bytes of a state, and when its update takes its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lapel.ir import Carry, Graph, Node
from lapel.ops import registry


def states_within(graph: Graph) -> dict[str, frozenset[str]]:
    """Of each tensor that may share bytes with states, which: it is one under another shape, or has one as a part."""
    found = {name: frozenset((name,)) for name in graph.states}
    for node in graph.nodes if found else ():
        inst, op = graph.instance(node), registry()[node.op]
        if op.alias(inst):
            held = found.get(node.inputs[0], frozenset())
        elif op.parts(inst):
            held = frozenset().union(*(found.get(i, frozenset()) for i in node.inputs))
        else:
            continue
        if held:
            found[node.outputs[0]] = held
    return found


def next_free(carries: Sequence[Carry], within: Mapping[str, frozenset[str]]) -> Carry | None:
    """A state that no other one of these still has to read before it changes; None if each waits for another one."""
    for c in carries:
        if not any(k is not c and c.state in within.get(k.update, ()) for k in carries):
            return c
    return None


def written_back(graph: Graph) -> dict[str, str]:
    """The state by the tensor that takes its place, which a node of its own makes; none before that rewrite."""
    return {c.update: c.state for c in graph.carries}


def with_write_backs(graph: Graph, order: Sequence[Node]) -> tuple[Node, ...]:
    """An order of the other nodes, with each state's write-back as soon as nothing reads the state any more."""
    if not graph.carries:
        return tuple(order)
    within, found = states_within(graph), list(order)
    writers = {n.outputs[0]: n for n in graph.nodes if n.outputs[0] in written_back(graph)}
    left = [Carry(c.state, writers[c.update].inputs[0], c.initial) for c in graph.carries]
    of = {c.state: writers[c.update] for c in graph.carries}
    while left:
        c = next_free(left, within)
        assert c is not None, f"{graph.name}: states are each other's updates, but none is copied"
        after = 0
        for k, node in enumerate(found, 1):
            if c.update in node.outputs or any(c.state in within.get(i, ()) for i in node.inputs):
                after = k
        found.insert(after, of[c.state])
        left.remove(c)
    return tuple(found)


def landings(graph: Graph) -> dict[str, str]:
    """The state by the tensor that may be made in its place at once: all its bytes are the update, and no result's."""
    makers = {o: n for n in graph.nodes for o in n.outputs}
    returned = set(graph.results)
    for node in reversed(graph.nodes):
        if returned.intersection(node.outputs) and registry()[node.op].alias(graph.instance(node)):
            returned.add(node.inputs[0])
    found: dict[str, str] = {}
    for c in graph.carries:
        name = origin(graph, makers, makers[c.update].inputs[0])
        if name in makers and name not in returned:
            found.setdefault(name, c.state)
    return found


def origin(graph: Graph, makers: Mapping[str, Node], name: str) -> str:
    """The tensor that this one is under another shape, all of it."""
    node = makers.get(name)
    while node is not None and is_whole_alias(graph, node):
        name = node.inputs[0]
        node = makers.get(name)
    return name


def is_whole_alias(graph: Graph, node: Node) -> bool:
    """Whether the output is all of the input's bytes under another shape."""
    inst = graph.instance(node)
    return registry()[node.op].alias(inst) and inst.x().bytes == inst.y().bytes
