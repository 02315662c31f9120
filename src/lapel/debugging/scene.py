"""A layer that differs by itself: what it was given and what it made in every sample, and the means to try others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from lapel.debugging.image import Changed, Image, changed, params_in
from lapel.debugging.traces import Trace, Traced
from lapel.ir import Graph, Node, Type
from lapel.ops import evaluate_node
from lapel.planning import Step
from lapel.planning.labels import labels
from lapel.proving.bits import differing


@dataclass(frozen=True, eq=False)
class Scene:
    """tensor: the first one that differs. image, source: of the firmware, its constants where they can be read; None
    where nobody looked."""

    trace: Trace
    tensor: Traced
    image: Image | None = None
    source: str = ""

    @property
    def graph(self) -> Graph:
        """Of the plan."""
        return self.trace.plan.graph

    @property
    def step(self) -> Step:
        """That differs."""
        return self.trace.plan.steps[self.tensor.step]

    @property
    def node(self) -> Node:
        """Of the step."""
        return self.step.node

    @property
    def output(self) -> Type:
        """Of the tensor that differs."""
        return self.graph.tensors[self.tensor.tensor].type

    @property
    def where(self) -> str:
        """The layer and its machine, for a message."""
        return f"{labels(self.graph)[self.tensor.tensor]} ({self.node.op}) on {self.trace.machine}"

    @cached_property
    def rows(self) -> tuple[Traced, ...]:
        """The tensor in each sample."""
        return tuple(t for t in self.trace if (t.step, t.tensor) == (self.tensor.step, self.tensor.tensor))

    @cached_property
    def found(self) -> np.ndarray:
        """[N, *shape]: what the device has."""
        return np.stack([t.found for t in self.rows])

    @cached_property
    def right(self) -> np.ndarray:
        """[N, *shape]: what the reference makes of what the device gave the layer."""
        return np.stack([self.trace.recomputed(t) for t in self.rows])

    def gives_found(self, tries: Iterator[np.ndarray]) -> bool:
        """Whether something else, sample by sample, is what the device has; it stops at the first that is not."""
        return all(not differing(t.found, y).any() for t, y in zip(self.rows, tries, strict=True))

    def with_attrs(self, **attrs: Any) -> Iterator[np.ndarray]:
        """The layer's output in each sample, with other attributes."""
        node = replace(self.node, attrs={**self.node.attrs, **attrs})
        return (self._evaluated(self.graph, node, self.trace.values(t.sample), t) for t in self.rows)

    def with_type(self, name: str, t: Type) -> Iterator[np.ndarray]:
        """The same, with another type of a tensor: another zero point, say."""
        tensors = {**self.graph.tensors, name: replace(self.graph.tensors[name], type=t)}
        graph = replace(self.graph, tensors=tensors)
        return (self._evaluated(graph, self.node, self.trace.values(r.sample), r) for r in self.rows)

    def with_inputs(self, inputs: Mapping[int, Mapping[str, np.ndarray]]) -> Iterator[np.ndarray]:
        """The same, with other values of inputs, by sample."""
        for t in self.rows:
            yield self._evaluated(self.graph, self.node, {**self.trace.values(t.sample), **inputs[t.sample]}, t)

    def _evaluated(self, graph: Graph, node: Node, values: Mapping[str, np.ndarray], t: Traced) -> np.ndarray:
        return evaluate_node(graph, node, values)[node.outputs.index(t.tensor)]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The step's inputs that are no constants."""
        return tuple(i for i in dict.fromkeys(self.node.inputs) if i and self.graph.tensors[i].data is None)

    @cached_property
    def constants(self) -> tuple[tuple[str, Changed], ...]:
        """(kernel, number) of every constant in the image that is not the plan's."""
        if self.image is None:
            return ()
        return tuple(
            (call.kernel, c)
            for call in self.step.calls
            for c in changed(call, params_in(self.image, self.source, self.step.index, call))
        )
