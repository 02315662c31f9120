"""A float graph becomes an int8 graph, its weights of eight bits or fewer, with or without training.

| option | meaning |
|---|---|
| weights | `int8`, `int4`: -7 to 7, `int2`: -2 to 1, `ternary`: -1 to 1, all as int8 |
| granularity | a scale for each `channel`, or one for the `tensor` of a layer |
| bias_bits | 32; with 16 or 8, biases are so many bits times a power of two |
| learn_ranges | the scales of activations and weights are trained, too |

and those of a training, which is quantization-aware; with epochs 0, the default, there is none, and biases are
corrected for what rounding adds to them. Weights that are 0 stay so. Source: see `lapel.train`, `lapel.quantization`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lapel.compression.method import Compressed, Context, Kind
from lapel.compression.retraining import Epochs, Retraining, retrain, training_notes, training_warnings
from lapel.ir import Graph

if TYPE_CHECKING:
    from lapel.training.quantized import QuantModule

BITS = {"int8": 8, "int4": 4, "int2": 2, "ternary": 2}
"""Of symmetric weights, from which scales are chosen."""
LEVELS = {"int2": (-2, 1)}
"""Least and greatest integer, where they are not symmetric."""


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    weights: Literal["int8", "int4", "int2", "ternary"] = "int8"
    granularity: Literal["channel", "tensor"] = "channel"
    bias_bits: Literal[8, 16, 32] = 32
    learn_ranges: bool = True
    epochs: Epochs = 0


class Quantize:
    """The method."""

    takes: tuple[Kind, ...] = ("float",)
    makes: Kind = "integer"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UnsupportedModel if the graph cannot be computed in integers throughout."""
        from lapel.compression.integers import quant_options, without_training
        from lapel.compression.levels import Levels, set_levels

        wanted = quant_options(options, BITS[options.weights])
        levels = LEVELS.get(options.weights)
        said = f"{options.weights} weights, a scale a {options.granularity}"
        if not options.epochs:

            def prepare(module: QuantModule) -> None:
                if levels is not None:
                    set_levels(module, *levels)

            made = without_training(graph, context.splits.train, prepare, **wanted)
            return Compressed(made, (f"{said}, after training",))
        hooks = () if levels is None else (Levels(*levels),)
        made, record = retrain(
            graph, options, context, hooks, quantize=True, learn_ranges=options.learn_ranges, **wanted
        )
        return Compressed(made, (f"{said}, trained", *training_notes(record)), training_warnings(record), record)


METHOD = Quantize()
