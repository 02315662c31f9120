"""Quantization after training: float graph and calibration data -> integer graph.

    ranges = {name: o.found("int8") for name, o in observe(graph, samples, observers()["minmax"]).items()}
    types = choose_types(graph, ranges)          # of every float tensor that is no constant
    integers = convert(graph, types)             # tensors and nodes keep their names

What it is for others, training above all: `convert` is the one place where integers are made of floats, and what it
takes is plain data, which may come from anywhere.

| what | is given by |
|---|---|
| types of activations | `choose_types`, of ranges and dtypes by tensor; or any mapping of names to `Type`s |
| types of weights | `convert`: the widest of each channel; or the same mapping, by the constant's name |
| bits of weights | `weight_bits`, of all or by the constant's name: greatest integer 2^(bits - 1) - 1, of int8 |
| biases | `convert`: at scale of x · scale of w, int32, of int16 activations int64 |

Weights are symmetric: `Type(shape, "int8", Quant(scales, zeros, axis))`, with the axis of the operator's `Weights`.

A graph that is converted again with the same types and other constants has the same tensors and nodes, so that a
training loop reads the types once (`integers.tensors[name].type`) and computes with them what the firmware will.
`dequantized` is the way back: the float graph that an integer one stands for.
"""

from lapel.ir.numbers import numbers
from lapel.quantization.calibration import observe
from lapel.quantization.conversion import convert
from lapel.quantization.dequantized import dequantized
from lapel.quantization.observers import observers
from lapel.quantization.scales import quant_of, range_of, stored
from lapel.quantization.solution import choose_types

__all__ = [
    "choose_types",
    "convert",
    "dequantized",
    "numbers",
    "observe",
    "observers",
    "quant_of",
    "range_of",
    "stored",
]
