"""Float Graph -> int8 Graph, quantized after training from what the calibration data produces.

Quantization follows the TFLite 8-bit specification: symmetric weights per output, int32 biases, asymmetric
activations from the least and greatest value that the calibration data produces (0 always included).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lapel.errors import UnsupportedModel, UnsupportedNode
from lapel.frontends.sklearn.layers import FEATURES, Layer, after_affine, float_model
from lapel.ir import Graph, Instance, Node, Quant, Tensor, Type
from lapel.ir.numbers import numbers
from lapel.ir.signature import Scaled
from lapel.ops import evaluate, registry, verify
from lapel.quantization.accumulators import fit_scales
from lapel.quantization.constants import most_of, quantize_bias, scale_limits, scaled_type, within
from lapel.quantization.scales import quant_of, stored
from lapel.quantization.weightscales import search_scales
from lapel.wish import Accumulators

REACH = {"tanh": 4.0, "logistic": 8.0}
"""Outside -reach..reach these are constant, to the resolution of their output: no sums beyond it need a code."""


@dataclass(frozen=True, eq=False)
class Network:
    """Float layers, and the samples that calibrate them, float64 [n, K], as the model's input stands for them.

    accumulators: what is to hold their sums."""

    layers: Sequence[Layer]
    data: np.ndarray
    accumulators: Accumulators = "int32"


def int8_graph(name: str, network: Network, output: str, batch: int = 1) -> Graph:
    """A graph with int8 inputs: one scale and zero point for all features."""
    x = Tensor(FEATURES, Type((batch, network.data.shape[1]), "int8", activation_quant(network.data)))
    return _finish(name, [x], [], x, network, output)


def float_graph(name: str, network: Network, output: str, batch: int = 1) -> Graph:
    """A graph with float32 inputs, which it centres, scales and quantizes feature by feature.

    Each feature's range in the calibration data becomes -127..127 of an int8 of scale 1.
    """
    centre, slope = feature_ranges(network.data)
    n = len(centre)
    shape = (batch, n)
    x, moved, scaled = (
        Tensor(t, Type(shape, "float32")) for t in (FEATURES, f"{FEATURES}/centred", f"{FEATURES}/scaled")
    )
    b, k = (Tensor(f"{FEATURES}/{t}", Type((n,), "float32"), v) for t, v in (("centre", centre), ("slope", slope)))
    q = Tensor(f"{FEATURES}/quantized", Type(shape, "int8", Quant((1.0,), (0,))))
    attrs = {"activation": "none"}
    nodes = [
        Node("floatsub", "centre", (x.name, b.name), (moved.name,), attrs),
        Node("floatmul", "scale", (moved.name, k.name), (scaled.name,), attrs),
        Node("quantize", "quantize", (scaled.name,), (q.name,), {"dtype": "int8"}),
    ]
    centre, slope = centre.astype(np.float64), slope.astype(np.float64)
    layers = after_affine(network.layers, 1 / slope, centre)
    inner = Network(layers, (network.data - centre) * slope, network.accumulators)
    return _finish(name, [x, moved, scaled, b, k, q], nodes, q, inner, output)


def feature_ranges(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (centre, slope) of each feature, so that slope · (x - centre) of `data` [n, K] is -127..127.

    A feature that does not vary has the slope that lets it move by its own magnitude.
    """
    lo, hi = data.min(axis=0), data.max(axis=0)
    centre = (lo / 2 + hi / 2).astype(np.float32)
    half = np.maximum(hi - centre, centre - lo)
    magnitude = np.maximum(np.abs(centre), np.float32(2**-100)).astype(np.float64)
    # Below float32's resolution of the centre a feature holds nothing but rounding.
    half = np.where(half > magnitude * 2**-23, half, np.where(centre == 0, 1.0, magnitude))
    return centre, (127 / half).astype(np.float32)


def _finish(name: str, tensors: list[Tensor], nodes: list[Node], x: Tensor, network: Network, output: str) -> Graph:
    """The graph whose layers begin at the int8 tensor `x`, after the given nodes: the float model, node by node."""
    model = float_model(network.layers, len(network.data), output)
    values = evaluate(model, {FEATURES: network.data})
    quantized, batch, readers = {FEATURES: x}, x.type.shape[0], {n.inputs[0]: n.op for n in model.nodes}
    for node in model.nodes:
        inst, (y,) = model.instance(node), node.outputs
        constants: tuple[Tensor, ...] = ()
        if node.op == "dense":
            bound = REACH.get(readers.get(y, ""), np.inf)
            quant = activation_quant(np.clip(values[y], -bound, bound))
        else:
            quant = _only_quant(inst)
        made = Tensor(y, Type((batch, *inst.y().shape[1:]), "int8", quant))
        quantized[y] = made
        if node.op == "dense":
            types = quantized[node.inputs[0]].type, made.type
            constants = quantize_layer(inst, types, values[node.inputs[0]], network.accumulators)
        tensors += [*constants, made]
        inputs = (quantized[node.inputs[0]].name, *(t.name for t in constants))
        nodes.append(Node(node.op, node.name, inputs, node.outputs, node.attrs))
    ends = (tensors[0].name,), model.outputs
    return verify(Graph(name, tuple(nodes), {t.name: t for t in tensors}, *ends))


def _only_quant(inst: Instance) -> Quant:
    """The one quantization that an operator's int8 output may have."""
    rows = registry()[inst.node.op].signatures
    operands = (row.outputs[0] for row in rows)
    found = [o.exactly for o in operands if isinstance(o, Scaled) and o.dtypes == ("int8",) and o.exactly is not None]
    return found[0]


def activation_quant(values: np.ndarray) -> Quant:
    """int8 scale and zero point whose range covers the values and 0."""
    return quant_of(float(values.min()), float(values.max()))


def quantize_layer(
    inst: Instance, ends: tuple[Type, Type], inputs: np.ndarray, accumulators: Accumulators
) -> tuple[Tensor, ...]:
    """(weights int8 [O, K], bias int32 [O]) of a float layer; a symmetric scale an output.

    ends: the types of x and y. The bias takes up what rounding the weights changes on average over `inputs` [n, K].
    """
    rows, b, (x, _), stem, most = inst.const(1), inst.const(2), ends, inst.node.name, most_of("int8")
    assert rows is not None and b is not None
    scales = within(search_scales(rows, inputs.var(axis=0), most), scale_limits(x, None, b))
    while True:
        type_ = scaled_type(rows.shape, "int8", scales, 0)
        q = stored(type_, rows, most)
        corrected = b + inputs.mean(axis=0) @ (rows - numbers(type_, q)).T
        try:
            fitting = scales if accumulators == "int32" else fit_scales(rows, corrected, ends, scales, most)
        except UnsupportedNode as e:
            raise UnsupportedModel(stem, [e.message]) from None
        if (fitting == scales).all():
            break
        scales = fitting
    bias_type, bias = quantize_bias(corrected, "int32", x.scale, type_)
    return Tensor(f"{stem}/weights", type_, q), Tensor(f"{stem}/bias", bias_type, bias)
