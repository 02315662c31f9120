"""Outputs of a model that no operator makes for it alone.

return t, t  -->  u = reshape(t); return t, u        x -> return x  -->  y = reshape(x); return y

A constant is returned as it is.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import count

from lapel.ir import Node, Tensor


def copy_outputs(
    outputs: Sequence[Tensor], given: Iterable[str], taken: Container[str]
) -> tuple[tuple[str, ...], list[Node], list[Tensor]]:
    """The names that the graph returns, and nodes and tensors for those that are `given` or returned already.

    given: names of the graph's inputs, and of its states' updates. taken: names that a new tensor must not have.
    """
    seen, names = set(given), []
    nodes: list[Node] = []
    made: list[Tensor] = []
    for k, t in enumerate(outputs):
        name = t.name
        if name in seen:
            names_of_copies = (f"{t.name}_{i}" for i in count(1))
            name = next(n for n in names_of_copies if n not in seen and n not in taken)
            nodes.append(Node("reshape", f"output_{k}", (t.name,), (name,), {"shape": t.type.shape}))
            made.append(Tensor(name, t.type))
        seen.add(name)
        names.append(name)
    return tuple(names), nodes, made
