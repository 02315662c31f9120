"""Networks of PyTorch through its ONNX exporter, which is the way that most .onnx files take."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from test_torch_architectures import NETS, TOLERANCE, TRANSPOSED, outputs, settled

import lapel

QUICK = ("perceptron", "residual", "one_dimension", "u_net")
REFUSED = {"group_normalized", ("autoencoder", 11)}
"""By the exporter: pooling to a size that does not divide, unflatten of old operator sets."""


def exported(module: torch.nn.Module, example: Any, opset: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(example), file, dynamo=False, opset_version=opset)
    return file.getvalue()


def check(name: str, opset: int) -> None:
    torch.manual_seed(3)
    module, example = NETS[name]()
    module = settled(module).eval()
    try:
        content = exported(module, example, opset)
    except torch.onnx.errors.OnnxExporterError:
        assert (name, opset) in REFUSED or name in REFUSED
        pytest.skip("the exporter has no operators for it")
    graph = lapel.load(content)
    with torch.no_grad():
        want: Any = module(*example)
    want = list(want.values()) if isinstance(want, dict) else [want]
    for y, t in zip(outputs(graph, example), want, strict=True):
        np.testing.assert_allclose(y, t.numpy(), rtol=0, atol=TOLERANCE)
    if name not in TRANSPOSED:
        assert "transpose" not in {n.op for n in graph.nodes}


@pytest.mark.parametrize("name", [n for n in NETS if n in QUICK])
def test_networks(name: str) -> None:
    check(name, 17)


@pytest.mark.long
@pytest.mark.parametrize("opset", [11, 14, 20])
@pytest.mark.parametrize("name", NETS)
def test_all_networks_of_all_operator_sets(name: str, opset: int) -> None:
    check(name, opset)
