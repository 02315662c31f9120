"""Bytes of all constants that a graph's kernels read: weights, tables, and the numbers of their params structs."""

from __future__ import annotations

import numpy as np

from lapel.ir import Graph
from lapel.ops import registry

POINTER_BYTES = 2
"""Of the ATmega328P, as are `NUMBER_BYTES`."""
NUMBER_BYTES = 2


def constant_bytes(graph: Graph) -> int:
    """Of kernels without variants. Tables that several calls have in common count once for each."""
    total = 0
    for node in graph.nodes:
        for call in registry()[node.op].lower(graph.instance(node)):
            for value in call.params.values():
                if isinstance(value, np.ndarray):
                    total += value.nbytes + POINTER_BYTES
                else:
                    total += NUMBER_BYTES * (len(value) if isinstance(value, tuple) else 1)
    return total
