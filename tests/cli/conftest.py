"""A small model in a file, and the command line as a function and as a process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lapel.cli import screen
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ops import registry

Process = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def graph() -> Graph:
    """One fully connected layer with batch 1."""
    rng = np.random.default_rng(0)
    while True:
        drawn = registry()["dense"].cases()[0].draw(rng)
        if all(drawn.tensors[name].type.shape[0] == 1 for name in (*drawn.inputs, *drawn.outputs)):
            return drawn


@pytest.fixture(autouse=True)
def no_slow_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """No stage is said because this computer is busy."""
    monkeypatch.setattr(screen, "SLOW_S", threading.TIMEOUT_MAX)


@pytest.fixture
def model(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """model.tflite in an otherwise empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    Path("model.tflite").write_bytes(write_tflite(graph))
    return "model.tflite"


@pytest.fixture
def lapel_process(tmp_path: Path) -> Callable[..., Process]:
    """The real thing: `lapel ARGUMENTS` in a process."""

    def run(*arguments: str) -> Process:
        command = [sys.executable, "-m", "lapel", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    return run
