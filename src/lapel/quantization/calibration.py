"""A float graph runs on calibration data, and every tensor is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

import numpy as np

from lapel.errors import InputError, shown
from lapel.ir import Graph
from lapel.ir.signature import is_float
from lapel.ops import evaluate_sequence

Samples = Mapping[str, np.ndarray]
"""Arrays (N, *shape) by argument; with state, the samples are one sequence."""


class Sees(Protocol):
    """What looks at values, batch by batch."""

    def see(self, values: np.ndarray) -> None:
        """Finite numbers, of any shape."""


S = TypeVar("S", bound=Sees)


def activations(graph: Graph) -> list[str]:
    """The float tensors that are no constants."""
    return [n for n, t in graph.tensors.items() if t.data is None and is_float(t.type)]


def count_samples(samples: Samples) -> int:
    """How many there are."""
    return len(next(iter(samples.values())))


def each_sample(samples: Samples) -> Iterator[dict[str, np.ndarray]]:
    """One sample after the other, by argument."""
    for k in range(count_samples(samples)):
        yield {name: x[k] for name, x in samples.items()}


def observe(graph: Graph, samples: Samples, make: Callable[[], S]) -> dict[str, S]:
    """For each float tensor what `make` gave, after it has seen the tensor's values for all samples.

    Raises InputError if one is not finite, naming the first.
    """
    found = {name: make() for name in activations(graph)}
    for k, values in enumerate(evaluate_sequence(graph, each_sample(samples))):
        for name, observer in found.items():
            if not np.isfinite(values[name]).all():
                raise InputError(_infinite(graph, name, k))
            observer.see(values[name])
    return found


def _infinite(graph: Graph, name: str, sample: int) -> str:
    makers = {o: f"node {shown(n.name)!r} ({n.op})" for n in graph.nodes for o in n.outputs}
    where = makers.get(name, f"input {shown(name)!r}")
    return (
        f"{graph.name}: {where} gives NaN or infinity for calibration sample {sample}, expected finite numbers: "
        "look at that sample, and at the weights before it"
    )
