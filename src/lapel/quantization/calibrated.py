"""`Calibrated`: a float graph with what calibration data showed of it, and integer graphs of it in any manner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from lapel.ir import Graph, Type
from lapel.quantization.accumulators import narrow_weights
from lapel.quantization.biases import correct_biases
from lapel.quantization.calibration import Samples, observe
from lapel.quantization.conversion import convert
from lapel.quantization.equalization import equalize
from lapel.quantization.layers import layers
from lapel.quantization.observers import observer_named
from lapel.quantization.scales import Range
from lapel.quantization.seen import Seen
from lapel.quantization.solution import choose_types
from lapel.quantization.weightscales import search_weights
from lapel.wish import Quantization


class Calibrated:
    """The graph has run on the samples once; notes: what was done to the graph before.

    Raises InputError if a tensor is not finite.
    """

    def __init__(self, graph: Graph, samples: Samples, notes: tuple[str, ...] = ()) -> None:
        self.graph, self.samples, self.notes = graph, samples, notes
        self.seen: Mapping[str, Seen] = observe(graph, samples, Seen)

    @cached_property
    def equalized(self) -> Calibrated:
        """The same with equalized channels."""
        return self._equalized(False)

    @cached_property
    def unlimited(self) -> Calibrated:
        """The same, after relu6 became relu everywhere."""
        return self._equalized(True)

    def _equalized(self, unlimit: bool) -> Calibrated:
        graph, notes = equalize(self.graph, self.seen, unlimit)
        return Calibrated(graph, self.samples, tuple(notes)) if notes else self

    def ranges(self, observer: str, dtype: str) -> dict[str, Range]:
        """What an observer makes of what was seen, for integers of this dtype; nothing of inputs and outputs is cut."""
        whole, inner = observer_named("minmax"), observer_named(observer)
        kinds = dict.fromkeys(self.seen, inner) | dict.fromkeys((*self.graph.inputs, *self.graph.outputs), whole)
        return {name: kinds[name](s.histogram).found(dtype) for name, s in self.seen.items()}

    def quantized(self, wish: Quantization, dtypes: Mapping[str, str] | None = None) -> Graph:
        """The integer graph; dtypes: of activations that shall have another than the wish says.

        Raises UnsupportedModel where kernels cannot compute it.
        """
        return self.source(wish)._quantized(wish, dtypes or {})

    def source(self, wish: Quantization) -> Calibrated:
        """What is quantized: this, or the same equalized."""
        if not wish.equalize:
            return self
        return self.unlimited if wish.replace_relu6 else self.equalized

    def _quantized(self, wish: Quantization, dtypes: Mapping[str, str]) -> Graph:
        wanted = {name: dtypes.get(name, wish.activations) for name in self.seen}
        ranges = self.ranges(wish.observer, "int8")
        wide = {n for n, d in wanted.items() if d == "int16"}
        if wide:
            ranges |= {n: r for n, r in self.ranges(wish.observer, "int16").items() if n in wide}
        types = choose_types(self.graph, ranges, wanted)
        made = convert(self.graph, types, weight_bits=wish.weight_bits)
        if wish.search_weights:
            types |= search_weights(self.graph, made, self.seen, wish.weight_bits)
            made = convert(self.graph, types, weight_bits=wish.weight_bits)
        return self._finished(wish, types, made)

    def _finished(self, wish: Quantization, types: dict[str, Type], made: Graph) -> Graph:
        """What was made, with corrected biases, and at scales at which its accumulators fit."""
        graph, weights = self.graph, [layer.w.name for layer in layers(self.graph)]
        while True:
            types |= {n: made.tensors[n].type for n in weights if made.tensors[n].type.quant is not None}
            if wish.correct_bias:
                graph = correct_biases(self.graph, made, self.seen)
                made = convert(graph, types, weight_bits=wish.weight_bits)
            if wish.accumulators == "int32":
                return made
            narrow = narrow_weights(graph, made, wish.weight_bits)
            if all(types[name] == type_ for name, type_ in narrow.items()):
                return made
            types |= narrow  # scales that only grow, and so the biases are soon those of these weights
            made = convert(self.graph, types, weight_bits=wish.weight_bits)
