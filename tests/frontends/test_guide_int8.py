"""The page on the way to an int8 .tflite: its block on float files gives a file that is read, and exact."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

import lapel
from lapel.errors import GUIDE_INT8
from lapel.ops import evaluate
from oracle import run_tflite_micro

PAGE = (Path(__file__).parents[2] / GUIDE_INT8).read_text()


def block(section: str) -> str:
    found = re.search(rf"^## {section}$.*?^```py\n(.*?)^```$", PAGE, re.M | re.S)
    assert found, section
    return found[1]


SECTIONS = ["From Keras", "From a SavedModel", "From PyTorch", "From a float .tflite", "From scikit-learn"]


@pytest.mark.parametrize("section", SECTIONS)
def test_blocks_are_short_and_valid_python(section: str) -> None:
    compile(block(section), section, "exec")
    assert len(block(section).splitlines()) <= 12


def test_a_pickle_of_scikit_learn_and_weights_of_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two blocks, run beside the files that they name."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(20, 3))
    np.save("x_train.npy", x)
    joblib.dump(LinearRegression().fit(x, x @ [1.0, -2.0, 0.5]), "model.pkl")
    exec(block("From scikit-learn"), {})
    assert [n.op for n in lapel.load("model_int8.tflite").nodes] == ["dense"]

    def net() -> torch.nn.Module:
        return torch.nn.Conv2d(3, 2, 3)

    weights = net().state_dict()
    torch.save(weights, "net.pth")
    exec(block("From PyTorch"), {"Net": net})
    (w,) = (t.data for t in lapel.load("net.pt2").tensors.values() if t.data is not None and t.data.ndim == 4)
    assert np.array_equal(w, weights["weight"].numpy().transpose(0, 2, 3, 1))


@pytest.mark.long
def test_a_float_file_becomes_an_exact_int8_one(shared: Path, tmp_path: Path) -> None:
    shutil.copyfile(shared / "models/public/image_example_float.tflite", tmp_path / "model_float.tflite")
    x_train = np.random.default_rng(0).normal(size=(20, 96, 96, 1)).astype(np.float32)
    np.save(tmp_path / "x_train.npy", x_train)
    code = block(re.escape("From a float .tflite"))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "model_int8.tflite"
    graph = lapel.load(path)
    (name,) = graph.inputs
    assert graph.tensors[name].type.dtype == "int8"
    for seed in range(3):
        x = np.random.default_rng(seed).integers(-128, 128, (1, 96, 96, 1), np.int8)
        theirs = run_tflite_micro(path.read_bytes(), [x])[0]
        assert (evaluate(graph, {name: x})[graph.outputs[0]] == theirs).all()
