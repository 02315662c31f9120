"""ONNX files run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(3)


def run_onnx(data: bytes, inputs: Mapping[str, np.ndarray], *, optimized: bool = False) -> dict[str, np.ndarray]:
    """One inference -> outputs by name; optimized: as users run it, with fused integer operators."""
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimized else level.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Without VNNI sums of two products are cut to 16 bits otherwise.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))
