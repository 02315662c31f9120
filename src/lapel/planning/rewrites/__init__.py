"""Exact graph rewrites, one a file, and the list of their order.

Each takes a graph and returns a graph with the same outputs bit for bit, and says what it did in notes.
"""

from __future__ import annotations

from collections.abc import Callable

from lapel.ir import Graph
from lapel.planning.rewrites.channels import remove_channels
from lapel.planning.rewrites.dilation import fold_dilation
from lapel.planning.rewrites.output import load_outputs
from lapel.planning.rewrites.rings import find_rings
from lapel.planning.rewrites.writeback import write_back
from lapel.records import Note
from lapel.rewrites.activation import fold_activation
from lapel.rewrites.constant import fold_constants
from lapel.rewrites.dead import remove_dead
from lapel.rewrites.padding import fold_padding

Rewrite = Callable[[Graph], tuple[Graph, list[Note]]]

REWRITES: tuple[Rewrite, ...] = (
    fold_constants,  # first: what is constant may be a padding or a dead node's only reader
    remove_dead,  # before the folds: they require that a tensor has one reader
    fold_dilation,  # before the padding: it needs the convolution's own, and may leave a pad before it
    fold_padding,
    fold_activation,
    remove_channels,  # after the folds: what a clamp makes constant is then seen in the operator itself
    load_outputs,  # late: no later rewrite may make an output constant
    find_rings,  # before states are written back: what is no copy may be written back from where it is
    write_back,  # last: it makes the nodes that put updates in the places of states
)


def rewrite(graph: Graph) -> tuple[Graph, list[Note]]:
    """Apply every rewrite in order."""
    notes: list[Note] = []
    for step in REWRITES:
        graph, said = step(graph)
        notes += said
    return graph, notes
