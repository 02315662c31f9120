"""GatherND."""

from __future__ import annotations

import numpy as np

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    indexes = e.inst.const(1)
    assert indexes is not None
    return e.op("GatherND", e.x(), e.array(indexes.astype(np.int64)))
