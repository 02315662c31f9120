"""Float models whose file stores weights narrower: what they stand for, and LiteRT's outputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_quantizer import qtyping, quantizer, recipe
from modelfile import Operand, Step, edit, make_model

from batch import with_states
from floats import TOLERANCE, difference
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate, registry
from lapel.quantization import dequantized
from oracle import run_litert, run_litert_all

HALVES = qtyping.OpQuantizationConfig(
    weight_tensor_config=qtyping.TensorQuantizationConfig(num_bits=16, dtype=qtyping.TensorDataType.FLOAT),
    compute_precision=qtyping.ComputePrecision.FLOAT,
    explicit_dequantize=True,
)
MADE: dict[str, tuple[Any, str]] = {
    "float16": (None, ""),
    "dynamic int8": (recipe.dynamic_wi8_afp32, "4 of 8 operators had weights of int8 and float32 activations (dynamic"),
    "dynamic int4": (recipe.dynamic_wi4_afp32, "4 of 8 operators had weights of int4 and float32 activations (dynamic"),
    "int8 alone": (recipe.weight_only_wi8_afp32, "4 of 8 operators had weights of int8 and float32 activations (dyna"),
}
"""The recipe by which a file is made, and how the warning begins."""


def made_by(recipe_of: Callable[[], Any] | None, path: Path) -> bytes:
    """A float file stored narrower."""
    q = quantizer.Quantizer(str(path))
    if recipe_of is None:
        every = qtyping.TFLOperationName.ALL_SUPPORTED
        q.update_quantization_recipe(".*", every, op_config=HALVES, algorithm_key="float_casting")
    else:
        q.load_quantization_recipe(recipe_of())
    return bytes(q.quantize().quantized_model)


@pytest.mark.parametrize("kind", MADE)
def test_files_of_the_quantizer(shared: Path, kind: str) -> None:
    """Every kind loads as the float operators; where the file's own kernels are float, they give the same."""
    path, rng = shared / "models/public/image_example_float.tflite", np.random.default_rng(0)
    recipe_of, warning = MADE[kind]
    data = made_by(recipe_of, path)
    graph, plain = read_tflite(data), read_tflite(path.read_bytes())
    assert [n.op for n in graph.nodes] == [n.op for n in plain.nodes]
    assert {t.type.dtype for t in graph.tensors.values()} == {"float32"}
    assert len(graph.origin.warnings) == bool(warning) and "".join(graph.origin.warnings).startswith(warning)
    x = rng.random(graph.tensors[graph.inputs[0]].type.shape).astype(np.float32) / 16
    logits, dynamic = graph.nodes[-1].inputs[0], kind.startswith("dynamic")
    found = evaluate(graph, {graph.inputs[0]: x})[logits]
    want = run_litert_all(write_tflite(graph) if dynamic else data, [x])[logits]
    assert difference(found, want) <= TOLERANCE


def narrow(graph: Graph, dtype: str) -> bytes:
    """The float graph of a quantized one, with weights of its integers, or of float16 behind a DEQUANTIZE."""
    stored = graph.tensors["w"]

    def integers(model: Any) -> None:
        (w,) = (t for t in model.subgraphs[0].tensors if t.name == b"w")
        assert stored.data is not None and stored.type.quant is not None
        w.type, quant = schema.TensorType.INT8, stored.type.quant
        model.buffers[w.buffer].data = stored.data.reshape(-1).view(np.uint8)
        w.quantization = schema.QuantizationParametersT(scale=list(quant.scale), zeroPoint=list(quant.zero))
        w.quantization.quantizedDimension = quant.axis or 0

    def halves(model: Any) -> None:
        sub = model.subgraphs[0]
        k = next(k for k, t in enumerate(sub.tensors) if t.name == b"w")
        values = np.array(model.buffers[sub.tensors[k].buffer].data, np.uint8).view(np.float32).astype(np.float16)
        model.buffers.append(schema.BufferT(data=values.view(np.uint8)))
        half = schema.TensorT(name="half", shape=sub.tensors[k].shape, type=schema.TensorType.FLOAT16)
        half.buffer, sub.tensors[k].buffer = len(model.buffers) - 1, 0
        sub.tensors.append(half)
        code = schema.BuiltinOperator.DEQUANTIZE
        model.operatorCodes.append(schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=3))
        op = schema.OperatorT(opcodeIndex=len(model.operatorCodes) - 1)
        op.inputs, op.outputs = [len(sub.tensors) - 1], [k]
        sub.operators.insert(0, op)

    return edit(write_tflite(dequantized(graph)), integers if dtype == "int8" else halves)


