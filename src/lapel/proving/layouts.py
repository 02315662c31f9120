"""Arrays in the order of axes of the user's own model, where the graph has another (`Origin.layouts`).

A graph of a framework that keeps channels first takes images [H, W, C], and its user has them as [C, H, W].
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Type
from lapel.proving.samples import batched, fits


def users_type(graph: Graph, name: str) -> Type:
    """The type that an input or output has in the user's own model."""
    t, perm = graph.tensors[name].type, graph.origin.layouts.get(name)
    return t if perm is None else replace(t, shape=tuple(t.shape[k] for k in np.argsort(perm)))


def to_graph(graph: Graph, name: str, x: np.ndarray) -> tuple[np.ndarray, str]:
    """Samples in the graph's order of axes, and which one they had; "" where there is but one.

    What has the shape of the user's model is in its order, even if it has the shape of the graph's as well.
    """
    perm, t, own = graph.origin.layouts.get(name), graph.tensors[name].type, users_type(graph, name)
    if perm is None:
        return x, ""
    if fits(own, x):
        moved = batched(name, own, x).transpose(0, *(a + 1 for a in perm))
        return moved, f"axes as the model had them, {_inner(own)}, and not {_inner(t)}"
    if fits(t, x):
        return x, f"axes as the graph has them, {_inner(t)}, and not {_inner(own)}"
    return batched(name, own, x, f", or in the graph's order of axes {_inner(t)}"), ""


def to_user(graph: Graph, name: str, y: np.ndarray) -> np.ndarray:
    """(N, *shape) of the graph -> (N, *shape) of the user's model."""
    perm = graph.origin.layouts.get(name)
    return y if perm is None else y.transpose(0, *(int(k) + 1 for k in np.argsort(perm)))


def _inner(t: Type) -> str:
    return f"{list(t.shape[1:] if t.shape[0] == 1 else t.shape)}"
