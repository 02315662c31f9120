"""Ring buffers: a state that is moved on by some rows at each call.

    w = concat(s, x); u = slice(w); keep u as s  -->  u = piece(w): the bytes of w that it is
    v = slice(s), s without its first rows; u = concat(v, x); keep u as s  -->  w = concat(s, x); u = piece(w)

The planner lets s lie in w (`lapel.planning.buffers`), so that u is moved within w, once, and that is all.
"""

from __future__ import annotations

from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import concat, piece, registry
from lapel.planning.states import states_within
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes


def find_rings(graph: Graph) -> tuple[Graph, list[Note]]:
    """Make pieces of what is cut out of states, and of tensors that they are a part of."""
    if not graph.carries:
        return graph, []
    graph = _joined_first(graph)
    within = states_within(graph)
    nodes, names = [], []
    for node in graph.nodes:
        inst = graph.instance(node)
        first = registry()[node.op].piece(inst) if node.inputs[:1] and node.inputs[0] in within else None
        if first is not None and not registry()[node.op].alias(inst):
            names.append(node.outputs[0])
            element = first // (inst.y().bytes // inst.y().size)
            node = piece.node(node.name, node.inputs[0], node.outputs[0], element, inst.y().shape)
        nodes.append(node)
    if not names:
        return graph, []
    text = f"{', '.join(names)} are no copies, but pieces of what a state is a part of"
    return with_nodes(graph, nodes), [Note("ring buffers", text)]


def _joined_first(graph: Graph) -> Graph:
    """Join a whole state with what is new, and cut then, instead of the other way round."""
    readers, makers = count_readers(graph), {o: n for n in graph.nodes for o in n.outputs}
    tensors: dict[str, Tensor] = {}
    nodes: list[Node] = []
    joined: set[str] = set()
    for node in graph.nodes:
        found = _cut_end(graph, makers, node)
        if found is None or found[0] in joined or readers[node.inputs[found[1]]] > 1:
            nodes.append(node)
            continue
        state, place, first = found
        joined.add(state)
        nodes += _ring(graph, node, state, place, first, tensors)
    return with_nodes(graph, nodes, tensors) if joined else graph


def _cut_end(graph: Graph, makers: dict[str, Node], node: Node) -> tuple[str, int, int] | None:
    """(state, which input of the node, where y starts in elements of the join) if an input is the end of a state.

    That is the state's last elements if it is the first input, or the first ones if it is the last input.
    """
    inst = graph.instance(node)
    if not registry()[node.op].parts(inst) or len(node.inputs) < 2:
        return None
    for place, first_input in ((0, True), (len(node.inputs) - 1, False)):
        cut = makers.get(node.inputs[place])
        if cut is None or cut.inputs[0] not in graph.states:
            continue
        cut_inst = graph.instance(cut)
        at = registry()[cut.op].piece(cut_inst)
        if at is None:
            continue
        missing = cut_inst.x().bytes - cut_inst.y().bytes
        if at == (missing if first_input else 0):
            return cut.inputs[0], place, missing // (inst.y().bytes // inst.y().size) if first_input else 0
    return None


def _ring(graph: Graph, node: Node, state: str, place: int, first: int, tensors: dict[str, Tensor]) -> list[Node]:
    """y = concat(…, piece of s, …)  -->  w = concat(…, s, …), all of them flat; y = piece(w)"""
    y, nodes, flat = graph.tensors[node.outputs[0]], [], []

    def add(name: str, size: int) -> str:
        tensors[name] = Tensor(name, Type((size,), y.type.dtype, y.type.quant))
        return name

    for i, name in enumerate(node.inputs):
        source = state if i == place else name
        size = graph.tensors[source].type.size
        flat.append(add(f"{y.name}/part {i}", size))
        nodes.append(piece.node(flat[-1], source, flat[-1], 0, (size,)))
    whole = add(f"{y.name}/ring", sum(tensors[name].type.size for name in flat))
    nodes.append(concat.node(whole, flat, whole, 0))
    return [*nodes, piece.node(node.name, whole, node.outputs[0], first, y.type.shape)]
