"""The network of wake words: as it is trained, as it scores hours of sound at once, as it is shipped.

In training the scores of a window are the greatest over time of what the convolutions give at each step. What is
shipped has one step, and a probability instead of a logit: int8 of scale 1/256, which 128 is added to for a score.
"""

from __future__ import annotations

import math
from dataclasses import replace

from lapel.ir import Graph, Instance, Node, Origin, Quant, Tensor, Type
from lapel.ops import registry, verify
from lapel.ops.logistic import OUTPUT

SCORES = "scores"
"""The tensor that is the logit of each word at each step."""
SURE = 4.6
"""The greatest logit that is made a probability, of 0.99, or at least half of it."""


def stepwise(graph: Graph, frames: int, name: str = "") -> Graph:
    """The trained network on so many frames, int8 or float [frames, bands] -> probabilities [steps, words].

    A step is one step of the convolutions. The values at each step are those of the network on the frames of that step
    alone, since nothing is padded.
    """
    (start,) = graph.inputs
    bands = graph.tensors[start].type.shape[-1]
    tensors = {start: replace(graph.tensors[start], type=replace(graph.tensors[start].type, shape=(1, frames, bands)))}
    nodes: list[Node] = []
    for node in _needed(graph):
        attrs = {**node.attrs, "shape": (1, frames, 1, bands)} if node.inputs[0] == start else node.attrs
        _add(tensors, nodes, graph, replace(node, attrs=attrs))
    scores = nodes[-1].outputs[0]
    nodes[-1] = _eased(tensors, nodes[-1])
    steps, words = tensors[scores].type.shape[1], tensors[scores].type.shape[3]
    flat = Tensor("steps", replace(tensors[scores].type, shape=(steps, words)))
    tensors[flat.name] = flat
    nodes.append(Node("reshape", flat.name, (scores,), (flat.name,), {"shape": (steps, words)}))
    quant = flat.type.quant and Quant(OUTPUT.scale, OUTPUT.zero)
    made = Tensor("probabilities", Type((steps, words), flat.type.dtype, quant))
    tensors[made.name] = made
    nodes.append(Node("logistic", made.name, (flat.name,), (made.name,), {}))
    origin = Origin(graph.origin.task, graph.origin.classes)
    return verify(Graph(name or graph.name, tuple(nodes), tensors, (start,), (made.name,), origin=origin))


def _eased(tensors: dict[str, Tensor], node: Node) -> Node:
    """The node that makes logits, all of which stand for a part of what they were: a power of two, so that no integer
    changes. Its constants and its output are made anew.

    The greatest logit is then a probability that is still told from the one before it; thresholds near certainty would
    else be one and the same.
    """
    scores = tensors[node.outputs[0]]
    if scores.type.quant is None:
        return node
    largest = scores.type.scale * (127 - scores.type.zero)
    part = 2.0 ** -max(0, math.ceil(math.log2(largest / SURE)))
    if part == 1:
        return node
    x, *constants = node.inputs
    names = [f"{name}_eased" if name else name for name in constants]
    tensors |= {made: _scaled(tensors.pop(name), made, part)
                for name, made in zip(constants, names, strict=True) if name}  # fmt: skip
    tensors[scores.name] = _scaled(scores, scores.name, part)
    return replace(node, inputs=(x, *names))


def _scaled(tensor: Tensor, name: str, part: float) -> Tensor:
    """The same integers under another name, each of which stands for a part of what it stood for."""
    quant = tensor.type.quant
    assert quant is not None
    scale = tuple(s * part for s in quant.scale)
    return replace(tensor, name=name, type=replace(tensor.type, quant=replace(quant, scale=scale)))


def _needed(graph: Graph) -> list[Node]:
    """The nodes up to the logits."""
    last = next(k for k, node in enumerate(graph.nodes) if SCORES in node.outputs)
    return list(graph.nodes[: last + 1])


def _add(tensors: dict[str, Tensor], nodes: list[Node], graph: Graph, node: Node) -> None:
    """The node, its constants, and its output as it is for the new shapes."""
    for name in node.inputs:
        if name and name not in tensors:
            tensors[name] = graph.tensors[name]
    inputs = tuple(tensors[name] if name else None for name in node.inputs)
    ((shape, dtype),) = registry()[node.op].infer(Instance(node, inputs, ()))
    (name,) = node.outputs
    tensors[name] = Tensor(name, replace(graph.tensors[name].type, shape=shape, dtype=dtype))
    nodes.append(node)
