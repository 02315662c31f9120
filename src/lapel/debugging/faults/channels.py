"""Channels in another order: of what the layer makes, or of what it reads (colours of an image, say)."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from lapel.debugging.scene import Scene
from lapel.planning.labels import labels

MOST_TRIED = 4
"""Channels of an input of which all orders are tried."""


def find(scene: Scene) -> str:
    """An order of the channels that gives what the device has."""
    return _of_output(scene) or _of_inputs(scene)


def _of_output(scene: Scene) -> str:
    if scene.right.ndim < 2 or scene.right.shape[-1] < 2:
        return ""
    right = scene.right.reshape(-1, scene.right.shape[-1]).T
    found = scene.found.reshape(-1, scene.found.shape[-1]).T
    order, free = [], set(range(len(right)))
    for c, values in enumerate(found):
        same = [k for k in ([c] if c in free else []) + sorted(free - {c}) if (right[k] == values).all()]
        if not same:
            return ""
        order.append(same[0])
        free.discard(same[0])
    return "" if order == sorted(order) else f"swapped channels: {_moved(order)} of what it makes"


def _of_inputs(scene: Scene) -> str:
    for name in scene.inputs:
        channels = scene.graph.tensors[name].type.shape[-1:]
        if not channels or not 1 < channels[0] <= MOST_TRIED:
            continue
        for order in list(permutations(range(channels[0])))[1:]:
            given = {
                t.sample: {name: np.ascontiguousarray(scene.trace.values(t.sample)[name][..., list(order)])}
                for t in scene.rows
            }
            if scene.gives_found(scene.with_inputs(given)):
                return f"swapped channels: {_moved(list(order))} of {labels(scene.graph)[name]!r}, which it reads"
    return ""


def _moved(order: list[int]) -> str:
    """Two channels that changed places, or how many did."""
    moved = [c for c, k in enumerate(order) if c != k]
    if len(moved) == 2:
        return f"channels {moved[0]} and {moved[1]} are in each other's place"
    return f"channels {moved[:8]} are {[order[c] for c in moved[:8]]}"
