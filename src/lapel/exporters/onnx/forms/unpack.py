"""Split into slices of one, each without the axis."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> tuple[str, ...]:
    axis, n = e.inst.attrs["axis"], len(e.inst.outputs)
    parts = e.ops("Split", e.x(), outputs=n, axis=axis, num_outputs=n)
    return tuple(e.op("Squeeze", part, e.ints(axis)) for part in parts)
