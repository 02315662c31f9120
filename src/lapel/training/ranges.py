"""Before and after quantization-aware training: ranges of activations, and that the graph is what was trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from lapel.data import Dataset
from lapel.errors import Mismatch, shown
from lapel.ir import Graph, Type
from lapel.ops import evaluate
from lapel.quantization import choose_types, stored
from lapel.training.module import GraphModule
from lapel.training.quantized import QuantModule

OBSERVED = 512
"""Training samples that ranges are taken from."""
COMPARED = 16
"""Samples that the reference computes in the end."""
JUDGED = 256
"""Of a batch."""


def inputs_of(graph: Graph, x: np.ndarray) -> dict[str, torch.Tensor]:
    """Samples as the graph's only input takes them."""
    (name,) = graph.inputs
    return {name: torch.from_numpy(np.ascontiguousarray(x.reshape(len(x), *graph.tensors[name].type.shape[1:])))}


def observed_types(module: GraphModule, data: Dataset) -> dict[str, Type]:
    """Types of the activations of a float graph, by the least and greatest values that training samples give.

    An input of bytes has all that they can stand for, so that it is the same whichever samples there are.
    """
    at = np.random.default_rng(0).permutation(len(data))[:OBSERVED]
    graph = module.graph
    names = [n for n, t in graph.tensors.items() if t.data is None]
    made = [n for n in names if n not in graph.inputs]
    ranges = dict.fromkeys(names, (0.0, 0.0))
    if data.range is not None:
        ranges.update(dict.fromkeys(graph.inputs, data.range))
    module.eval()
    with torch.no_grad():
        for first in range(0, len(at), JUDGED):
            given = inputs_of(graph, data.numbers(at[first : first + JUDGED]))
            found = {**given, **dict(zip(made, module(given, made), strict=True))}
            for name, value in found.items():
                lo, hi = ranges[name]
                ranges[name] = min(lo, float(value.min())), max(hi, float(value.max()))
    return choose_types(graph, ranges)


def check_same(module: QuantModule, graph: Graph, data: Dataset) -> None:
    """Raise Mismatch if the graph's integers are not those that the module computes."""
    given = inputs_of(graph, data.numbers(slice(0, COMPARED)))
    ((name, x),) = given.items()
    module.eval()
    found = module.stored({name: x.to(module.one.device)})
    t = graph.tensors[name].type
    for k in range(len(x)):
        want = evaluate(graph, {name: stored(t, x[k : k + 1].numpy())})
        for output in graph.results:
            rows = want[output].shape[0]
            if not np.array_equal(found[output][k * rows : (k + 1) * rows], want[output]):
                raise Mismatch(
                    f"{graph.name}: sample {k}, output {shown(output)}: training computed {found[output][k].tolist()}, "
                    f"the reference {want[output].tolist()}: this is a defect of Lapel, please report it"
                )


def float_scores(graph: Graph) -> Callable[[np.ndarray], np.ndarray]:
    """`Origin.scores` of a float graph."""
    module = GraphModule(graph).eval()

    def scores(samples: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            parts = [
                module(inputs_of(graph, samples[at : at + JUDGED].astype(np.float32)))[0].reshape(-1, size)
                for at in range(0, len(samples), JUDGED)
            ]
        return torch.cat(parts).numpy().astype(np.float64)

    size = graph.tensors[graph.outputs[0]].type.size
    return scores
