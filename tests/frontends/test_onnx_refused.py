"""ONNX models that are refused: every problem at once, with the user's own names, and never a traceback."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnxmodels import drawn, model

import lapel
from lapel.errors import FormatError, InputError, LapelError, MissingTool, UnsupportedModel
from lapel.frontends.onnx import read_onnx

DENSE = onnx.helper.make_node("Gemm", ["x", "w"], ["y"], name="fc1")


def told(content: bytes) -> list[str]:
    with pytest.raises(UnsupportedModel) as e:
        read_onnx(content, "net")
    assert e.value.message.startswith("net.onnx: ")
    return list(e.value.problems)


def test_all_problems_at_once() -> None:
    nodes = [
        onnx.helper.make_node("Det", ["x"], ["a"], name="/head/Det"),
        onnx.helper.make_node("Relu", ["a"], ["b"], name="after it"),
        onnx.helper.make_node("Erf", ["x"], ["c"]),
        onnx.helper.make_node("Fused", ["x"], ["d"], name="own", domain="my.company"),
        onnx.helper.make_node("MaxPool", ["x"], ["e"], name="pool", kernel_shape=[2, 2, 2]),
    ]
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("my.company", 1)]
    proto = onnx.load_model_from_string(model(nodes, {"x": (1, 2, 4, 4, 4)}, {"b": (1,), "c": (1,), "e": (1,)}))
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    assert told(proto.SerializeToString()) == [
        "Det '/head/Det': is not supported: replace the layer, or compute it outside of the model",
        "Erf 'c': is not supported: export with opset_version=20 or later, which has Gelu",
        "my.company.Fused 'own': is not supported: replace the layer, or compute it outside of the model",
        "MaxPool 'pool': input has 5 dimensions [1, 2, 4, 4, 4], expected 3 or 4, [N, C, W] or [N, C, H, W]: "
        "reshape it",
    ]


def test_dimensions_without_a_number() -> None:
    found = told(model([("Relu", ["x"], ["y"])], {"x": ("N", 3, "height", 8)}, {"y": ("N", 3, "height", 8)}))
    assert found == [
        "input 'x': dimension 2 of ['N', 3, 'height', 8] is 'height', expected a number: export the model with a fixed "
        "size, or fix it with onnx.tools.update_model_dims"
    ]


def test_old_operator_sets() -> None:
    (found,) = told(model([("Relu", ["x"], ["y"])], {"x": (1, 3)}, {"y": (1, 3)}, opset=9))
    assert found.startswith("is of opset 9, expected 11 or later: onnx.save(onnx.version_converter.convert_version(")
    assert '"net.onnx"' in found


def test_operator_sets_that_nobody_knows_yet() -> None:
    (found,) = told(model([("Relu", ["x"], ["y"])], {"x": (1, 3)}, {"y": (1, 3)}, opset=99))
    assert found.startswith(f"is of opset 99, expected 11 to {onnx.defs.onnx_opset_version()}, as the installed onnx")
    assert found.endswith("export again with opset_version=17, or pip install --upgrade onnx")


def test_attributes_and_exponents_that_are_none() -> None:
    nodes = [
        onnx.helper.make_node("ConvTranspose", ["x", "w"], ["y"], auto_pad="SAME", output_shape=[8, 8], strides=[2, 2]),
        onnx.helper.make_node("Pow", ["x", "n"], ["z"]),
    ]
    constants = {"w": np.ones((2, 3, 3, 3), np.float32), "n": np.float32([2, 3, 2, 2])}
    assert told(model(nodes, {"x": (1, 2, 4, 4)}, {"y": (1, 3, 8, 8), "z": (1, 2, 4, 4)}, constants)) == [
        "ConvTranspose 'y': attribute auto_pad is SAME, expected NOTSET or SAME_UPPER or SAME_LOWER or VALID",
        "Pow 'z': exponent is 2 and 3, expected 0.5, 1, 2, 3, -0.5 or -1: write other powers as products",
    ]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers(bad: float) -> None:
    w = drawn(np.random.default_rng(0), 4, 3)
    w[1, 2] = bad
    (found,) = told(model([DENSE], {"x": (1, 4)}, {"y": (1, 3)}, {"w": w}))
    if np.isnan(bad):
        assert found == "constant 'w': holds NaN in 1 of 12 values, expected numbers: train or export the model again"
    else:
        assert found == "Gemm 'fc1': weights: 1 of 12 values are infinite, expected numbers: train it again"


def test_float16_and_plain_integers() -> None:
    proto = onnx.load_model_from_string(model([("Relu", ["x"], ["y"])], {"x": (1, 3)}, {"y": (1, 3)}))
    proto.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    expected = "expected float32, or int8 and uint8 of a quantized model: convert it"
    assert told(proto.SerializeToString()) == [f"input 'x': is float16, {expected}"]
    (found,) = told(model([("Relu", ["x"], ["y"])], {"x": ("uint8", 1, 3)}, {"y": ("uint8", 1, 3)}))
    assert "input 'x' holds integers that nothing gives a scale, expected floats: put DequantizeLinear before" in found


def test_truth_values_are_no_numbers() -> None:
    nodes = [("Cast", ["x"], ["t"], {"to": onnx.TensorProto.BOOL}), ("Relu", ["t"], ["y"])]
    assert told(model(nodes, {"x": (1, 3)}, {"y": (1, 3)})) == [
        "Relu 'y': input 0 is bool, expected int8: these are truth values, make numbers of them first"
    ]


def test_weights_with_a_zero_point() -> None:
    constants = {
        "s": np.float32(0.1), "z": np.uint8(128), "ws": np.float32(0.02), "wz": np.uint8(100),
        "q": np.arange(12, dtype=np.uint8).reshape(3, 4, 1, 1),
    }  # fmt: skip
    nodes = [
        ("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        ("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        ("DequantizeLinear", ["q", "ws", "wz"], ["w"]),
        ("Conv", ["xd", "w"], ["h"]),
        ("QuantizeLinear", ["h", "s", "z"], ["hq"]),
        ("DequantizeLinear", ["hq", "s", "z"], ["y"]),
    ]
    with pytest.raises(UnsupportedModel, match="zero point -28, expected 0"):
        read_onnx(model(nodes, {"x": (1, 4, 2, 2)}, {"y": (1, 3, 2, 2)}, constants), "net")


def test_weights_beside_that_are_missing(tmp_path: Path) -> None:
    w = drawn(np.random.default_rng(0), 300, 5)
    proto = onnx.load_model_from_string(model([DENSE], {"x": (1, 300)}, {"y": (1, 5)}, {"w": w}))
    path = tmp_path / "net.onnx"
    onnx.save(proto, path, save_as_external_data=True, location="net.onnx.data", size_threshold=0)
    content = path.read_bytes()
    with pytest.raises(InputError, match="found only the content: give the file's path"):
        lapel.load(content)
    (tmp_path / "net.onnx.data").unlink()
    with pytest.raises(InputError, match=r"found no net\.onnx\.data beside it"):
        lapel.load(path)
    outside = onnx.load_model_from_string(content)
    for entry in outside.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = "../../etc/passwd"
    path.write_bytes(outside.SerializeToString())
    with pytest.raises(LapelError) as e:
        lapel.load(path)
    assert "cannot be read" in e.value.message or "found no" in e.value.message


def test_damaged_files() -> None:
    """Each prefix of a file, and the file with bytes changed, is read or refused."""
    w = drawn(np.random.default_rng(0), 4, 3)
    content = model([DENSE, ("Relu", ["y"], ["z"])], {"x": (1, 4)}, {"z": (1, 3)}, {"w": w})
    rng = np.random.default_rng(7)
    others = [content[:n] for n in range(0, len(content), 7)]
    for _ in range(60):
        changed = bytearray(content)
        for at in rng.integers(0, len(content), 3):
            changed[at] = rng.integers(0, 256)
        others.append(bytes(changed))
    refused = 0
    for damaged in others:
        try:
            read_onnx(damaged, "net")
        except LapelError as e:
            refused += 1
            assert "Traceback" not in e.message
    assert refused > len(others) // 2
    with pytest.raises(FormatError, match=r"net.onnx: is truncated or damaged \(.*\): copy or export it again"):
        read_onnx(content[:-20], "net")
    with pytest.raises(FormatError, match="has no graph"):
        read_onnx(content[:2], "net")


def test_constants_of_another_size() -> None:
    proto = onnx.load_model_from_string(
        model([DENSE], {"x": (1, 4)}, {"y": (1, 3)}, {"w": drawn(np.random.default_rng(0), 4, 3)})
    )
    proto.graph.initializer[0].dims[0] = 400000
    assert any("constant 'w': cannot be read" in p for p in told(proto.SerializeToString()))


def test_a_small_file_asks_for_no_large_constant() -> None:
    nodes = [("ConstantOfShape", ["shape"], ["big"]), ("Add", ["x", "big"], ["y"])]
    (found, *_) = told(model(nodes, {"x": (1,)}, {"y": (1,)}, {"shape": np.int64([1 << 40])}))
    assert "makes a constant of 1099511627776 values" in found


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "onnx_ir":
            raise ImportError(name="onnx_ir")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingTool) as e:
        read_onnx(model([("Relu", ["x"], ["y"])], {"x": (1,)}, {"y": (1,)}), "net")
    assert e.value.message == 'net.onnx: onnx_ir is not installed, ONNX needs it: pip install "lapel[onnx]"'
