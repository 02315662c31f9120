"""A zero point that is another one on the device: of the layer's output, or of what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lapel.debugging.scene import Scene
from lapel.ir import DTYPES, Quant, Type
from lapel.planning.labels import labels


def find(scene: Scene) -> str:
    """Every value off by the same number, or an input's zero point that gives what the device has."""
    return _of_output(scene) or _of_inputs(scene)


def _of_output(scene: Scene) -> str:
    t = scene.output
    if t.quant is None or t.quant.axis is not None:
        return ""
    info = np.iinfo(DTYPES[t.dtype])
    found, right = scene.found.astype(np.int64), scene.right.astype(np.int64)
    inside = (found > info.min) & (found < info.max) & (right > info.min) & (right < info.max)
    off = np.unique((found - right)[inside])
    if len(off) != 1 or off[0] == 0 or not (np.clip(right + off[0], info.min, info.max) == found)[inside].all():
        return ""
    d = int(off[0])
    return (
        f"a wrong zero point: every value is {abs(d)} too {'high' if d > 0 else 'low'}, as with the zero point "
        f"{t.zero + d} instead of {t.zero}"
    )


def _of_inputs(scene: Scene) -> str:
    for name in scene.inputs:
        t = scene.graph.tensors[name].type
        if t.quant is None or t.quant.axis is not None:
            continue
        for zero in _zeros(scene, t):
            other = replace(t, quant=Quant(t.quant.scale, (zero,)))
            if scene.gives_found(scene.with_type(name, other)):
                label = labels(scene.graph)[name]
                return f"a wrong zero point: it reads {label!r} with the zero point {zero} instead of {t.zero}"
    return ""


def _zeros(scene: Scene, t: Type) -> Iterator[int]:
    """Zero points that are taken by mistake, then those nearby."""
    info = np.iinfo(DTYPES[t.dtype])
    others = [o.type.quant.zero[0] for o in scene.graph.tensors.values() if o.type.quant is not None]
    near = [t.zero + d for k in range(1, 9) for d in (k, -k)]
    for zero in dict.fromkeys([0, t.zero + 128, t.zero - 128, -t.zero, *others, *near]):
        if zero != t.zero and info.min <= zero <= info.max:
            yield zero