@pytest.mark.parametrize("op", ["conv", "depthwise", "dense", "tconv"])
def test_weights_are_what_they_stand_for(op: str) -> None:
    definition, seen = registry()[op], 0
    for k, case in enumerate(definition.cases()):
        quantized = case.draw(np.random.default_rng(k))
        w = quantized.tensors.get("w")
        if w is None or w.data is None or w.type.dtype != "int8":
            continue
        seen += 1
        want = dequantized(quantized).tensors["w"].data
        assert want is not None
        found = [t for t in read_tflite(narrow(quantized, "int8")).tensors.values() if t.name.startswith("w")]
        assert [t.name for t in found] == ["w/float"] and np.array_equal(found[0].data, want)
        halves = read_tflite(narrow(quantized, "float16"))
        assert [n.op for n in halves.nodes] == [op] and halves.origin.warnings == ()
        with np.errstate(over="ignore"):
            assert np.array_equal(halves.tensors["w"].data, want.astype(np.float16).astype(np.float32))
    assert seen


@pytest.mark.parametrize(("op", "near"), [("lstm", 0.05), ("svdf", 1e-3)])
def test_layers_with_state_of_integer_weights(op: str, near: float) -> None:
    """All weights of the layer become floats; LiteRT's hybrid kernel says nearly the same."""
    quantized = with_states(registry()[op].cases()[0].draw(np.random.default_rng(0)))

    def integers(model: Any) -> None:
        for t in model.subgraphs[0].tensors:
            w = quantized.tensors.get(t.name.decode())
            if w is not None and w.data is not None and w.type.quant is not None and w.type.dtype == "int8":
                t.type, quant = schema.TensorType.INT8, w.type.quant
                model.buffers[t.buffer].data = w.data.reshape(-1).view(np.uint8)
                t.quantization = schema.QuantizationParametersT(scale=list(quant.scale), zeroPoint=list(quant.zero))

    data = edit(write_tflite(dequantized(quantized)), integers)
    graph = read_tflite(data)
    assert [n.op for n in graph.nodes] == [op] and len(graph.origin.warnings) == 1
    (x,) = graph.arguments
    given = np.random.default_rng(0).random(graph.tensors[x].type.shape).astype(np.float32)
    found, want = evaluate(graph, {x: given})[graph.results[0]], run_litert(data, [given], reference=False)[0]
    assert 0 < np.abs(found - want).max() <= near * np.abs(want).max()


def test_integers_keep_the_weights_that_floats_share() -> None:
    """The int8 layer computes on the integers, the float layer beside it on what they stand for."""
    w = Operand("w", (4, 4), data=np.arange(16))
    operands = [Operand("x", (1, 4)), Operand("y", (1, 4)), w]
    operands += [Operand("u", (1, 4), "float32"), Operand("v", (1, 4), "float32")]
    steps = [Step("FULLY_CONNECTED", [x, "w"], [y], "FullyConnectedOptions", {}) for x, y in (("x", "y"), ("u", "v"))]
    graph = read_tflite(make_model(operands, steps, ["x", "u"], ["y", "v"]))
    assert {n.inputs[1]: graph.tensors[n.inputs[1]].type.dtype for n in graph.nodes} == {
        "w": "int8",
        "w/float": "float32",
    }
    (warning,) = graph.origin.warnings
    assert warning.startswith("1 of 2 operators had weights of int8") and "lapel quantize makes int8 of it" in warning
    values = evaluate(graph, {"x": np.ones((1, 4), np.int8), "u": np.full((1, 4), 0.5, np.float32)})
    assert (values["v"] == 0.25 * np.arange(16).reshape(4, 4).sum(axis=1)).all() and values["y"].dtype == np.int8


def test_what_is_missing_or_sparse_is_told() -> None:
    operands = [Operand("x", (1, 4), "float32"), Operand("y", (1, 4), "float32")]
    step = Step("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions", {})
    data = make_model([*operands, Operand("w", (4, 4), data=np.ones((4, 4)))], [step], ["x"], ["y"])

    def sparse(model: Any) -> None:
        model.subgraphs[0].tensors[2].sparsity = schema.SparsityParametersT()

    with pytest.raises(UnsupportedModel, match="1 of 1 operators compute in float32"):
        read_tflite(edit(data, sparse))
    short = Operand("w", (4, 4), "float16", data=np.ones(7))
    with pytest.raises(UnsupportedModel, match=r"1 of 1 operators compute in float32"):
        read_tflite(make_model([*operands, short], [step], ["x"], ["y"]))
