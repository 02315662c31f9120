"""A model behind another one that makes a part of its input at each call, as an imported front end makes a frame.

    x -> part;   input -> y   -->   ring = [all but the oldest part of ring, part];   x -> part, ring -> y

The ring is a state. It holds what stands for 0 at first, so the first outputs that are all of the sound come after as
many calls as it has parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.errors import InputError, shown
from lapel.ir import Carry, Graph, Node, Tensor, Type
from lapel.ir.graph import rest_value
from lapel.ops import verify

PREFIX, RING = "front/", "front/ring"
"""Of the names of the front end's tensors and nodes but its inputs; the state."""


def feed(front: Graph, model: Graph) -> Graph:
    """The graph of both, called for each part: the front end's inputs, and the model's outputs.

    The front end's output, integers without scale, takes the model's quantization as it is. Raises InputError where
    either has several, the model's input is not made of whole parts, or dtypes or scales differ.
    """
    part, taken = _only(front, front.results, "output"), _only(model, model.arguments, "input")
    parts = _count_parts(front, part.type, model, taken.type)
    names = {n: n if n in front.arguments else PREFIX + n for n in front.tensors}
    both = sorted(({*names.values(), RING} & model.tensors.keys()) | ({RING} & set(names.values())))
    if both:
        raise InputError(f"{shown(model.name)}: has a tensor {shown(both[0])!r}, as the front end has: rename it")
    tensors = {names[n]: replace(t, name=names[n]) for n, t in front.tensors.items()}
    made = replace(tensors[names[part.name]], type=replace(part.type, quant=taken.type.quant))
    nodes, new = _ring(made, taken, parts)
    carries = tuple(Carry(names[c.state], names[c.update], c.initial) for c in front.carries)
    if parts > 1:
        state = new[RING].type
        carries += (Carry(RING, f"{RING}/next", rest_value(state)),)
    carries += model.carries
    return verify(
        replace(
            model,
            nodes=(*(_renamed(n, names) for n in front.nodes), *nodes, *model.nodes),
            tensors={**tensors, made.name: made, **new, **model.tensors},
            inputs=(*front.arguments, *(c.state for c in carries)),
            outputs=(*model.results, *(c.update for c in carries)),
            carries=carries,
        )
    )


def _only(graph: Graph, ends: tuple[str, ...], what: str) -> Tensor:
    if len(ends) != 1:
        raise InputError(f"{shown(graph.name)}: has {len(ends)} {what}s, expected one: take the other ones out")
    return graph.tensors[ends[0]]


def _count_parts(front: Graph, part: Type, model: Graph, taken: Type) -> int:
    """Parts in the model's input."""
    if part.dtype != taken.dtype or part.quant not in (None, taken.quant):
        raise InputError(f"{shown(model.name)}: takes {taken}, {shown(front.name)} makes {part}: requantize the model")
    if taken.size % part.size:
        found = f"takes {taken.size} numbers, {shown(front.name)} makes {part.size} at a time"
        raise InputError(f"{shown(model.name)}: {found}, expected a multiple: use the front end it was trained with")
    return taken.size // part.size


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    ends = (tuple(names[t] if t else "" for t in side) for side in (node.inputs, node.outputs))
    inputs, outputs = ends
    return replace(node, name=PREFIX + node.name, inputs=inputs, outputs=outputs)


def _ring(part: Tensor, taken: Tensor, parts: int) -> tuple[list[Node], dict[str, Tensor]]:
    """The nodes that move the ring on by a part and give it to the model, and their tensors."""
    size, dtype, quant = part.type.size, part.type.dtype, part.type.quant

    def reshaped(x: str, y: str, shape: tuple[int, ...]) -> Node:
        return Node("reshape", f"{y}/reshape", (x,), (y,), {"shape": shape})

    if parts == 1:
        return [reshaped(part.name, taken.name, taken.type.shape)], {}
    shapes = {RING: parts, f"{RING}/kept": parts - 1, f"{RING}/newest": 1, f"{RING}/next": parts}
    tensors = {n: Tensor(n, Type((rows, size), dtype, quant)) for n, rows in shapes.items()}
    state, kept, newest, update = tensors
    left = (parts - 1, size)
    cut = {"begin": (1, 0), "step": (1, 1), "count": left, "shape": left}
    nodes = [
        Node("slice", f"{RING}/cut", (state,), (kept,), cut),
        reshaped(part.name, newest, (1, size)),
        Node("concat", f"{RING}/join", (kept, newest), (update,), {"axis": 0}),
        reshaped(update, taken.name, taken.type.shape),
    ]
    return nodes, tensors
