"""Rewrites of float graphs as front ends make them, one a file, and the list of their order.

Each takes a graph and returns one with the same outputs over the reals, up to the rounding of floats, and says what it
did. Inputs and outputs keep their names; what became of the axes of images among them is in `Origin.layouts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lapel.frontends.rewrites.identity import drop_identities
from lapel.frontends.rewrites.layout import lay_out
from lapel.frontends.rewrites.rounding import find_types, join_formats
from lapel.frontends.rewrites.scaling import fold_scaling
from lapel.frontends.rewrites.spreading import drop_spreading
from lapel.ir import Graph, Type
from lapel.quantization import convert
from lapel.records import Note
from lapel.rewrites.activation import fold_activation
from lapel.rewrites.constant import fold_constants
from lapel.rewrites.dead import remove_dead
from lapel.rewrites.padding import fold_padding

Rewrite = Callable[[Graph], tuple[Graph, list[Note]]]

REWRITES: tuple[Rewrite, ...] = (
    fold_constants,  # first: weights and factors that are computed from constants are constants to what follows
    drop_identities,
    drop_spreading,
    remove_dead,  # before the folds: they require that a tensor has one reader
    lay_out,  # before the folds, which look for a layer right before or behind its factors and terms
    fold_scaling,  # before activations: those of the layers stand behind their batch normalization
    fold_padding,
    fold_activation,
)
ROUNDED = tuple(step for step in REWRITES if step is not fold_scaling)
"""Of a graph whose weights stand for integers: nothing is multiplied into them."""


def simplify(graph: Graph, rewrites: tuple[Rewrite, ...] = REWRITES) -> tuple[Graph, list[Note]]:
    """Apply every rewrite in order."""
    notes: list[Note] = []
    for step in rewrites:
        graph, said = step(graph)
        notes += said
    return graph, notes


def simplified(graph: Graph) -> Graph:
    """What `simplify` makes of a graph."""
    return simplify(graph)[0]


def with_integers(graph: Graph, constants: Mapping[str, Type]) -> Graph:
    """The integer graph of one that has `quantize` and `dequantize` around its float operators.

    constants: the quantized types of float constants. Raises UnsupportedModel with what kernels cannot compute so.
    """
    graph, _ = simplify(graph, ROUNDED if constants else REWRITES)
    graph, _ = join_formats(convert(graph, find_types(graph, constants)))
    return remove_dead(drop_identities(graph)[0])[0]
