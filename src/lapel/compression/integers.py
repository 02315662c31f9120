"""Integer graphs without training: ranges of what training samples give, weights by their forms, biases corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lapel.data import Dataset
from lapel.ir import Graph
from lapel.quantization import choose_types
from lapel.quantization.biases import correct_biases
from lapel.quantization.calibrated import Calibrated
from lapel.training.quantized import QuantModule
from lapel.training.ranges import check_same, float_scores

OBSERVER = "percentile"
SAMPLES = 200
"""Training samples that ranges and means are taken from."""


def without_training(graph: Graph, data: Dataset, prepare: Callable[[QuantModule], None], **wanted: Any) -> Graph:
    """The integer graph of a float one. wanted: options of `QuantModule`; prepare: gives its weights other forms.

    Raises UnsupportedModel if it cannot be computed in integers throughout.
    """
    at = np.sort(np.random.default_rng(0).permutation(len(data))[:SAMPLES])
    (name,) = graph.inputs
    x = data.numbers(at).reshape(len(at), *graph.tensors[name].type.shape)
    calibrated = Calibrated(graph, {name: x})
    types = choose_types(graph, calibrated.ranges(OBSERVER, "int8"))

    def made(floats: Graph) -> tuple[QuantModule, Graph]:
        module = QuantModule(floats, types, **wanted)
        prepare(module)
        return module, module.learned()

    first = made(graph)[1]
    module, found = made(correct_biases(graph, first, calibrated.seen))
    check_same(module, found, data)
    return replace(found, origin=replace(graph.origin, scores=float_scores(graph)))


def quant_options(options: Any, bits: int) -> Mapping[str, Any]:
    """What methods have in common of the options of `QuantModule`."""
    return {"weight_bits": bits, "granularity": options.granularity, "bias_bits": options.bias_bits}
