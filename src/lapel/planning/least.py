"""What every plan of a graph needs, whichever kernels its calls get: known before a kernel is measured or compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lapel.ir import Call, Graph, Node
from lapel.planning import arena
from lapel.planning.buffers import aligned_buffers, assign_buffers, overlap_distance
from lapel.planning.costs import tables
from lapel.planning.order import orders
from lapel.planning.streams import reads_in_order

FOLDED = 256
"""Tables of fewer elements may vanish into immediates, where a compiler unrolls a loop (GCC: to 200 instructions)."""


def index_limit(index_bits: int) -> int:
    """The greatest `lapel_index` of so many bits."""
    return 2 ** (index_bits - 1) - 1


@dataclass(frozen=True, eq=False)
class Least:
    """Lower bounds of a graph as it is planned (in bands, if it is); a plan that needs less cannot be.

    table_bytes: constants in flash, as they lie there. arena_bytes: of RAM. largest_tables: of nodes, by name, bytes of
    the largest constant that their calls read.
    """

    graph: Graph
    table_bytes: int
    arena_bytes: int
    largest_tables: Mapping[str, int] = field(default_factory=dict)


def least_table_bytes(graph: Graph, calls: Iterable[Sequence[Call]]) -> int:
    """Bytes of constants that stand in flash at least, given the candidates of every call.

    Equal tables stand there once: of each call only those count that no candidate of an earlier one brings.
    """
    seen: set[bytes] = set()
    whole = 0
    for candidates in calls:
        of_each = [{hashlib.sha256(t.tobytes()).digest(): t.nbytes for t in _tables(graph, c)} for c in candidates]
        whole += min(sum(size for key, size in of.items() if key not in seen) for of in of_each)
        seen.update(key for of in of_each for key in of)
    return whole


def largest_table_bytes(graph: Graph, call: Call) -> int:
    """Bytes of the largest constant that a call reads."""
    return max((t.nbytes for t in _constants(graph, call)), default=0)


def least_largest_tables(graph: Graph, calls: Mapping[str, Sequence[Sequence[Call]]]) -> dict[str, int]:
    """Of each node, by name, what `largest_table_bytes` is at least, given the candidates of its calls."""
    return {
        name: max((min(largest_table_bytes(graph, c) for c in candidates) for candidates in of), default=0)
        for name, of in calls.items()
    }


def _tables(graph: Graph, call: Call) -> list[np.ndarray]:
    return [t for t in _constants(graph, call) if t.size >= FOLDED]


def _constants(graph: Graph, call: Call) -> list[np.ndarray]:
    operands = (graph.tensors[name].data for name in call.inputs)
    return [*tables(call), *(data for data in operands if data is not None)]


def least_arena_bytes(
    graph: Graph, calls: Mapping[str, Sequence[Sequence[Call]]], align: int, reuse: bool, guard: int
) -> int:
    """Bytes of the arena at least, in the best order, if each node's output overlaps its input as far as it ever may.

    calls: of each node, by name, the candidates of its calls.
    """
    closest = {node.name: _closest(graph, node, calls[node.name]) for node in graph.nodes}
    tried = [order for order in orders(graph).values() if reads_in_order(graph, order)]
    layouts = [assign_buffers(graph, order, [closest[n.name] for n in order], reuse=reuse) for order in tried]
    return min(arena.lower_bound(*aligned_buffers(layout, align, guard)) for layout in layouts)


def _closest(graph: Graph, node: Node, calls: Sequence[Sequence[Call]]) -> tuple[Call, ...]:
    """Of each call the candidate whose output may lie closest to its input, with the least scratch of any."""
    if len(calls) != 1:
        return tuple(_sparing(candidates[0], candidates) for candidates in calls)
    whole = graph.tensors[node.outputs[0]].type.bytes

    def distance(call: Call) -> int:
        found = overlap_distance(graph, node, [call])
        return whole if found is None else found

    return (_sparing(min(calls[0], key=distance), calls[0]),)


def _sparing(call: Call, candidates: Sequence[Call]) -> Call:
    return replace(call, scratch_bytes=min(c.scratch_bytes for c in candidates))
