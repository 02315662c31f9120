"""op(constants) --> constant, computed by ONNX's own reference evaluator.

Exporters leave the arithmetic of shapes in the file (Shape, Gather, Concat); with static shapes it is constant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from lapel.errors import UnsupportedNode, shown
from lapel.frontends.onnx.content import NodeContent

RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
NOT_FOLDED = (*RANDOM, "If", "Loop", "Scan", "SequenceMap", "QuantizeLinear", "DequantizeLinear")
"""What is no constant whatever it is given, what has graphs of its own, and what says how constants are quantized."""
GROWING = ("ConstantOfShape", "Expand", "Tile", "Range", "Pad", "Resize", "OneHot", "EyeLike", "Upsample")
"""Operators that make more than they are given."""
MOST_VALUES = 1 << 24
"""Of one folded output: more is no constant for a microcontroller."""


def folds(node: NodeContent) -> bool:
    """Whether the operator is one that constants make constant."""
    return not node.domain and node.op not in NOT_FOLDED


def fold(node: NodeContent, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
    """The outputs of a node of constants. Raises UnsupportedNode if the evaluator cannot compute it."""
    model = _model(node, inputs)
    if node.op in GROWING:
        _check_size(model)
    try:
        with np.errstate(all="ignore"):
            found = ReferenceEvaluator(model).run(None, {})
    except Exception as e:  # whatever a library raises on operands that do not fit
        reason = shown((str(e) or type(e).__name__).splitlines()[0], 120)
        raise UnsupportedNode(f"of constants cannot be computed ({reason}): export the model again") from e
    return [np.asarray(a) for a in found]


def _model(node: NodeContent, inputs: Sequence[np.ndarray | None]) -> onnx.ModelProto:
    """A model of this node alone."""
    names = [f"x{i}" if a is not None else "" for i, a in enumerate(inputs)]
    outputs = [f"y{i}" if name else "" for i, name in enumerate(node.outputs)]
    attrs = {k: numpy_helper.from_array(v) if isinstance(v, np.ndarray) else v for k, v in node.attrs.items()}
    proto = helper.make_node(node.op, names, outputs, domain=node.domain, **attrs)
    constants = [numpy_helper.from_array(a, n) for a, n in zip(inputs, names, strict=True) if a is not None]
    ends = [onnx.ValueInfoProto(name=name) for name in outputs if name]
    graph = helper.make_graph([proto], "constant", [], ends, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(node.domain, node.version)])


def _check_size(model: onnx.ModelProto) -> None:
    """Raise UnsupportedNode if an output would be large, before it is made."""
    try:
        found = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception as e:  # the same
        raise UnsupportedNode(f"of constants has no shape ({shown(str(e).splitlines()[0], 120)})") from e
    for value in found.graph.output:
        size = 1
        for d in value.type.tensor_type.shape.dim:
            size *= max(1, d.dim_value)
        if size > MOST_VALUES:
            raise UnsupportedNode(f"makes a constant of {size} values, expected at most {MOST_VALUES}")
