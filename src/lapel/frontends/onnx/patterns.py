"""Functions that exporters write in parts, put together again.

    y = 0.5 · (x · (1 + Erf(x / √2))), the products in any order  -->  y = Gelu(x)

PyTorch writes Gelu so for operator sets before 20; there is no operator for Erf alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.frontends.onnx.content import ModelContent, NodeContent

GELU_VERSION = 20
ROOT = 2**0.5
CLOSE = 1e-3


def with_gelu(content: ModelContent) -> ModelContent:
    """The model with one node for each Gelu."""
    found = [g for g in (_Gelu.behind(_Links(content), n) for n in content.nodes if n.op == "Erf") if g is not None]
    if not found:
        return content
    whole = {g.last.outputs[0]: g for g in found}
    gone = {id(n) for g in found for n in g.parts}
    nodes = []
    for node in content.nodes:
        gelu = whole.get(node.outputs[0]) if node.outputs else None
        if gelu is not None:
            erf = gelu.parts[0]
            nodes.append(NodeContent("Gelu", "", GELU_VERSION, erf.name, (gelu.x,), node.outputs))
        elif id(node) not in gone:
            nodes.append(node)
    return replace(content, nodes=tuple(nodes))


class _Links:
    """Who makes and who reads what."""

    def __init__(self, content: ModelContent) -> None:
        self.content = content
        self.makers = {o: n for n in content.nodes for o in n.outputs}
        self.readers: dict[str, list[NodeContent]] = {}
        for node in content.nodes:
            for i in node.inputs:
                self.readers.setdefault(i, []).append(node)

    def only_reader(self, node: NodeContent, op: str) -> NodeContent | None:
        """The node of this operator that alone reads the output of `node`, which is none of the model's."""
        found = self.readers.get(node.outputs[0], [])
        alone = len(found) == 1 and node.outputs[0] not in self.content.outputs
        return found[0] if alone and found[0].op == op else None

    def number(self, name: str) -> float | None:
        """The one number that a constant holds, or None."""
        data = self.content.constants.get(name)
        maker = self.makers.get(name)
        if data is None and maker is not None and maker.op == "Constant":
            data = np.asarray(next(iter(maker.attrs.values())))
        return float(data.reshape(-1)[0]) if data is not None and data.size == 1 and data.dtype.kind == "f" else None

    def is_number(self, name: str, value: float) -> bool:
        found = self.number(name)
        return found is not None and abs(found - value) < CLOSE

    def other(self, node: NodeContent, name: str) -> str:
        """The operand of a binary node beside this one."""
        a, b = node.inputs
        return b if a == name else a


@dataclass(frozen=True)
class _Gelu:
    """x: the input; parts: all nodes, Erf first; last: the one that makes the output."""

    x: str
    parts: tuple[NodeContent, ...]
    last: NodeContent

    @classmethod
    def behind(cls, links: _Links, erf: NodeContent) -> _Gelu | None:
        """The whole that an Erf is part of."""
        scaled = links.makers.get(erf.inputs[0])
        if scaled is None or links.only_reader(scaled, "Erf") is None:
            return None
        x, factor = scaled.inputs[0], scaled.inputs[1]
        if scaled.op == "Mul" and links.number(x) is not None:
            x, factor = factor, x
        if not links.is_number(factor, {"Div": ROOT, "Mul": 1 / ROOT}.get(scaled.op, np.nan)):
            return None
        added = links.only_reader(erf, "Add")
        if added is None or not links.is_number(links.other(added, erf.outputs[0]), 1):
            return None
        return cls._products(links, x, (erf, scaled, added))

    @classmethod
    def _products(cls, links: _Links, x: str, parts: tuple[NodeContent, ...]) -> _Gelu | None:
        """Those with x and with a half, of which one may be the product of both."""
        left, last = {"x", "half"}, parts[-1]
        while left:
            product = links.only_reader(last, "Mul")
            if product is None:
                return None
            operand = links.other(product, last.outputs[0])
            maker = links.makers.get(operand)
            if operand == x and "x" in left:
                left -= {"x"}
            elif links.is_number(operand, 0.5) and "half" in left:
                left -= {"half"}
            elif maker is not None and len(left) == 2 and maker.op == "Mul" and _is_half(links, maker, x):
                parts, left = (*parts, maker), set()
            else:
                return None
            parts, last = (*parts, product), product
        return cls(x, parts, last)


def _is_half(links: _Links, node: NodeContent, x: str) -> bool:
    """Whether a product that nothing else reads is x / 2."""
    return (
        x in node.inputs and links.is_number(links.other(node, x), 0.5) and links.only_reader(node, "Mul") is not None
    )
