"""What would fit of a model that is made of parts: of a forest so many of its trees."""

from __future__ import annotations

import numpy as np

from lapel.ir import Graph
from lapel.ir.op import Op
from lapel.ops import registry


def parts_within(graph: Graph, excess_bytes: int) -> str:
    """How much there is room for, of the node with parts that has most constants, if these are so many bytes too many;
    "" where no node has parts, or there is room for none of them, or all."""
    found: list[tuple[int, str]] = []
    for node in graph.nodes:
        op, inst = registry()[node.op], graph.instance(node)
        if type(op).within is not Op.within:
            tables = (v for call in op.lower(inst) for v in call.params.values() if isinstance(v, np.ndarray))
            whole = sum(v.nbytes for v in tables)
            found.append((whole, op.within(inst, whole - excess_bytes)))
    return max(found, default=(0, ""))[1]
